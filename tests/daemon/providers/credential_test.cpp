#include <string>

#include <doctest/doctest.h>

#include "daemon/providers/failure.h"
#include "daemon/providers/translate.h"

using namespace litegw;
using namespace litegw::providers;

namespace {

const std::string secret = "sk-provider-0123456789";

std::string broken_stream(Dialect client, std::string_view credential) {
  AnswerTranslator::Settings settings;
  settings.client = client;
  settings.stream = true;
  settings.credential = credential;
  dialects::AnswerOptions options;
  options.id = "answer-1";
  options.model = "m";
  AnswerTranslator translator(std::move(settings), {}, options);
  std::string out;
  translator.feed(R"(data: {"id":"1","choices":[{"index":0,"delta":{"content":"one"}}]})"
                  "\n\n",
                  out);
  translator.feed(R"(data: {"error":{"message":"Incorrect API key provided: )" + secret +
                      R"(","type":"invalid_request_error"}})"
                      "\n\n",
                  out);
  translator.finish(std::nullopt, out);
  return out;
}

}  // namespace

TEST_CASE("an upstream that quotes the credential in mid-stream is not quoted to any client") {
  for (const Dialect client : {Dialect::chat, Dialect::responses, Dialect::messages}) {
    const std::string answer = broken_stream(client, secret);
    CHECK(answer.find("one") != std::string::npos);
    CHECK(answer.find(secret) == std::string::npos);
  }
  // Without the credential known, the message goes on: the check above can fail.
  CHECK(broken_stream(Dialect::chat, "").find(secret) != std::string::npos);
}

TEST_CASE("only a message that quotes the credential is replaced") {
  CHECK(without_credential("model is overloaded", secret) == "model is overloaded");
  CHECK(without_credential("bad key " + secret, secret).find(secret) == std::string::npos);
  CHECK(without_credential("anything", "") == "anything");
}
