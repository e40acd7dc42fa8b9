// A console whose streams are strings, and a daemon that answers from memory. For tests of
// commands.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cmd/app.h"
#include "cmd/console.h"
#include "cmd/transport.h"

namespace litegw::cmd::test {

class FakeConsole : public Console {
 public:
  void write_out(std::string_view text) override { out += text; }
  void write_error(std::string_view text) override { error += text; }
  bool is_terminal(Stream stream) const override {
    if (stream == Stream::in) return in_terminal;
    return stream == Stream::out ? out_terminal : error_terminal;
  }
  std::size_t columns() const override { return width; }
  std::optional<std::string> environment(const std::string& name) const override {
    auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  }
  Result<std::string> read_all(std::size_t) override { return input; }
  std::optional<std::string> read_line(bool) override {
    if (lines.empty()) return std::nullopt;
    std::string line = lines.front();
    lines.pop_front();
    return line;
  }
  Time now() const override { return time; }
  void pause(Duration duration) override {
    time += duration;
    if (on_pause) on_pause();
  }
  unsigned user_id() const override { return 1000; }

  void make_terminal() { in_terminal = out_terminal = error_terminal = true; }

  std::string out, error, input;
  std::deque<std::string> lines;
  std::map<std::string, std::string> variables;
  bool in_terminal = false, out_terminal = false, error_terminal = false;
  std::size_t width = 80;
  Time time = Time(seconds(1'795'428'000));  // 2026-11-23T10:00:00Z
  std::function<void()> on_pause;
};

// What the daemon was asked, and what it answers: by "METHOD /path", the query left out.
class FakeDaemon {
 public:
  struct Answer {
    int status = 200;
    std::string body;
    std::string api = "1.0";
  };

  void answer(const std::string& request, std::string body, int status = 200) {
    answers_[request] = Answer{status, std::move(body)};
  }
  void answer_with(const std::string& request, Answer answer) {
    answers_[request] = std::move(answer);
  }
  void fail(Error error) { failure_ = std::move(error); }
  TransportFactory transports();

  std::function<void(const Ask&)> on_ask;
  std::vector<Ask> asked;
  std::string socket;  // that the CLI was told to use

 private:
  class FakeTransport;
  Result<Reply> reply(const Ask& ask);

  std::map<std::string, Answer> answers_;
  std::optional<Error> failure_;
};

// One run of litegw.
struct Session {
  FakeConsole console;
  FakeDaemon daemon;
  std::vector<std::vector<std::string>> programs;  // that were run
  ProgramResult program_result;
  int exit_code = -1;

  // `line` is split at spaces; use the other form for words with spaces.
  Session& run(const std::string& line);
  Session& run(const std::vector<std::string>& words);
};

// The content of tests/cmd/golden/NAME. With LITEGW_UPDATE_GOLDEN set, `actual` is written there.
bool matches_golden(const std::string& name, const std::string& actual);
std::string read_test_file(const std::string& path);

}  // namespace litegw::cmd::test
