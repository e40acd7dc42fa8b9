#include <doctest/doctest.h>

#include "daemon/providers/compatible/models.h"

using namespace litegw::providers::compatible;
using litegw::dialects::CallStates;

TEST_CASE("models that OpenAI does not serve are known by their names") {
  for (const char* name :
       {"gemini-3-pro-preview", "models/gemini-2.5-flash", "meta-llama/Llama-3.3",
        "openai/gpt-oss-120b", "deepseek-chat", "Qwen3-Coder", "glm-4.7"})
    CHECK_MESSAGE(is_foreign(name), name);
  for (const char* name : {"gpt-5.5", "o3", "gpt-4o-mini", "chatgpt-4o-latest", "codex-mini", "m",
                           "my-deployment", "ft:gpt-4o:acme"})
    CHECK_MESSAGE(!is_foreign(name), name);
}

TEST_CASE("Gemini 3 demands its signatures, older ones take them") {
  for (const char* name :
       {"gemini-3-pro-preview", "google/gemini-3.1-flash-lite", "gemini-flash-latest"})
    CHECK(call_states_of(name) == CallStates::demanded);
  for (const char* name : {"gemini-2.5-flash", "models/gemini-2.0-pro"})
    CHECK(call_states_of(name) == CallStates::gemini);
  CHECK(call_states_of("llama-3") == CallStates::own);
}
