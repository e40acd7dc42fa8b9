#include "daemon/providers/hidden_reasoning.h"

#include <doctest/doctest.h>

using litegw::providers::hides_reasoning;

TEST_CASE("models that think out of sight are known by their names, however they are written") {
  for (const char* name :
       {"o1", "o3-mini", "o4-mini-2025-04-16", "gpt-5", "gpt-5.1", "GPT-5-mini",
        "openai/gpt-5-codex", "gemini-2.5-pro", "gemini/gemini-3-flash-preview", "grok-4",
        "x-ai/grok-4.1-fast", "openrouter/openai/o3:floor", "codex-mini-latest"})
    CHECK_MESSAGE(hides_reasoning(name), name);
  for (const char* name :
       {"gpt-4o", "gpt-4.1", "gpt-5-chat-latest", "gpt-50", "o200", "o1x",
        "grok-4-fast-non-reasoning", "grok-3", "gemini-2.0-flash", "gemini-2.5-flash-image",
        "deepseek-reasoner", "claude-opus-4-5", "qwen3-32b", "gpt-oss-120b", "", "o3/llama"})
    CHECK_MESSAGE(!hides_reasoning(name), name);
}
