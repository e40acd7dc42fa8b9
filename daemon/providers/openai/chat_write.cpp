#include "daemon/providers/openai/chat_write.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/hash.h"
#include "daemon/dialects/neutral/content.h"
#include "daemon/providers/openai/models.h"
#include "daemon/providers/openai/tool_choice.h"

namespace litegw::providers::openai {

using namespace dialects;

Json chat_tool(Tool& tool) {
  Json body = Json::object();
  body["name"] = std::move(tool.name);
  if (!tool.description.empty()) body["description"] = std::move(tool.description);
  if (tool.kind == ToolKind::function) {
    body["parameters"] = std::move(tool.schema);
    if (tool.strict) body["strict"] = *tool.strict;
    return Json{{"type", "function"}, {"function", std::move(body)}};
  }
  Json format{{"type", tool.grammar.value("type", "text")}};
  if (format["type"] == "grammar")
    format["grammar"] = Json{{"syntax", std::move(tool.grammar["syntax"])},
                             {"definition", std::move(tool.grammar["definition"])}};
  body["format"] = std::move(format);
  return Json{{"type", "custom"}, {"custom", std::move(body)}};
}

std::string result_text(const ToolResult& result) {
  std::string text = joined_text(result.parts, "\n");
  const bool has_media =
      std::ranges::any_of(result.parts, [](const Part& part) { return part.as<Media>(); });
  if (text.empty() && has_media) text = "(see the next message)";
  return result.is_error ? "ERROR: " + text : text;
}

std::string fitting_call_id(std::string id, std::size_t most) {
  return id.size() <= most ? std::move(id) : "call_" + to_hex(sha256(id)).substr(0, 32);
}

namespace {

// "string too long. Expected a string with maximum length 40"
constexpr std::size_t longest_id = 40;

// "Expected a string that matches the pattern '^[^\\s<|\\\\/>]+$'."
bool is_author(std::string_view name) {
  return !name.empty() && name.size() <= 64 &&
         name.find_first_of(" \t\r\n<|\\/>") == std::string_view::npos;
}

class ChatWriter {
 public:
  ChatWriter(Request request, const Target& target)
      : request_(std::move(request)), target_(target), traits_(traits_of(target.model)) {
    // A model name says little about a server that copied OpenAI.
    if (target.compatible) traits_ = {};
  }

  Result<Written> write() {
    if (request_.n > 1) return unsupported("n", "more than one choice cannot be translated");
    if (!request_.previous_response_id.empty())
      return unsupported("previous_response_id", "this model's upstream stores no responses");
    body_["model"] = target_.model;
    std::string effort = chosen_effort();
    write_sampling(effort);
    write_limit();
    write_messages();
    write_tools();
    write_format();
    if (!effort.empty())
      body_["reasoning_effort"] = effort;
    else if (!asked_effort(request_.reasoning).empty() && !body_.contains("thinking"))
      drop("reasoning_effort");
    write_openai_members();
    if (request_.stream) {
      body_["stream"] = true;
      if (target_.ask_usage)
        body_["stream_options"] = Json{{"include_usage", true}};  // what the bill rests on
    }
    if (error_) return *error_;
    written_.path = "/chat/completions";
    written_.body = std::move(body_);
    return std::move(written_);
  }

 private:
  void drop(const char* name) { written_.dropped.emplace_back(name); }

  // DeepSeek's own switch; its models know no effort "none".
  std::string chosen_effort() {
    std::string asked = asked_effort(request_.reasoning);
    // Google's endpoint knows minimal to high; the third generation cannot stop to think.
    if (target_.call_states == CallStates::gemini || target_.call_states == CallStates::demanded) {
      if (asked == "xhigh" || asked == "max") asked = "high";
      if (asked == "none" && target_.call_states == CallStates::demanded) asked = "minimal";
    }
    if (!target_.wants_reasoning_text || asked != "none") return effort_for(traits_, asked);
    body_["thinking"] = Json{{"type", "disabled"}};
    return {};
  }

  template <class T>
  void sampling(const char* name, const std::optional<T>& value, bool refused) {
    if (!value) return;
    if (refused)
      drop(name);
    else
      body_[name] = *value;
  }

  void write_sampling(const std::string& effort) {
    bool refused = refuses_sampling(traits_, effort);
    sampling("temperature", request_.temperature, refused);
    sampling("top_p", request_.top_p, refused);
    sampling("frequency_penalty", request_.frequency_penalty, refused);
    sampling("presence_penalty", request_.presence_penalty, refused);
    sampling("logprobs", request_.logprobs, refused);
    sampling("top_logprobs", request_.top_logprobs, refused);
    sampling("seed", request_.seed, false);
    sampling("top_k", request_.top_k, !target_.compatible);
    if (request_.logit_bias.is_object()) {
      if (refused)
        drop("logit_bias");
      else
        body_["logit_bias"] = std::move(request_.logit_bias);
    }
    if (request_.stop.empty()) return;
    if (traits_.takes_stop)
      body_["stop"] = request_.stop;
    else
      drop("stop");
  }

  // Reasoning models refuse max_tokens; servers that copied OpenAI know nothing else.
  void write_limit() {
    if (!request_.max_output) return;
    bool reasons = traits_.reasons != ModelTraits::Reasons::never &&
                   traits_.reasons != ModelTraits::Reasons::unknown;
    bool old = target_.compatible || (request_.max_tokens_spelling && !reasons);
    body_[old ? "max_tokens" : "max_completion_tokens"] = *request_.max_output;
  }

  void write_messages() {
    Json messages = Json::array();
    std::vector<Json> media;  // of tool results: only user messages take it
    for (Message& message : request_.messages) {
      if (message.role != Role::tool && !media.empty()) flush_media(media, messages);
      switch (message.role) {
        case Role::system:
          write_system(message, messages);
          break;
        case Role::user:
          write_user(message, messages);
          break;
        case Role::assistant:
          write_assistant(message, messages);
          break;
        case Role::tool:
          write_result(message, messages, media);
          break;
      }
    }
    flush_media(media, messages);
    if (messages.empty()) error_ = nothing_to_say();
    body_["messages"] = std::move(messages);
  }

  void flush_media(std::vector<Json>& media, Json& messages) {
    if (media.empty()) return;
    messages.push_back(Json{{"role", "user"}, {"content", std::move(media)}});
    media.clear();
  }

  void write_system(Message& message, Json& messages) {
    std::string text = joined_text(message.parts, "\n\n");
    if (is_blank(text)) return;
    messages.push_back(
        Json{{"role", traits_.takes_system ? "system" : "user"}, {"content", std::move(text)}});
  }

  void write_user(Message& message, Json& messages) {
    Text* only = message.parts.size() == 1 ? message.parts[0].as<Text>() : nullptr;
    if (only && is_blank(only->text)) return;  // "must have non-empty content"
    if (only && !message.as_list) {
      messages.push_back(Json{{"role", "user"}, {"content", std::move(only->text)}});
    } else {
      Json parts = Json::array();
      for (Part& part : message.parts)
        write_part(part, parts);
      if (parts.empty()) return;
      messages.push_back(Json{{"role", "user"}, {"content", std::move(parts)}});
    }
    if (is_author(message.name)) messages.back()["name"] = std::move(message.name);
  }

  void write_part(Part& part, Json& parts) {
    if (Text* text = part.as<Text>()) {
      if (!is_blank(text->text))
        parts.push_back(Json{{"type", "text"}, {"text", std::move(text->text)}});
    } else if (Media* media = part.as<Media>()) {
      if (Json value = media_part(*media); !value.is_null()) parts.push_back(std::move(value));
    } else if (const Opaque* opaque = part.as<Opaque>()) {
      parts.push_back(Json{{"type", "text"}, {"text", unsupported_text(*opaque)}});
    }
  }

  Json media_part(Media& media) {
    if (media.text.empty()) media.text = plain_text(media);  // only PDF is taken as data
    if (!media.text.empty()) return Json{{"type", "text"}, {"text", std::move(media.text)}};
    if (media.kind == MediaKind::audio)
      return Json{
          {"type", "input_audio"},
          {"input_audio", {{"data", std::move(media.data)}, {"format", std::move(media.mime)}}}};
    std::string url =
        media.data.empty() ? media.url : "data:" + media.mime + ";base64," + media.data;
    if (media.kind == MediaKind::image) {
      if (url.empty()) return refuse_file_id("image");
      Json image{{"url", std::move(url)}};
      if (!media.detail.empty()) image["detail"] = std::move(media.detail);
      return Json{{"type", "image_url"}, {"image_url", std::move(image)}};
    }
    Json file = Json::object();
    if (!media.file_id.empty()) {
      file["file_id"] = std::move(media.file_id);
    } else if (media.data.empty()) {
      error_ = unsupported("messages", "this model's upstream takes files as data, not by URL");
      return {};
    } else {
      file["filename"] = media.filename.empty() ? "file.pdf" : media.filename;
      file["file_data"] = std::move(url);
    }
    return Json{{"type", "file"}, {"file", std::move(file)}};
  }

  Json refuse_file_id(const char* what) {
    error_ = unsupported("messages",
                         std::string("this model's upstream takes no ") + what + " by file_id");
    return {};
  }

  void write_assistant(Message& message, Json& messages) {
    Json value{{"role", "assistant"}};
    std::string text = joined_text(message.parts, "");
    std::string refusal, reasoning;
    Json calls = Json::array(), details = Json::array();
    for (Part& part : message.parts) {
      if (Refusal* piece = part.as<Refusal>()) refusal += piece->text;
      if (Reasoning* piece = part.as<Reasoning>()) {
        reasoning += piece->text;
        add_details(*piece, details);
      }
      if (ToolCall* call = part.as<ToolCall>()) calls.push_back(call_json(*call));
    }
    // "assistant message without content": a refusal alone is told as what was said.
    if (target_.compatible || text.empty()) text += std::exchange(refusal, {});
    if (text.empty() && refusal.empty() && calls.empty()) return;
    bool wants_text = target_.compatible && text.empty();
    value["content"] = text.empty() && !wants_text ? Json() : Json(std::move(text));
    if (!refusal.empty()) value["refusal"] = std::move(refusal);
    if (!reasoning.empty() && target_.wants_reasoning_text)
      value["reasoning_content"] = std::move(reasoning);
    if (!details.empty()) value["reasoning_details"] = std::move(details);
    if (!calls.empty()) value["tool_calls"] = std::move(calls);
    messages.push_back(std::move(value));
  }

  static void add_details(const Reasoning& reasoning, Json& details) {
    if (reasoning.state.family != "openrouter") return;
    Result<Json> given = parse_json(reasoning.state.blob);
    if (!given || !given->is_array()) return;
    for (Json& detail : *given)
      details.push_back(std::move(detail));
  }

  std::string call_id(std::string& id) const {
    return target_.compatible ? std::move(id) : fitting_call_id(std::move(id), longest_id);
  }

  Json call_json(ToolCall& call) const {
    bool custom = call.kind == ToolKind::custom;
    Json body{{"name", std::move(call.name)}};
    body[custom ? "input" : "arguments"] =
        custom ? std::move(call.arguments) : object_text(std::move(call.arguments));
    Json value{{"id", call_id(call.id)}, {"type", custom ? "custom" : "function"}};
    value[custom ? "custom" : "function"] = std::move(body);
    Result<Json> state = parse_json(call.state);
    if (state && state->is_object()) value.update(*state);
    return value;
  }

  void write_result(Message& message, Json& messages, std::vector<Json>& media) {
    ToolResult& result = *message.parts[0].as<ToolResult>();
    std::string text = result_text(result);
    for (Part& part : result.parts)
      if (Media* item = part.as<Media>())
        if (Json value = media_part(*item); !value.is_null()) media.push_back(std::move(value));
    Json value{{"role", "tool"}, {"tool_call_id", call_id(result.call_id)}};
    value["content"] = std::move(text);
    messages.push_back(std::move(value));
  }

  void write_tools() {
    Json tools = Json::array();
    for (Tool& tool : request_.tools) {
      if (tool.hosted_by.empty())
        tools.push_back(chat_tool(tool));
      else
        written_.dropped.push_back("tools." + tool.name);
    }
    if (tools.empty()) return;
    body_["tools"] = std::move(tools);
    const auto as_named = [this](const std::string& name) {
      return named(name);
    };
    Json choice = tool_choice(request_.tool_choice, true, as_named);
    if (!choice.is_null()) body_["tool_choice"] = std::move(choice);
    if (request_.parallel_tools && (!target_.compatible || !*request_.parallel_tools))
      body_["parallel_tool_calls"] = *request_.parallel_tools;
  }

  Json named(const std::string& name) const {
    bool custom = false;
    for (const Json& tool : body_["tools"])
      custom = custom || (tool["type"] == "custom" && tool["custom"]["name"] == name);
    const char* type = custom ? "custom" : "function";
    return Json{{"type", type}, {type, {{"name", name}}}};
  }

  void write_format() {
    OutputFormat& format = request_.format;
    if (format.kind == OutputFormat::Kind::json_object)
      body_["response_format"] = Json{{"type", "json_object"}};
    if (format.kind != OutputFormat::Kind::json_schema) return;
    Json schema{{"name", format.name.empty() ? "answer" : format.name}};
    if (!format.description.empty()) schema["description"] = std::move(format.description);
    schema["schema"] = std::move(format.schema);
    if (format.strict) schema["strict"] = *format.strict;
    body_["response_format"] = Json{{"type", "json_schema"}, {"json_schema", std::move(schema)}};
  }

  void text_member(const char* name, std::string& value) {
    if (value.empty()) return;
    if (target_.compatible)
      drop(name);
    else
      body_[name] = std::move(value);
  }

  void text_dropped(const char* name, std::string& value) {
    if (!value.empty()) drop(name);
    value.clear();
  }

  void write_openai_members() {
    if (!traits_.takes_verbosity) text_dropped("verbosity", request_.verbosity);
    text_member("verbosity", request_.verbosity);
    text_member("service_tier", request_.service_tier);
    text_member("prompt_cache_retention", request_.cache_retention);
    // Cursor gives no cache key; its conversation is the right one.
    if (request_.cache_key.empty() && !target_.compatible)
      request_.cache_key = request_.conversation;
    text_member("prompt_cache_key", request_.cache_key);
    if (request_.store && !target_.compatible) body_["store"] = *request_.store;
    for (auto& [name, value] : request_.extra.items()) {
      if (target_.compatible)
        written_.dropped.push_back(name);
      else
        body_[name] = value;
    }
  }

  Request request_;
  const Target& target_;
  ModelTraits traits_;
  Json body_ = Json::object();
  Written written_;
  std::optional<Error> error_;
};

}  // namespace

Result<Written> write_chat(Request request, const Target& target) {
  return ChatWriter(std::move(request), target).write();
}

}  // namespace litegw::providers::openai
