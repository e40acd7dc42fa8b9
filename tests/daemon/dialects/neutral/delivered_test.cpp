#include "daemon/dialects/neutral/delivered.h"

#include <doctest/doctest.h>

using namespace litegw::dialects;

TEST_CASE("a prompt's texts are those of its messages and tools, in any dialect, without media") {
  CHECK(
      prompt_texts(R"({"model":"m","messages":[{"role":"user","content":"hi"},)"
                   R"({"role":"user","content":[{"type":"text","text":"look"},{"type":"image_url",)"
                   R"("image_url":{"url":"data:image/png;base64,AAAA"}}]}]})") ==
      std::vector<std::string>{"user\nhi", "user\nlook"});
  CHECK(prompt_texts(R"({"instructions":"be brief","input":"hello"})") ==
        std::vector<std::string>{"be brief", "hello"});
  CHECK(prompt_texts(R"({"system":"s","messages":[],"tools":[{"type":"function","name":"f"}]})") ==
        std::vector<std::string>{"s", "f"});
  CHECK(prompt_texts("no json").empty());
}

TEST_CASE("what a chat client has got is its text, its reasoning and its tool calls") {
  CHECK(
      delivered_text(
          ": ping\n\n"
          R"(data: {"choices":[{"delta":{"role":"assistant","content":"one "}}]})"
          "\n\n"
          R"(data: {"choices":[{"delta":{"reasoning_content":"two "}}]})"
          "\n\n"
          R"(data: {"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}}]})"
          "\n\ndata: {\"choices\":[]}\n\ndata: [DONE]\n\n") == "one two f{}");
  CHECK(delivered_text("data: {broken").empty());
}
