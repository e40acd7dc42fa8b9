#include "tests/cmd/support/fake_console.h"

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "common/base/text.h"

namespace litegw::cmd::test {

namespace {

// What is shown in local time is compared with files.
const bool in_utc = [] {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  return true;
}();

}  // namespace

class FakeDaemon::FakeTransport : public Transport {
 public:
  explicit FakeTransport(FakeDaemon& daemon) : daemon_(daemon) {}

  Result<Reply> exchange(const Ask& ask) override { return daemon_.reply(ask); }
  Result<Reply> follow(const Ask& ask,
                       const std::function<bool(std::string_view line)>& on_line) override {
    Result<Reply> reply = daemon_.reply(ask);
    if (!reply || reply->status != 200) return reply;
    for (const std::string& line : split(reply->body, '\n'))
      if (!line.empty() && !on_line(line)) break;
    reply->body.clear();
    return reply;
  }

 private:
  FakeDaemon& daemon_;
};

TransportFactory FakeDaemon::transports() {
  return [this](const std::string& path) {
    socket = path;
    return std::make_unique<FakeTransport>(*this);
  };
}

Result<Reply> FakeDaemon::reply(const Ask& ask) {
  asked.push_back(ask);
  if (on_ask) on_ask(ask);
  if (failure_) return *failure_;
  std::string request = ask.method + " " + ask.target.substr(0, ask.target.find('?'));
  auto found = answers_.find(request);
  if (found == answers_.end()) {
    Error error = make_error(ErrorCode::not_found, "nothing is at " + request);
    return Reply{404, "1.0", "0.1.0", dump(control::error_answer(error))};
  }
  return Reply{found->second.status, found->second.api, "0.1.0", found->second.body};
}

Session& Session::run(const std::string& line) {
  std::vector<std::string> words;
  for (std::string& word : split(line, ' '))
    if (!word.empty()) words.push_back(std::move(word));
  return run(words);
}

Session& Session::run(const std::vector<std::string>& words) {
  console.out.clear();
  console.error.clear();
  ProgramRunner runner = [this](const std::vector<std::string>& arguments) {
    programs.push_back(arguments);
    return Result<ProgramResult>(program_result);
  };
  exit_code = cmd::run(words, console, daemon.transports(), runner);
  return *this;
}

std::string read_test_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

bool matches_golden(const std::string& name, const std::string& actual) {
  std::string path = std::string(LITEGW_TEST_DATA) + "/cmd/golden/" + name;
  if (std::getenv("LITEGW_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
    return true;
  }
  std::string expected = read_test_file(path);
  if (actual == expected) return true;
  MESSAGE("golden file ", name, " differs; LITEGW_UPDATE_GOLDEN=1 writes it anew. Now:\n", actual);
  return false;
}

}  // namespace litegw::cmd::test
