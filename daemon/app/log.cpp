#include "daemon/app/log.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "daemon/app/log_line.h"
#include "daemon/net/descriptor.h"

namespace litegw::app {
namespace {

// journald, when it reads our stderr, takes <N> as the priority and gives each line its own time.
bool journal_reads_stderr() {
  return std::getenv("JOURNAL_STREAM") != nullptr;
}

class Sink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  Status use(const config::LogSettings& settings) {
    net::Descriptor file;
    if (!settings.file.empty()) {
      Result<net::Descriptor> opened = open(settings.file);
      if (!opened) return opened.error();
      file = std::move(*opened);
    }
    const std::lock_guard lock(mutex_);
    settings_ = settings;
    file_ = std::move(file);
    return {};
  }

  Status reopen() {
    config::LogSettings settings;
    {
      const std::lock_guard lock(mutex_);
      settings = settings_;
    }
    return use(settings);
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    LogStyle style;
    style.json = settings_.format == config::LogFormat::json;
    style.journal = !file_.valid() && journal_;
    const std::string_view text(message.payload.data(), message.payload.size());
    const std::string line =
        log_line(style, std::chrono::floor<Duration>(message.time), message.level, text);
    const int out = file_.valid() ? file_.get() : STDERR_FILENO;
    // Nothing can be done about a log that cannot be written; the request goes on.
    [[maybe_unused]] const ssize_t written = ::write(out, line.data(), line.size());
  }
  void flush_() override {}

 private:
  static Result<net::Descriptor> open(const std::string& path) {
    net::Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
    if (file.valid()) return file;
    return make_error(ErrorCode::io_error,
                      "The log file " + path + " cannot be opened: " + std::strerror(errno) + ".",
                      "log.file wants a path that the daemon's user may write");
  }

  config::LogSettings settings_;
  net::Descriptor file_;
  const bool journal_ = journal_reads_stderr();
};

std::shared_ptr<Sink>& the_sink() {
  static std::shared_ptr<Sink> sink = std::make_shared<Sink>();
  return sink;
}

}  // namespace

void start_log() {
  auto logger = std::make_shared<spdlog::logger>("litegwd", the_sink());
  spdlog::set_default_logger(std::move(logger));
}

Status configure_log(const config::LogSettings& settings) {
  if (const Status used = the_sink()->use(settings); !used) return used;
  spdlog::set_level(spdlog::level::from_str(settings.level == "warning" ? "warn" : settings.level));
  return {};
}

Status reopen_log() {
  return the_sink()->reopen();
}

}  // namespace litegw::app
