// Whatever a client sends: a 400 that names the member, or a body that a strict upstream accepts.
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "daemon/dialects/cursor/shape.h"
#include "daemon/providers/translate.h"
#include "tests/support/client_bodies.h"
#include "tests/support/strict_upstreams.h"

using namespace litegw;
using namespace litegw::testing;
using providers::Dialect;

namespace {

constexpr Dialect dialects_of_clients[] = {Dialect::chat, Dialect::responses, Dialect::messages};

bool is_long() {
  const char* length = std::getenv("LITEGW_TEST_LENGTH");
  return length != nullptr && std::string_view(length) == "long";
}

const char* name_of(Dialect dialect) {
  return dialect == Dialect::chat        ? "chat"
         : dialect == Dialect::responses ? "responses"
                                         : "messages";
}

std::string error_problem(const Error& error) {
  const int status = error_info(error.code).status;
  if (status != 400) return "status " + std::to_string(status) + ": " + error.message;
  if (error.message.empty()) return "no message";
  if (error.message.find('\n') != std::string::npos) return "more than one line";
  return "";
}

std::string upstream_problem(const dialects::Request& request, Dialect upstream, const char* model,
                             bool compatible) {
  providers::Target target;
  target.model = model;
  target.deployment = "d";
  target.compatible = compatible;
  auto translated = providers::translate(request, upstream, target, {});
  if (!translated) return error_problem(translated.error());
  Json& body = translated->written.body;
  if (compatible) body.erase("top_k");  // OpenAI itself does not know it
  if (!parse_json(dump(body))) return "the body written is no JSON";
  const std::string problem = upstream == Dialect::chat        ? chat_problem(body, !compatible)
                              : upstream == Dialect::responses ? responses_problem(body)
                                                               : messages_problem(body);
  return problem.empty() ? "" : std::string(model) + ": " + problem + ": " + dump(body);
}

// "" when all is well: refused with a 400, or every upstream takes it.
std::string problem_of(const dialects::Request& request) {
  for (const auto& [upstream, model, compatible] : {std::tuple{Dialect::chat, "gpt-5.5", false},
                                                    {Dialect::chat, "llama", true},
                                                    {Dialect::responses, "gpt-5.5", false},
                                                    {Dialect::messages, "claude-haiku-4-5", false}})
    try {
      const std::string problem = upstream_problem(request, upstream, model, compatible);
      if (!problem.empty()) return problem;
    } catch (const Json::exception& thrown) {
      return std::string(model) + ": " + thrown.what();
    }
  return "";
}

struct Verdict {
  std::string problem;
  std::string param;  // of a refusal
  bool refused = false;
};

Verdict judge(Dialect client, const std::string& body) {
  Verdict verdict;
  const auto take = [&verdict](const Result<dialects::Request>& request) {
    if (request) {
      verdict.problem = problem_of(*request);
      return;
    }
    verdict.refused = true;
    verdict.param = request.error().param;
    verdict.problem = error_problem(request.error());
  };
  take(providers::parse_request(client, body));
  // Of Responses the shape says no more than that.
  if (client != Dialect::chat || !verdict.problem.empty()) return verdict;
  // Cursor's bodies take the same parsers after their shape is known.
  Result<Json> parsed = parse_json(body);
  if (!parsed) return verdict;
  auto cursor = dialects::cursor::parse(std::move(*parsed), true);
  if (!cursor) verdict.problem = error_problem(cursor.error());
  if (cursor) verdict.problem = problem_of(cursor->request);
  return verdict;
}

void collect_places(const Json& value, const Json::json_pointer& at,
                    std::vector<Json::json_pointer>& out) {
  if (!at.empty()) out.push_back(at);
  if (value.is_object())
    for (const auto& [name, member] : value.items())
      collect_places(member, at / name, out);
  if (value.is_array())
    for (std::size_t i = 0; i < value.size(); ++i)
      collect_places(value[i], at / i, out);
}

std::vector<Json::json_pointer> places_of(const Json& body) {
  std::vector<Json::json_pointer> out;
  collect_places(body, Json::json_pointer(), out);
  return out;
}

std::string first_member(const Json::json_pointer& place) {
  const std::string text = place.to_string();
  return text.substr(1, text.find('/', 1) - 1);
}

const std::vector<Json> wrong_values{nullptr,
                                     true,
                                     7,
                                     -1.5,
                                     9'007'199'254'740'993,
                                     "",
                                     "x",
                                     "\u0000",
                                     Json::array(),
                                     Json::object(),
                                     Json::array({Json::array()}),
                                     Json{{"type", "x"}},
                                     Json{{"type", 5}},
                                     1e300};

// Other bodies each time in the long run, the same ones in the gate.
class Chance {
 public:
  std::size_t below(std::size_t most) { return random_() % most; }

 private:
  std::mt19937_64 random_{is_long() ? std::random_device()() : 20261123};
};

int rounds() {
  return is_long() ? 5000 : 100;
}

void check_judged(Dialect client, const std::string& body) {
  const Verdict verdict = judge(client, body);
  CAPTURE(name_of(client));
  CAPTURE(body);
  CHECK(verdict.problem == "");
}

}  // namespace

TEST_CASE("the rich bodies of these tests are accepted as they are") {
  for (const Dialect client : dialects_of_clients) {
    CAPTURE(name_of(client));
    const Verdict verdict = judge(client, dump(rich_body(client)));
    CHECK_FALSE(verdict.refused);
    CHECK(verdict.problem == "");
  }
}

// Every value in every place in the long run; in the gate each place gets a third of them.
TEST_CASE("a wrong type in any place is refused by name or harmless") {
  for (const Dialect client : dialects_of_clients) {
    const Json body = rich_body(client);
    std::size_t turn = 0;
    for (const Json::json_pointer& place : places_of(body))
      for (const Json& wrong : wrong_values) {
        if (!is_long() && turn++ % 3 != 0) continue;
        Json changed = body;
        changed[place] = wrong;
        const Verdict verdict = judge(client, dump(changed));
        CAPTURE(name_of(client));
        CAPTURE(place.to_string());
        CAPTURE(dump(wrong));
        CHECK(verdict.problem == "");
        if (!verdict.refused) continue;
        CHECK(verdict.param.starts_with(first_member(place)));
      }
  }
}

TEST_CASE("a missing member in any place is refused by name or harmless") {
  for (const Dialect client : dialects_of_clients) {
    const Json body = rich_body(client);
    for (const Json::json_pointer& place : places_of(body)) {
      Json changed = body;
      Json& parent = changed[place.parent_pointer()];
      if (parent.is_object())
        parent.erase(place.back());
      else
        parent.erase(static_cast<std::size_t>(std::stoul(place.back())));
      const Verdict verdict = judge(client, dump(changed));
      CAPTURE(name_of(client));
      CAPTURE(place.to_string());
      CHECK(verdict.problem == "");
      if (verdict.refused) CHECK(verdict.param.starts_with(first_member(place)));
    }
  }
}

TEST_CASE("bodies that are no object are refused") {
  for (const Dialect client : dialects_of_clients)
    for (const char* body : {"", " ", "null", "[]", "7", "\"x\"", "true", "{", "{}}", "{\"a\":1,}",
                             "NaN", "{\"temperature\":NaN}", "\xff\xfe", "{\"model\":\"\xc3\x28\"}",
                             "{\"model\":\"\\ud800\"}", "{\"model\":\"a\",\"model\":\"b\"}"}) {
      CAPTURE(name_of(client));
      CAPTURE(body);
      const Verdict verdict = judge(client, body);
      CHECK(verdict.refused);
      CHECK(verdict.problem == "");
    }
  const Verdict with_nul = judge(Dialect::chat, std::string("{\"model\":\"a\0b\"}", 15));
  CHECK(with_nul.refused);
}

TEST_CASE("a body that is nested too deeply is refused, not followed") {
  std::string deep =
      "{\"model\":\"m\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":";
  for (int i = 0; i < 10'000; ++i)
    deep += "[";
  for (const Dialect client : dialects_of_clients) {
    const Verdict verdict = judge(client, deep + std::string(10'000, ']') + "}]}");
    CHECK(verdict.refused);
    CHECK(verdict.problem == "");
  }
}

TEST_CASE("more tools than any provider takes are refused by name") {
  for (const Dialect client : dialects_of_clients) {
    Json body = rich_body(client);
    body.erase("tool_choice");
    for (int i = 0; i < 10'000; ++i)
      body["tools"].push_back(Json{
          {"type", "function"}, {"name", "f" + std::to_string(i)}, {"parameters", Json::object()}});
    const Verdict verdict = judge(client, dump(body));
    CAPTURE(name_of(client));
    CHECK(verdict.refused);
    CHECK(verdict.param == "tools");
  }
}

TEST_CASE("mutated bodies are refused with 400 or understood") {
  for (const Dialect client : dialects_of_clients) {
    Chance chance;
    const Json body = rich_body(client);
    const std::vector<Json::json_pointer> places = places_of(body);
    for (int round = 0; round < rounds(); ++round) {
      Json changed = body;
      for (std::size_t edits = 1 + chance.below(5); edits-- > 0;) {
        const auto& to = places[chance.below(places.size())];
        const auto& from = places[chance.below(places.size())];
        const Json& wrong = wrong_values[chance.below(wrong_values.size())];
        if (changed.contains(to)) changed[to] = chance.below(2) == 0 ? body[from] : wrong;
      }
      check_judged(client, dump(changed));
    }
  }
}

TEST_CASE("bodies with changed bytes are refused with 400 or understood") {
  for (const Dialect client : dialects_of_clients) {
    Chance chance;
    const std::string body = dump(rich_body(client));
    for (int round = 0; round < rounds(); ++round) {
      std::string changed = body;
      for (std::size_t edits = 1 + chance.below(3); edits-- > 0;) {
        const std::size_t at = chance.below(changed.size());
        const std::size_t kind = chance.below(3);
        if (kind == 0) changed[at] = static_cast<char>(chance.below(256));
        if (kind == 1) changed.erase(at, 1 + chance.below(39));
        if (kind == 2) changed.insert(at, changed.substr(chance.below(changed.size()), 17));
      }
      check_judged(client, changed);
    }
  }
}
