#include "daemon/config/system_environment.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <date/tz.h>
#include <fmt/format.h>

namespace litegw::config {
namespace {

Error file_error(int number) {
  ErrorCode code = ErrorCode::io_error;
  if (number == ENOENT || number == ENOTDIR) code = ErrorCode::not_found;
  if (number == EACCES || number == EPERM) code = ErrorCode::not_permitted;
  std::string reason = std::strerror(number);
  if (!reason.empty() && reason[0] >= 'A' && reason[0] <= 'Z')
    reason[0] = static_cast<char>(reason[0] - 'A' + 'a');
  return make_error(code, reason);
}

}  // namespace

std::optional<std::string> SystemEnvironment::variable(std::string_view name) const {
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

Result<FileText> SystemEnvironment::read_file(const std::string& path, std::size_t limit) const {
  std::error_code failure;
  std::filesystem::file_status status = std::filesystem::status(path, failure);
  if (failure) return file_error(failure.value());
  if (status.type() == std::filesystem::file_type::not_found) return file_error(ENOENT);
  if (status.type() == std::filesystem::file_type::directory) return file_error(EISDIR);
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return file_error(errno == 0 ? EIO : errno);
  FileText file;
  file.others_can_read =
      (status.permissions() & std::filesystem::perms::others_read) != std::filesystem::perms::none;
  std::string block(65536, '\0');
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0) {
    file.text.append(block, 0, static_cast<std::size_t>(in.gcount()));
    if (file.text.size() > limit)
      return make_error(ErrorCode::body_too_large, fmt::format("larger than {} bytes", limit));
  }
  if (in.bad()) return file_error(EIO);
  return file;
}

bool SystemEnvironment::is_time_zone(std::string_view name) const {
  try {
    return date::locate_zone(std::string(name)) != nullptr;
  } catch (const std::exception&) {
    return false;  // the library's way to say "unknown"; also when the machine has no tzdata
  }
}

}  // namespace litegw::config
