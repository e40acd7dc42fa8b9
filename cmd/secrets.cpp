#include "cmd/secrets.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/hash.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

constexpr std::size_t longest_key = 4096;

std::string strip(std::string_view text) {
  std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

Error file_error(std::string_view verb, const std::string& path) {
  return make_error(ErrorCode::io_error,
                    fmt::format("cannot {} {}: {}", verb, escape_control(path), strerror(errno)));
}

Result<std::string> read_text(Context& context, const std::string& file) {
  if (file == "-" && context.may_ask()) {
    context.console().write_error("Key (not shown): ");
    std::string line = context.console().read_line(true).value_or("");
    context.console().write_error("\n");
    return line;
  }
  if (file == "-") return context.console().read_all(longest_key);
  errno = 0;
  std::ifstream in(file);
  if (!in) {
    Error error = file_error("read", file);
    if (errno == ENOENT) error.code = ErrorCode::usage;
    return error;
  }
  std::string text;
  text.assign(std::istreambuf_iterator<char>(in), {});
  if (in.bad()) return file_error("read", file);
  return text;
}

}  // namespace

Result<Secret> read_key(Context& context, const std::string& file) {
  Result<std::string> text = read_text(context, file);
  if (!text) return text.error();
  std::string key = strip(*text);
  std::string source = file == "-" ? "stdin" : escape_control(file);
  if (key.empty())
    return make_error(ErrorCode::usage, fmt::format("{} holds no key", source),
                      "put the key alone on one line");
  if (key.size() > longest_key || key.find_first_of(" \t\r\n") != std::string::npos)
    return make_error(ErrorCode::usage, fmt::format("{} holds more than a key", source),
                      "put the key alone on one line");
  return Secret(std::move(key));
}

Result<std::string> key_reference(Context& context, const std::string& typed) {
  if (typed != "-") return typed;
  Result<Secret> key = read_key(context, "-");
  if (!key) return key.error();
  return to_hex(sha256(key->reveal()));
}

Result<SecretFile> SecretFile::prepare(const std::string& path, bool replace) {
  struct stat info {};
  if (!replace && ::lstat(path.c_str(), &info) == 0)
    return make_error(ErrorCode::already_exists,
                      fmt::format("the file {} exists", escape_control(path)),
                      "name another file, or move this one away; nothing was done");
  std::string temporary = path + ".XXXXXX";
  int descriptor = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (descriptor < 0) return file_error("write", path);
  ::fchmod(descriptor, 0600);
  return SecretFile(path, std::move(temporary), descriptor);
}

Status SecretFile::commit(const Secret& secret) {
  std::string text = secret.reveal() + "\n";
  ssize_t written = ::write(descriptor_, text.data(), text.size());
  bool whole = written == static_cast<ssize_t>(text.size()) && ::fsync(descriptor_) == 0;
  if (!whole || ::rename(temporary_.c_str(), path_.c_str()) != 0) return file_error("write", path_);
  temporary_.clear();
  return {};
}

SecretFile::SecretFile(SecretFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

SecretFile::~SecretFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

}  // namespace litegw::cmd
