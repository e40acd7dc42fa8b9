#include "daemon/dialects/chat/closing.h"

#include <doctest/doctest.h>

using namespace litegw;
using namespace litegw::dialects::chat;

TEST_CASE("a stream that the gateway ends keeps its id, says why, and tells its usage") {
  ledger::Usage usage;
  usage.input = 7;
  usage.output = 3;
  Closing closing;
  closing.example = R"({"id":"c1","object":"chat.completion.chunk","created":5,"model":"real",)"
                    R"("choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}]})";
  closing.model_json = R"("public")";
  closing.reason = "length";
  closing.usage = &usage;
  const std::string same =
      R"(data: {"id":"c1","object":"chat.completion.chunk","created":5,"model":"public",)";
  CHECK(closing_events(closing) ==
        same + R"("choices":[{"index":0,"delta":{},"finish_reason":"length"}]})" + "\n\n" + same +
            R"("choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}})" +
            "\n\ndata: [DONE]\n\n");
}

TEST_CASE("without a usage chunk when the client wants none, and without an example in form") {
  Closing closing;
  closing.reason = "length";
  CHECK(closing_events(closing) == R"(data: {"object":"chat.completion.chunk",)"
                                   R"("choices":[{"index":0,"delta":{},"finish_reason":"length"}]})"
                                   "\n\ndata: [DONE]\n\n");
}
