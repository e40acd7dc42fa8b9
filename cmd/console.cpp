#include "cmd/console.h"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace litegw::cmd {
namespace {

int descriptor(Stream stream) {
  switch (stream) {
    case Stream::in:
      return STDIN_FILENO;
    case Stream::out:
      return STDOUT_FILENO;
    case Stream::error:
      return STDERR_FILENO;
  }
  return STDERR_FILENO;
}

[[noreturn]] void die_of_broken_pipe() {
  std::signal(SIGPIPE, SIG_DFL);
  std::raise(SIGPIPE);
  std::_Exit(128 + SIGPIPE);
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    ssize_t written = ::write(fd, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EPIPE) die_of_broken_pipe();
    // A full disk must not look like success.
    if (fd == STDOUT_FILENO) {
      std::string message =
          std::string("error: cannot write the output: ") + strerror(errno) + "\n";
      write_all(STDERR_FILENO, message);
    }
    std::_Exit(1);
  }
}

// Turns the terminal's echo off for as long as it lives.
class NoEcho {
 public:
  NoEcho() {
    active_ = tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!active_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~NoEcho() {
    if (active_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  termios before_{};
  bool active_ = false;
};

}  // namespace

void SystemConsole::write_out(std::string_view text) {
  write_all(STDOUT_FILENO, text);
}

void SystemConsole::write_error(std::string_view text) {
  write_all(STDERR_FILENO, text);
}

bool SystemConsole::is_terminal(Stream stream) const {
  return ::isatty(descriptor(stream)) == 1;
}

std::size_t SystemConsole::columns() const {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  std::string text = environment("COLUMNS").value_or("");
  std::size_t columns = 0;
  std::from_chars(text.data(), text.data() + text.size(), columns);
  return columns > 0 ? columns : 80;
}

std::optional<std::string> SystemConsole::environment(const std::string& name) const {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

Result<std::string> SystemConsole::read_all(std::size_t limit) {
  std::string all;
  char buffer[4096];
  for (;;) {
    ssize_t count = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      return make_error(ErrorCode::io_error, std::string("cannot read stdin: ") + strerror(errno));
    if (count == 0) return all;
    all.append(buffer, static_cast<std::size_t>(count));
    if (all.size() > limit)
      return make_error(ErrorCode::usage, "stdin holds more than was expected");
  }
}

std::optional<std::string> SystemConsole::read_line(bool hidden) {
  std::optional<NoEcho> silence;
  if (hidden) silence.emplace();
  std::string line;
  for (;;) {
    char c = 0;
    ssize_t count = ::read(STDIN_FILENO, &c, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 && line.empty()) return std::nullopt;
    if (count <= 0 || c == '\n') return line;
    line.push_back(c);
  }
}

Time SystemConsole::now() const {
  return wall_clock();
}

void SystemConsole::pause(Duration duration) {
  std::this_thread::sleep_for(duration);
}

unsigned SystemConsole::user_id() const {
  return ::getuid();
}

}  // namespace litegw::cmd
