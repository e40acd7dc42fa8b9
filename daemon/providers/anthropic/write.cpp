#include "daemon/providers/anthropic/write.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "daemon/dialects/neutral/content.h"
#include "daemon/providers/anthropic/blocks.h"
#include "daemon/providers/anthropic/models.h"

namespace litegw::providers::anthropic {

using namespace dialects;

namespace {

class MessagesWriter {
 public:
  MessagesWriter(Request request, const Target& target)
      : request_(std::move(request)), target_(target), traits_(traits_of(target.model)) {}

  Result<Written> write() {
    if (request_.n > 1) return unsupported("n", "this model's upstream gives one choice only");
    if (!request_.previous_response_id.empty())
      return unsupported("previous_response_id", "this model's upstream stores no responses");
    body_["model"] = target_.model;
    decide_thinking();
    body_["max_tokens"] = max_tokens_;
    write_system();
    write_messages();
    write_tools();
    write_output_config();
    if (thinking_.is_object()) body_["thinking"] = thinking_;
    if (request_.auto_cache) body_["cache_control"] = cache_control({});
    limit_cache_marks();
    write_sampling();
    note_dropped();
    if (request_.stream) body_["stream"] = true;
    if (error_) return *error_;
    written_.path = "/v1/messages";
    written_.body = std::move(body_);
    return std::move(written_);
  }

 private:
  void drop(const char* name) { written_.dropped.emplace_back(name); }

  bool thinks() const { return thinking_.is_object() && thinking_["type"] != "disabled"; }

  // The last assistant turn, when the conversation stands in the middle of its tool calls, must
  // begin with the thinking it began with.
  bool misses_thinking() const {
    auto last = std::ranges::find_if(request_.messages.rbegin(), request_.messages.rend(),
                                     [](const Message& m) { return m.role == Role::assistant; });
    if (last == request_.messages.rend()) return false;
    bool has_calls =
        std::ranges::any_of(last->parts, [](const Part& p) { return p.as<ToolCall>(); });
    const Reasoning* first = last->parts.empty() ? nullptr : last->parts[0].as<Reasoning>();
    bool is_signed = first && first->state.family == "anthropic" && !first->state.blob.empty();
    bool answered = std::ranges::all_of(request_.messages.rbegin(), last, [](const Message& m) {
      return m.role == Role::tool || says_nothing(m);
    });
    return has_calls && answered && !is_signed;
  }

  void decide_thinking() {
    max_tokens_ = std::min(request_.max_output.value_or(traits_.max_output), traits_.max_output);
    const ReasoningOptions& options = request_.reasoning;
    using Mode = ReasoningOptions::Mode;
    bool off = options.mode == Mode::off || options.effort == "none";
    bool asked = options.mode != Mode::unset || !options.effort.empty();
    if (!asked || traits_.thinking == ModelTraits::Thinking::none) {
      if (asked && !off) drop("reasoning");
      return;
    }
    if (off) {
      thinking_ = Json{{"type", "disabled"}};
      return;
    }
    if (misses_thinking()) {
      written_.notes.emplace_back(
          "continuity_miss: thinking is off for this request, its signed start is lost");
      return;
    }
    if (traits_.thinking == ModelTraits::Thinking::adaptive) {
      thinking_ = Json{{"type", "adaptive"},
                       {"display", options.display.empty() ? "summarized" : options.display}};
      return;
    }
    decide_budget();
  }

  void decide_budget() {
    const ReasoningOptions& options = request_.reasoning;
    bool forced = request_.tool_choice.mode == ToolChoice::Mode::required ||
                  request_.tool_choice.mode == ToolChoice::Mode::named;
    if (forced && !request_.tools.empty()) {
      written_.notes.emplace_back(
          "thinking is off for this request: this model cannot think with a forced tool");
      return;
    }
    std::int64_t budget = options.mode == ReasoningOptions::Mode::budget
                              ? options.budget
                              : budget_for(options.effort.empty() ? "medium" : options.effort);
    budget = std::max<std::int64_t>(budget, 1024);
    if (budget >= max_tokens_) max_tokens_ = std::min(budget + max_tokens_, traits_.max_output);
    budget = std::min(budget, max_tokens_ - 1);
    if (budget < 1024) return;
    thinking_ = Json{{"type", "enabled"}, {"budget_tokens", budget}};
  }

  // Leading system text goes on top; what comes later keeps its place.
  void write_system() {
    Json system = Json::array();
    BlockWriter blocks(false);
    for (; first_ < request_.messages.size() && request_.messages[first_].role == Role::system;
         ++first_)
      for (Part& part : request_.messages[first_].parts)
        blocks.append(part, system);
    if (format_instruction()) system.push_back(Json{{"type", "text"}, {"text", instruction_}});
    if (!system.empty()) body_["system"] = std::move(system);
  }

  bool format_instruction() {
    const OutputFormat& format = request_.format;
    if (format.kind == OutputFormat::Kind::json_object)
      instruction_ = "Answer with one JSON object and nothing else.";
    else if (format.kind == OutputFormat::Kind::json_schema && !traits_.json_schema)
      instruction_ = "Answer with one JSON value that fits this JSON Schema and nothing else:\n" +
                     dump(format.schema);
    return !instruction_.empty();
  }

  Json& turn(const char* role) {
    if (messages_.empty() || messages_.back()["role"] != role)
      messages_.push_back(Json{{"role", role}, {"content", Json::array()}});
    return messages_.back()["content"];
  }

  static bool is_thinking(const Json& block) {
    return block["type"] == "thinking" || block["type"] == "redacted_thinking";
  }

  // Thinking stands at the beginning of a turn only: what it answered was a turn of its own.
  bool begins_in_mid_turn(const Json& content) const {
    if (messages_.empty() || messages_.back()["role"] != "assistant") return false;
    return is_thinking(content[0]) && !is_thinking(messages_.back()["content"][0]);
  }

  void write_messages() {
    BlockWriter blocks(thinks());
    for (std::size_t i = first_; i < request_.messages.size(); ++i) {
      Message& message = request_.messages[i];
      Json content = Json::array();
      if (message.role == Role::system) {
        std::string text = joined_text(message.parts, "\n\n");
        if (!text.empty())
          content.push_back(Json{{"type", "text"}, {"text", "<system>\n" + text + "\n</system>"}});
      } else {
        for (Part& part : message.parts) {
          if (const ToolCall* call = part.as<ToolCall>()) called_.insert(call->name);
          blocks.append(part, content);
        }
      }
      if (content.empty()) continue;
      const char* role = message.role == Role::assistant ? "assistant" : "user";
      if (messages_.empty() && message.role == Role::assistant)
        turn("user").push_back(Json{{"type", "text"}, {"text", "(The conversation goes on.)"}});
      if (message.role == Role::assistant && begins_in_mid_turn(content))
        turn("user").push_back(Json{{"type", "text"}, {"text", "Continue."}});
      Json& open = turn(role);
      for (Json& block : content)
        open.push_back(std::move(block));
    }
    if (blocks.error()) error_ = blocks.error();
    if (messages_.empty()) turn("user").push_back(Json{{"type", "text"}, {"text", "Continue."}});
    finish_last();
    body_["messages"] = std::move(messages_);
  }

  void finish_last() {
    Json& last = messages_.back();
    if (last["role"] != "assistant") return;
    if (!traits_.prefill || thinks()) {
      written_.notes.emplace_back(
          "the conversation ended with the assistant: a user turn was added");
      turn("user").push_back(Json{{"type", "text"}, {"text", "Continue."}});
      return;
    }
    Json& block = last["content"].back();
    if (block["type"] != "text") return;
    auto& text = block["text"].get_ref<std::string&>();
    text.erase(text.find_last_not_of(" \t\r\n") + 1);
  }

  void write_tools() {
    Json tools = Json::array();
    const ToolChoice& choice = request_.tool_choice;
    for (Tool& tool : request_.tools) {
      bool is_out = choice.mode == ToolChoice::Mode::allowed &&
                    std::ranges::find(choice.allowed, tool.name) == choice.allowed.end();
      if (is_out) continue;
      if (tool.hosted_by == "anthropic") {
        tools.push_back(std::move(tool.hosted));
        continue;
      }
      if (!tool.hosted_by.empty()) {
        written_.dropped.push_back("tools." + tool.name);
        continue;
      }
      Json value{{"name", std::move(tool.name)}};
      if (!tool.description.empty()) value["description"] = std::move(tool.description);
      if (!tool.schema.contains("type")) tool.schema["type"] = "object";
      value["input_schema"] = std::move(tool.schema);
      if (tool.cache) value["cache_control"] = cache_control(*tool.cache);
      tools.push_back(std::move(value));
    }
    if (tools.empty()) return write_called_tools();
    body_["tools"] = std::move(tools);
    write_choice();
  }

  // A history with calls and a request without tools, a summary of an agent's session for one:
  // "Requests which have `tool_use` or `tool_result` blocks in messages must define tools".
  void write_called_tools() {
    Json tools = Json::array();
    for (const std::string& name : called_)
      tools.push_back(Json{{"name", name}, {"input_schema", {{"type", "object"}}}});
    if (tools.empty()) return;
    body_["tools"] = std::move(tools);
    body_["tool_choice"] = Json{{"type", "none"}};
  }

  void write_choice() {
    const ToolChoice& choice = request_.tool_choice;
    Json value;
    switch (choice.mode) {
      case ToolChoice::Mode::unset:
        break;
      case ToolChoice::Mode::automatic:
        value = Json{{"type", "auto"}};
        break;
      case ToolChoice::Mode::none:
        value = Json{{"type", "none"}};
        break;
      case ToolChoice::Mode::required:
        value = Json{{"type", "any"}};
        break;
      case ToolChoice::Mode::named:
        value = Json{{"type", "tool"}, {"name", choice.name}};
        break;
      case ToolChoice::Mode::allowed:
        value = Json{{"type", choice.allowed_required ? "any" : "auto"}};
        break;
    }
    bool forced = value.is_object() && (value["type"] == "any" || value["type"] == "tool");
    if (forced && (!traits_.forced_choice ||
                   (thinks() && traits_.thinking == ModelTraits::Thinking::budget))) {
      written_.notes.emplace_back("this model takes no forced tool: tool_choice became auto");
      value = Json{{"type", "auto"}};
    }
    bool is_single =
        !request_.parallel_tools.value_or(true) && choice.mode != ToolChoice::Mode::none;
    if (is_single && value.is_null()) value = Json{{"type", "auto"}};
    if (is_single) value["disable_parallel_tool_use"] = true;
    if (!value.is_null()) body_["tool_choice"] = std::move(value);
  }

  void write_output_config() {
    Json config = Json::object();
    std::string effort = request_.reasoning.effort;
    if (traits_.effort && !effort.empty() && effort != "none") {
      if (effort == "minimal") effort = "low";
      if (effort == "xhigh" && !traits_.effort_xhigh) effort = "max";
      // Without thinking the highest efforts are refused.
      if (!thinks() && (effort == "xhigh" || effort == "max")) effort = "high";
      config["effort"] = effort;
    }
    if (request_.format.kind == OutputFormat::Kind::json_schema && traits_.json_schema)
      config["format"] =
          Json{{"type", "json_schema"}, {"schema", std::move(request_.format.schema)}};
    if (!config.empty()) body_["output_config"] = std::move(config);
  }

  // Four breakpoints at most: the last ones reach furthest.
  void limit_cache_marks() {
    std::vector<Json*> marked;
    auto look = [&](Json& list) {
      for (Json& item : list)
        if (item.contains("cache_control")) marked.push_back(&item);
    };
    if (body_.contains("tools")) look(body_["tools"]);
    if (body_.contains("system")) look(body_["system"]);
    for (Json& message : body_["messages"]) {
      for (Json& block : message["content"])
        if (block.contains("content") && block["content"].is_array()) look(block["content"]);
      look(message["content"]);
    }
    if (marked.empty() && target_.auto_cache && !request_.auto_cache) mark_automatically();
    std::size_t most = request_.auto_cache ? 3 : 4;
    for (std::size_t i = 0; i + most < marked.size(); ++i)
      marked[i]->erase("cache_control");
  }

  void mark_automatically() {
    for (const char* name : {"tools", "system"})
      if (body_.contains(name)) body_[name].back()["cache_control"] = cache_control({});
    int turns = 0;
    Json& messages = body_["messages"];
    for (std::size_t i = messages.size(); i-- > 0 && turns < 2;) {
      if (messages[i]["role"] != "user") continue;
      messages[i]["content"].back()["cache_control"] = cache_control({});
      ++turns;
    }
  }

  void write_sampling() {
    bool refused = !traits_.sampling;
    if (request_.temperature) {
      if (refused || thinks())
        drop("temperature");
      else
        body_["temperature"] = std::clamp(*request_.temperature, 0.0, 1.0);
    }
    // Both at once are refused by newer models; temperature is the one clients mean.
    if (request_.top_p) {
      if (refused || request_.temperature || (thinks() && *request_.top_p < 0.95))
        drop("top_p");
      else
        body_["top_p"] = *request_.top_p;
    }
    if (request_.top_k) {
      if (refused || thinks())
        drop("top_k");
      else
        body_["top_k"] = *request_.top_k;
    }
    std::erase_if(request_.stop, [](const std::string& text) {
      return text.find_first_not_of(" \t\r\n") == std::string::npos;
    });
    if (!request_.stop.empty()) body_["stop_sequences"] = std::move(request_.stop);
    if (request_.service_tier == "auto")
      body_["service_tier"] = "auto";
    else if (request_.service_tier == "default" || request_.service_tier == "standard_only")
      body_["service_tier"] = "standard_only";
    else if (!request_.service_tier.empty())
      drop("service_tier");
  }

  void note_dropped() {
    if (request_.frequency_penalty) drop("frequency_penalty");
    if (request_.presence_penalty) drop("presence_penalty");
    if (request_.seed) drop("seed");
    if (request_.logit_bias.is_object()) drop("logit_bias");
    if (request_.logprobs.value_or(false)) drop("logprobs");
    if (!request_.verbosity.empty()) drop("verbosity");
    for (const auto& [name, value] : request_.extra.items())
      written_.dropped.push_back(name);
  }

  Request request_;
  const Target& target_;
  ModelTraits traits_;
  std::int64_t max_tokens_ = 0;
  Json thinking_;
  std::size_t first_ = 0;  // message after the leading system ones
  std::string instruction_;
  std::set<std::string> called_;  // tools, by the calls of the history
  Json messages_ = Json::array();
  Json body_ = Json::object();
  Written written_;
  std::optional<Error> error_;
};

}  // namespace

Result<Written> write_messages(Request request, const Target& target) {
  return MessagesWriter(std::move(request), target).write();
}

}  // namespace litegw::providers::anthropic
