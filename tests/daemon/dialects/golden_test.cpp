// Cases of our own in tests/golden: what an upstream answers and what each client then reads, what
// a client asks and what each upstream then gets. Streams are replayed whole and split at every
// byte. LITEGW_GOLDEN=write writes what comes out in place of what is expected; read the
// difference.
#include <cstdlib>
#include <map>

#include <doctest/doctest.h>

#include "daemon/providers/translate.h"
#include "tests/support/fixtures.h"
#include "tests/support/strict_upstreams.h"

using namespace litegw;
using namespace litegw::testing;
using providers::Dialect;

namespace {

const std::map<std::string, Dialect> dialect_names{
    {"chat", Dialect::chat}, {"responses", Dialect::responses}, {"messages", Dialect::messages}};

bool is_writing() {
  const char* set = std::getenv("LITEGW_GOLDEN");
  return set != nullptr && std::string(set) == "write";
}

std::vector<std::filesystem::path> golden(const char* folder) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::path(LITEGW_TEST_DATA) / "golden" / folder))
    found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  REQUIRE_FALSE(found.empty());
  return found;
}

// "--- NAME" lines divide a file; each part ends with the line before.
std::map<std::string, std::string> read_parts(const std::string& text) {
  std::map<std::string, std::string> parts;
  std::string name = "head";
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = text.find('\n', at);
    if (end == std::string::npos) end = text.size();
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.starts_with("--- ")) {
      name = line.substr(4);
      parts[name];
    } else {
      parts[name] += line + "\n";
    }
  }
  return parts;
}

std::string member(const std::string& head, const std::string& name) {
  const std::size_t at = head.find(name + ": ");
  if (at == std::string::npos) return {};
  const std::size_t from = at + name.size() + 2;
  return head.substr(from, head.find('\n', from) - from);
}

struct AnswerCase {
  Dialect upstream = Dialect::chat;
  bool stream = true;
  bool cursor = false;
  std::string bytes;
};

AnswerCase read_case(const std::map<std::string, std::string>& parts) {
  const std::string& head = parts.at("head");
  AnswerCase made;
  made.upstream = dialect_names.at(member(head, "upstream"));
  made.stream = member(head, "stream") != "no";
  made.cursor = member(head, "cursor") == "yes";
  made.bytes = parts.at("upstream");
  if (member(head, "lines") != "crlf") return made;
  std::string crlf;
  for (const char c : made.bytes)
    crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  made.bytes = std::move(crlf);
  return made;
}

// The client's bytes, then what the gateway itself knows of the answer.
std::string translated(const AnswerCase& from, Dialect client, std::size_t first,
                       std::size_t step) {
  providers::AnswerTranslator::Settings settings;
  settings.upstream = from.upstream;
  settings.client = client;
  settings.stream = from.stream;
  settings.keeper.deployment = "d1";
  settings.estimated_input = 10;
  dialects::ToolMap tools;
  tools.lowered = {"ApplyPatch"};
  tools.original_names = {{"short_name", "a.name that is too long"}};
  dialects::AnswerOptions options;
  options.id = "ID";
  options.model = "MODEL";
  options.created = 1;
  options.request_id = "req_1";
  options.include_usage = true;
  options.errors_as_text = from.cursor;
  if (from.cursor) options.reasoning = config::Reasoning::hide;
  if (from.cursor) options.custom_calls = config::CustomCalls::function;
  providers::AnswerTranslator translator(settings, tools, options);
  std::string out;
  translator.feed(from.bytes.substr(0, first), out);
  for (std::size_t at = first; at < from.bytes.size() && !translator.outcome().failure; at += step)
    translator.feed(std::string_view(from.bytes).substr(at, step), out);
  translator.finish(std::nullopt, out);
  const providers::Outcome& outcome = translator.outcome();
  if (!out.ends_with('\n')) out += '\n';
  if (outcome.failure) out += "# failure: " + outcome.failure->error.message + "\n";
  if (!translator.begun() && from.stream) out += "# nothing was sent\n";
  out += "# usage: " + std::to_string(outcome.usage.total_input()) + " in, " +
         std::to_string(outcome.usage.total_output()) + " out" +
         (outcome.usage.estimated ? ", estimated" : "") + "\n";
  return out;
}

}  // namespace

TEST_CASE("golden answers: each client reads what it should, however the bytes are cut") {
  for (const auto& path : golden("answers")) {
    CAPTURE(path.filename().string());
    const std::string text = read_all(path);
    auto parts = read_parts(text);
    const AnswerCase answer = read_case(parts);
    std::vector<std::pair<Dialect, std::string>> expected;
    std::string rewritten = text.substr(0, text.find("--- client "));
    for (const auto& [name, client] : dialect_names) {
      CAPTURE(name);
      const std::size_t all = answer.bytes.size();
      const std::string whole = translated(answer, client, all, all);
      rewritten.append("--- client ").append(name).append("\n").append(whole);
      if (!is_writing()) CHECK(parts["client " + name] == whole);
      CHECK(translated(answer, client, 1, 1) == whole);
      expected.push_back({client, whole});
    }
    // Each byte once: what is cut is the upstream's side, whoever the client.
    for (std::size_t cut = 1; cut < answer.bytes.size() && !is_writing(); ++cut) {
      const auto& [client, whole] = expected[cut % expected.size()];
      if (translated(answer, client, cut, answer.bytes.size()) != whole)
        FAIL_CHECK("differs when cut at ", cut);
    }
    if (is_writing()) std::ofstream(path) << rewritten;
  }
}

TEST_CASE("golden requests: each upstream gets what it should") {
  for (const auto& path : golden("requests")) {
    CAPTURE(path.filename().string());
    Json golden_case = read_json(path);
    REQUIRE(golden_case.is_object());
    const Dialect client = dialect_names.at(golden_case["client"].get<std::string>());
    const auto request = providers::parse_request(client, dump(golden_case["body"]));
    REQUIRE(request.has_value());
    for (const auto& [name, upstream] : dialect_names) {
      CAPTURE(name);
      providers::Target target;
      target.model = upstream == Dialect::messages ? "claude-sonnet-4-6" : "gpt-5.5";
      target.deployment = "d1";
      const auto written = providers::translate(*request, upstream, target, {});
      REQUIRE(written.has_value());
      const Json& body = written->written.body;
      CHECK((upstream == Dialect::chat        ? chat_problem(body)
             : upstream == Dialect::responses ? responses_problem(body)
                                              : messages_problem(body)) == "");
      if (is_writing())
        golden_case["upstream"][name] = body;
      else
        CHECK(dump_pretty(golden_case["upstream"][name]) == dump_pretty(body));
    }
    if (is_writing()) std::ofstream(path) << dump_pretty(golden_case) << '\n';
  }
}
