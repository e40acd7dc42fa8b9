#include "daemon/dialects/chat/closing.h"

#include "common/base/json.h"

namespace litegw::dialects::chat {
namespace {

std::string event(const Json& chunk) {
  return "data: " + dump(chunk) + "\n\n";
}

// What all chunks of a stream have in common.
Json skeleton(const Closing& closing) {
  Json chunk = Json::object();
  const Json example = Json::parse(closing.example, nullptr, false);
  if (example.is_object())
    for (const auto& [name, value] : example.items())
      if (name != "choices" && name != "usage") chunk[name] = value;
  const Json model = Json::parse(closing.model_json, nullptr, false);
  if (model.is_string()) chunk["model"] = model;
  if (!chunk.contains("object")) chunk["object"] = "chat.completion.chunk";
  return chunk;
}

}  // namespace

std::string closing_events(const Closing& closing) {
  Json last = skeleton(closing);
  Json choice = {{"index", 0}, {"delta", Json::object()}};
  choice["finish_reason"] = closing.reason;
  last["choices"] = Json::array({std::move(choice)});
  std::string out = event(last);
  if (closing.usage != nullptr) {
    const std::int64_t input = closing.usage->total_input();
    const std::int64_t output = closing.usage->total_output();
    Json usage = skeleton(closing);
    usage["choices"] = Json::array();
    usage["usage"] = {
        {"prompt_tokens", input}, {"completion_tokens", output}, {"total_tokens", input + output}};
    out += event(usage);
  }
  return out + "data: [DONE]\n\n";
}

}  // namespace litegw::dialects::chat
