#include "daemon/dialects/chat/splice.h"

#include <doctest/doctest.h>

namespace litegw::dialects::chat {
namespace {

struct Spliced {
  std::string text;
  bool drop = false;
  std::vector<std::string> removed;
};

Spliced spliced(std::string_view body, Edits edits = {}) {
  JsonReader reader;
  const auto scanned = scan(reader, body);
  REQUIRE(scanned.has_value());
  if (edits.upstream_model.empty()) edits.upstream_model = "real";
  SplicedBody out;
  splice(body, *scanned, edits, out);
  REQUIRE(parse_json(out.joined()).has_value());
  CHECK(out.joined().size() == out.size());
  return {out.joined(), out.drop_usage_chunk(), out.removed()};
}

TEST_CASE("the model is replaced and every other byte survives") {
  CHECK(spliced(R"({ "x_new": [1 , 2.50] ,"model" :"gpt","messages":[{}], "z":"\u00e9" } )").text ==
        R"({ "x_new": [1 , 2.50] ,"model" :"real","messages":[{}], "z":"\u00e9" } )");
}

TEST_CASE("a model name is quoted as JSON") {
  Edits edits;
  edits.upstream_model = "a\"b";
  CHECK(spliced(R"({"model":"m","messages":[{}]})", edits).text ==
        R"({"model":"a\"b","messages":[{}]})");
}

TEST_CASE("usage is asked for in every way a client may have left it out") {
  const auto absent = spliced(R"({"model":"m","messages":[{}],"stream":true})");
  CHECK(
      absent.text ==
      R"({"stream_options":{"include_usage":true},"model":"real","messages":[{}],"stream":true})");
  CHECK(absent.drop);
  CHECK(
      spliced(R"({"stream_options":null,"model":"m","messages":[{}],"stream":true})").text ==
      R"({"stream_options":{"include_usage":true},"model":"real","messages":[{}],"stream":true})");
  CHECK(
      spliced(R"({"stream_options":{},"model":"m","messages":[{}],"stream":true})").text ==
      R"({"stream_options":{"include_usage":true},"model":"real","messages":[{}],"stream":true})");
  CHECK(
      spliced(R"({"stream_options":{"a":1},"model":"m","messages":[{}],"stream":true})").text ==
      R"({"stream_options":{"include_usage":true,"a":1},"model":"real","messages":[{}],"stream":true})");
  const auto refused = spliced(
      R"({"stream_options":{"include_usage":false},"model":"m","messages":[{}],"stream":true})");
  CHECK(
      refused.text ==
      R"({"stream_options":{"include_usage":true},"model":"real","messages":[{}],"stream":true})");
  CHECK(refused.drop);
}

TEST_CASE("a client that asked for usage keeps its chunk, and a plain request is left alone") {
  const char* const asked =
      R"({"model":"real","messages":[{}],"stream":true,"stream_options":{"include_usage":true}})";
  CHECK(spliced(asked).text == asked);
  CHECK_FALSE(spliced(asked).drop);
  const char* const plain = R"({"model":"real","messages":[{}]})";
  CHECK(spliced(plain).text == plain);
  CHECK_FALSE(spliced(plain).drop);
}

TEST_CASE("members that steer a proxy are taken out wherever they stand") {
  CHECK(spliced(R"({"api_base":"http://evil","model":"m","messages":[{}]})").text ==
        R"({"model":"real","messages":[{}]})");
  CHECK(spliced(R"({"model":"m", "base_url" : "x" , "api_key":"y", "messages":[{}]})").text ==
        R"({"model":"real", "messages":[{}]})");
  const auto last = spliced(
      R"({"api_base":1,"model":"m","messages":[{}] ,"user_config":{"a":[1]},"extra_headers":{} })");
  CHECK(last.text == R"({"model":"real","messages":[{}] })");
  CHECK(last.removed == std::vector<std::string>{"api_base", "user_config", "extra_headers"});
}

TEST_CASE("a deployment's defaults are added only when the client gave none") {
  const Json defaults = {{"temperature", 0.5}, {"seed", 7}};
  Edits edits;
  edits.defaults = &defaults;
  CHECK(spliced(R"({"model":"m","temperature":1,"messages":[{}]})", edits).text ==
        R"({"seed":7,"model":"real","temperature":1,"messages":[{}]})");
}

TEST_CASE("max_tokens is renamed for models that refuse it") {
  Edits edits;
  edits.rename_max_tokens = true;
  CHECK(spliced(R"({"model":"m","max_tokens":5,"messages":[{}]})", edits).text ==
        R"({"model":"real","max_completion_tokens":5,"messages":[{}]})");
  CHECK(spliced(R"({"max_completion_tokens":9,"model":"m","messages":[{}],"max_tokens":5})", edits)
            .text == R"({"max_completion_tokens":9,"model":"real","messages":[{}]})");
}

TEST_CASE("all edits at once still make one valid body") {
  const Json defaults = {{"top_p", 1}};
  Edits edits;
  edits.defaults = &defaults;
  edits.rename_max_tokens = true;
  CHECK(
      spliced(
          R"({"api_key":"k","max_tokens":5,"num_retries":9,"model":"m","stream":true,"messages":[{}],"mock_response":"x"})",
          edits)
          .text ==
      R"({"top_p":1,"stream_options":{"include_usage":true},"max_completion_tokens":5,"model":"real","stream":true,"messages":[{}]})");
}

}  // namespace
}  // namespace litegw::dialects::chat
