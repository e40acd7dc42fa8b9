#include "daemon/providers/openai/responses_write.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "daemon/dialects/neutral/content.h"
#include "daemon/providers/openai/chat_write.h"
#include "daemon/providers/openai/models.h"
#include "daemon/providers/openai/tool_choice.h"

namespace litegw::providers::openai {

using namespace dialects;

namespace {

// "string too long. Expected a string with maximum length 64"
constexpr std::size_t longest_id = 64;

class ResponsesWriter {
 public:
  ResponsesWriter(Request request, const Target& target)
      : request_(std::move(request)), target_(target), traits_(traits_of(target.model)) {}

  Result<Written> write() {
    if (request_.n > 1) return unsupported("n", "more than one choice cannot be translated");
    body_["model"] = target_.model;
    write_input();
    write_tools();
    write_reasoning();
    write_sampling();
    write_text();
    if (request_.max_output)
      body_["max_output_tokens"] = std::max<std::int64_t>(*request_.max_output, 16);
    write_rest();
    if (error_) return *error_;
    written_.path = "/responses";
    written_.body = std::move(body_);
    return std::move(written_);
  }

 private:
  void drop(const char* name) { written_.dropped.emplace_back(name); }

  void write_input() {
    for (Message& message : request_.messages) {
      switch (message.role) {
        case Role::system:
          write_message("system", message);
          break;
        case Role::user:
          write_message("user", message);
          break;
        case Role::assistant:
          write_assistant(message);
          break;
        case Role::tool:
          write_result(message);
          break;
      }
    }
    drop_trailing_reasoning();
    if (input_.empty()) error_ = nothing_to_say();
    body_["input"] = std::move(input_);
  }

  void write_message(const char* role, Message& message) {
    Json content = Json::array();
    for (Part& part : message.parts)
      write_part(part, content);
    if (content.empty()) return;
    input_.push_back(Json{{"type", "message"}, {"role", role}, {"content", std::move(content)}});
  }

  void write_part(Part& part, Json& content) {
    if (Text* text = part.as<Text>()) {
      if (!is_blank(text->text))
        content.push_back(Json{{"type", "input_text"}, {"text", std::move(text->text)}});
    } else if (Media* media = part.as<Media>()) {
      if (Json value = media_part(*media); !value.is_null()) content.push_back(std::move(value));
    } else if (const Opaque* opaque = part.as<Opaque>()) {
      content.push_back(Json{{"type", "input_text"}, {"text", unsupported_text(*opaque)}});
    }
  }

  Json media_part(Media& media) {
    if (!media.text.empty()) return Json{{"type", "input_text"}, {"text", std::move(media.text)}};
    if (media.kind == MediaKind::audio) {
      error_ = unsupported("input", "this model's upstream takes no audio");
      return {};
    }
    std::string url =
        media.data.empty() ? media.url : "data:" + media.mime + ";base64," + media.data;
    bool is_image = media.kind == MediaKind::image;
    Json part{{"type", is_image ? "input_image" : "input_file"}};
    if (!media.file_id.empty()) {
      part["file_id"] = std::move(media.file_id);
    } else if (is_image) {
      part["image_url"] = std::move(url);
      part["detail"] = media.detail.empty() ? "auto" : media.detail;
    } else if (media.data.empty()) {
      part["file_url"] = std::move(url);
    } else {
      part["filename"] = media.filename.empty() ? "file.pdf" : media.filename;
      part["file_data"] = std::move(url);
    }
    return part;
  }

  void write_assistant(Message& message) {
    for (Part& part : message.parts) {
      if (Text* text = part.as<Text>(); text && !is_blank(text->text))
        output_message(Json{{"type", "output_text"}, {"text", std::move(text->text)}}, text->phase);
      if (Refusal* refusal = part.as<Refusal>(); refusal && !refusal->text.empty())
        output_message(Json{{"type", "refusal"}, {"refusal", std::move(refusal->text)}}, {});
      if (Reasoning* reasoning = part.as<Reasoning>()) write_reasoning_item(*reasoning);
      if (ToolCall* call = part.as<ToolCall>()) write_call(*call);
      if (Opaque* opaque = part.as<Opaque>(); opaque && opaque->family == "openai")
        input_.push_back(std::move(opaque->value));
    }
  }

  void output_message(Json content, const std::string& phase) {
    Json item{
        {"type", "message"}, {"role", "assistant"}, {"content", Json::array({std::move(content)})}};
    if (!phase.empty()) item["phase"] = phase;
    input_.push_back(std::move(item));
  }

  // Without its encrypted text an item means something only where it was stored.
  void write_reasoning_item(Reasoning& reasoning) {
    ReasoningState& state = reasoning.state;
    bool is_stored = request_.store.value_or(false) && !state.item_id.empty();
    if (state.family != "openai" || (state.blob.empty() && !is_stored)) return;
    Json item{{"type", "reasoning"}};
    if (!state.item_id.empty()) item["id"] = std::move(state.item_id);
    item["summary"] = Json::array();
    if (!reasoning.text.empty())
      item["summary"].push_back(
          Json{{"type", "summary_text"}, {"text", std::move(reasoning.text)}});
    if (!state.blob.empty()) item["encrypted_content"] = std::move(state.blob);
    input_.push_back(std::move(item));
  }

  // "was provided without its required following item": what follows was cut by the client.
  void drop_trailing_reasoning() {
    Json kept = Json::array();
    for (std::size_t i = 0; i < input_.size(); ++i) {
      bool is_reasoning = input_[i]["type"] == "reasoning";
      bool has_follower = i + 1 < input_.size() && (input_[i + 1]["type"] == "function_call" ||
                                                    input_[i + 1]["type"] == "custom_tool_call" ||
                                                    input_[i + 1]["type"] == "reasoning" ||
                                                    input_[i + 1].value("role", "") == "assistant");
      if (is_reasoning && !has_follower) continue;
      kept.push_back(std::move(input_[i]));
    }
    input_ = std::move(kept);
  }

  void write_call(ToolCall& call) {
    bool custom = call.kind == ToolKind::custom;
    Json item{{"type", custom ? "custom_tool_call" : "function_call"}};
    item["call_id"] = fitting_call_id(std::move(call.id), longest_id);
    item["name"] = std::move(call.name);
    item[custom ? "input" : "arguments"] =
        custom ? std::move(call.arguments) : object_text(std::move(call.arguments));
    input_.push_back(std::move(item));
  }

  void write_result(Message& message) {
    ToolResult& result = *message.parts[0].as<ToolResult>();
    bool custom = result.kind == ToolKind::custom;
    Json item{{"type", custom ? "custom_tool_call_output" : "function_call_output"}};
    item["call_id"] = fitting_call_id(result.call_id, longest_id);
    bool has_media =
        std::ranges::any_of(result.parts, [](const Part& part) { return part.as<Media>(); });
    if (has_media) {
      Json parts = Json::array();
      if (result.is_error) parts.push_back(Json{{"type", "input_text"}, {"text", "ERROR:"}});
      for (Part& part : result.parts)
        write_part(part, parts);
      item["output"] = std::move(parts);
    } else {
      item["output"] = result_text(result);
    }
    input_.push_back(std::move(item));
  }

  static Json flat_tool(Tool& tool) {
    Json value{{"type", tool.kind == ToolKind::custom ? "custom" : "function"}};
    value["name"] = std::move(tool.name);
    if (!tool.description.empty()) value["description"] = std::move(tool.description);
    if (tool.kind == ToolKind::custom) {
      value["format"] = std::move(tool.grammar);
      return value;
    }
    value["parameters"] = std::move(tool.schema);
    // Absent means true here: the model would then fill in every property.
    value["strict"] = tool.strict.value_or(false);
    return value;
  }

  void write_tools() {
    Json tools = Json::array();
    for (Tool& tool : request_.tools) {
      if (tool.hosted_by == "openai")
        tools.push_back(std::move(tool.hosted));
      else if (tool.hosted_by.empty())
        tools.push_back(flat_tool(tool));
      else
        written_.dropped.push_back("tools." + tool.name);
    }
    if (tools.empty()) return;
    body_["tools"] = std::move(tools);
    const auto as_named = [this](const std::string& name) {
      return named(name);
    };
    Json choice = tool_choice(request_.tool_choice, false, as_named);
    if (!choice.is_null()) body_["tool_choice"] = std::move(choice);
    if (request_.parallel_tools) body_["parallel_tool_calls"] = *request_.parallel_tools;
  }

  Json named(const std::string& name) const {
    const char* type = "function";
    for (const Json& tool : body_["tools"])
      if (tool["type"] == "custom" && tool["name"] == name) type = "custom";
    return Json{{"type", type}, {"name", name}};
  }

  void write_reasoning() {
    std::string asked = asked_effort(request_.reasoning);
    effort_ = effort_for(traits_, asked);
    if (!asked.empty() && effort_.empty()) drop("reasoning.effort");
    Json reasoning = Json::object();
    if (!effort_.empty()) reasoning["effort"] = effort_;
    bool never = traits_.reasons == ModelTraits::Reasons::never;
    if (!request_.reasoning.summary.empty() && !never)
      reasoning["summary"] = request_.reasoning.summary;
    if (!reasoning.empty()) body_["reasoning"] = std::move(reasoning);
  }

  template <class T>
  void member(const char* name, const std::optional<T>& value, bool refused) {
    if (!value) return;
    if (refused)
      drop(name);
    else
      body_[name] = *value;
  }

  void write_sampling() {
    bool refused = refuses_sampling(traits_, effort_);
    member("temperature", request_.temperature, refused);
    member("top_p", request_.top_p, refused);
    member("top_logprobs", request_.top_logprobs, refused);
    // Not in this API's schema.
    member("top_k", request_.top_k, true);
    member("seed", request_.seed, true);
    member("frequency_penalty", request_.frequency_penalty, true);
    member("presence_penalty", request_.presence_penalty, true);
    if (!request_.stop.empty()) drop("stop");
    if (request_.logit_bias.is_object()) drop("logit_bias");
    for (const auto& [name, value] : request_.extra.items())
      if (name == "safety_identifier" || name == "prompt_cache_options")
        body_[name] = value;
      else
        written_.dropped.push_back(name);
  }

  void write_text() {
    Json text = Json::object();
    OutputFormat& format = request_.format;
    if (format.kind == OutputFormat::Kind::json_object)
      text["format"] = Json{{"type", "json_object"}};
    if (format.kind == OutputFormat::Kind::json_schema) {
      Json schema{{"type", "json_schema"}, {"name", format.name.empty() ? "answer" : format.name}};
      if (!format.description.empty()) schema["description"] = std::move(format.description);
      schema["schema"] = std::move(format.schema);
      if (format.strict) schema["strict"] = *format.strict;
      text["format"] = std::move(schema);
    }
    if (!traits_.takes_verbosity && !request_.verbosity.empty()) drop("verbosity");
    if (!traits_.takes_verbosity) request_.verbosity.clear();
    if (!request_.verbosity.empty()) text["verbosity"] = std::move(request_.verbosity);
    if (!text.empty()) body_["text"] = std::move(text);
  }

  void write_rest() {
    bool stored = request_.store.value_or(false);
    body_["store"] = stored;
    std::vector<std::string> include = std::move(request_.include);
    bool reasons = traits_.reasons != ModelTraits::Reasons::never;
    constexpr const char* encrypted = "reasoning.encrypted_content";
    if (!stored && reasons && std::ranges::find(include, encrypted) == include.end())
      include.emplace_back(encrypted);
    if (!reasons) std::erase(include, encrypted);
    if (!include.empty()) body_["include"] = std::move(include);
    if (request_.cache_key.empty()) request_.cache_key = request_.conversation;
    for (auto [name, value] : {std::pair{"prompt_cache_key", &request_.cache_key},
                               {"prompt_cache_retention", &request_.cache_retention},
                               {"service_tier", &request_.service_tier},
                               {"truncation", &request_.truncation},
                               {"previous_response_id", &request_.previous_response_id}})
      if (!value->empty()) body_[name] = std::move(*value);
    if (request_.stream) body_["stream"] = true;
  }

  Request request_;
  const Target& target_;
  ModelTraits traits_;
  std::string effort_;
  Json body_ = Json::object();
  Json input_ = Json::array();
  Written written_;
  std::optional<Error> error_;
};

}  // namespace

Result<Written> write_responses(Request request, const Target& target) {
  return ResponsesWriter(std::move(request), target).write();
}

}  // namespace litegw::providers::openai
