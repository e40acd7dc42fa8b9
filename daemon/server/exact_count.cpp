#include "daemon/server/exact_count.h"

#include <map>
#include <mutex>

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/dialects/neutral/delivered.h"

namespace litegw::server {
namespace {

// OpenAI's rule for chat: three tokens around each message, three before the answer.
constexpr std::int64_t tokens_around = 3;

// The whole file; it stays mapped until the process ends.
std::string_view map_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return {};
  struct stat status {};
  void* image = MAP_FAILED;
  if (::fstat(descriptor, &status) == 0 && status.st_size > 0)
    image = ::mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE,
                   descriptor, 0);
  ::close(descriptor);
  if (image == MAP_FAILED) return {};
  return {static_cast<const char*>(image), static_cast<std::size_t>(status.st_size)};
}

std::shared_ptr<const ledger::Tokenizer> open_tokenizer(const std::string& path) {
  auto opened = ledger::Tokenizer::open(map_file(path));
  if (opened) return std::move(*opened);
  spdlog::warn("cannot use rank file={} reason=\"{}\": cut answers are estimated", path,
               opened.error().message);
  return nullptr;
}

// Shared by all loops; opened when the first streamed request of such a model comes.
std::shared_ptr<const ledger::Tokenizer> tokenizer_of(const std::string& path) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const ledger::Tokenizer>> opened;
  const std::lock_guard<std::mutex> lock(mutex);
  const auto found = opened.find(path);
  if (found != opened.end()) return found->second;
  return opened[path] = open_tokenizer(path);
}

}  // namespace

std::unique_ptr<ExactCount> ExactCount::make(const std::string& folder, std::string_view model,
                                             std::string_view body) {
  if (folder.empty()) return nullptr;
  auto tokenizer = tokenizer_of(folder + "/" + std::string(ledger::encoding_of(model)) + ".ranks");
  if (tokenizer == nullptr) return nullptr;
  return std::unique_ptr<ExactCount>(new ExactCount(std::move(tokenizer), body));
}

ledger::Usage ExactCount::usage(std::string_view delivered) const {
  ledger::Usage usage;
  usage.estimated = true;
  usage.input = tokens_around;
  for (const std::string& text : dialects::prompt_texts(body_))
    usage.input += tokenizer_->count(text) + tokens_around;
  usage.output = tokenizer_->count(delivered);
  return usage;
}

}  // namespace litegw::server
