#include "daemon/store/captures.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

namespace litegw::store {
namespace {

constexpr std::size_t most_files = 50;
constexpr std::size_t most_waiting = 20;
constexpr std::size_t max_bytes = 4u << 20;

bool write_file(const std::string& path, const std::string& text) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return false;
  const ssize_t written = ::write(descriptor, text.data(), text.size());
  ::close(descriptor);
  return written == static_cast<ssize_t>(text.size());
}

}  // namespace

Captures::~Captures() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Captures::keep(std::string name, std::string text) {
  if (text.size() > max_bytes) return;
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || waiting_.size() >= most_waiting) return;
    waiting_.push_back({std::move(name), std::move(text)});
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  }
  wake_.notify_one();
}

void Captures::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const Capture next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    write(next);
    lock.lock();
  }
}

void Captures::write(const Capture& capture) {
  const bool made = ::mkdir(folder_.c_str(), 0700) == 0 || errno == EEXIST;
  const bool written = made && write_file(folder_ + "/" + capture.name + ".json", capture.text);
  if (!written && !std::exchange(told_failure_, true))
    spdlog::warn("cursor.capture: cannot write to {}: {}", folder_, std::strerror(errno));
  if (written) remove_oldest();
}

void Captures::remove_oldest() {
  std::error_code ignored;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, ignored))
    files.push_back(entry.path());
  if (files.size() <= most_files) return;
  std::sort(files.begin(), files.end());
  for (std::size_t i = 0; i + most_files < files.size(); ++i)
    std::filesystem::remove(files[i], ignored);
}

}  // namespace litegw::store
