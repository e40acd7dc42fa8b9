// The providers this program can send to, one row each. A vendor that speaks OpenAI's Chat
// Completions is nothing but a row. Pure data; read by config (through app) at load and by the data
// path on every request.
#pragma once

#include <span>
#include <string_view>

namespace litegw::providers {

// The wire format towards the provider. Each value has its folder.
enum class Api {
  openai_chat,  // Chat Completions as OpenAI's, its Responses for models that ask for it
  anthropic,    // Messages
  mock,         // answered here, offline: mock/
};

struct Provider {
  std::string_view name;      // LiteLLM's, the prefix in `model: groq/llama-3`
  std::string_view api_base;  // empty: a deployment has to name one
  std::string_view api_key_variable = {};
  std::string_view api_base_variable = {};
  Api api = Api::openai_chat;
  // Streams report usage only when stream_options.include_usage asks for it. Off for those that
  // report unasked and refuse the member.
  bool ask_usage = true;
  // Newer models refuse max_tokens at the provider's own endpoint.
  bool rename_max_tokens = false;
};

std::span<const Provider> all();
// nullptr: not one of ours (unsupported_provider).
const Provider* find(std::string_view name);

}  // namespace litegw::providers
