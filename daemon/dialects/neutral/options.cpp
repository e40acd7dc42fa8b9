#include "daemon/dialects/neutral/options.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "common/base/text.h"

namespace litegw::dialects {
namespace {

const Place root;

// OpenAI Chat members that are passed on to OpenAI Chat and to nobody else.
constexpr std::array<std::string_view, 7> chat_only{"audio",
                                                    "modalities",
                                                    "moderation",
                                                    "prediction",
                                                    "prompt_cache_options",
                                                    "safety_identifier",
                                                    "web_search_options"};

constexpr std::array<std::string_view, 47> read_members{"cache_control",
                                                        "frequency_penalty",
                                                        "function_call",
                                                        "functions",
                                                        "include",
                                                        "input",
                                                        "instructions",
                                                        "logit_bias",
                                                        "logprobs",
                                                        "max_completion_tokens",
                                                        "max_output_tokens",
                                                        "max_tokens",
                                                        "messages",
                                                        "metadata",
                                                        "model",
                                                        "n",
                                                        "output_config",
                                                        "parallel_tool_calls",
                                                        "presence_penalty",
                                                        "previous_response_id",
                                                        "prompt_cache_key",
                                                        "prompt_cache_retention",
                                                        "reasoning",
                                                        "reasoning_effort",
                                                        "response_format",
                                                        "seed",
                                                        "service_tier",
                                                        "stop",
                                                        "stop_sequences",
                                                        "store",
                                                        "stream",
                                                        "stream_options",
                                                        "system",
                                                        "temperature",
                                                        "text",
                                                        "thinking",
                                                        "tool_choice",
                                                        "tools",
                                                        "top_k",
                                                        "top_logprobs",
                                                        "top_p",
                                                        "truncation",
                                                        "user",
                                                        "verbosity",
                                                        "context_management",
                                                        "betas",
                                                        "anthropic_version"};

void read_limits(Json& body, Reader& reader, Request& request) {
  for (const char* name : {"max_completion_tokens", "max_output_tokens", "max_tokens"}) {
    std::optional<std::int64_t> limit = reader.integer(body, name, root);
    if (!limit) continue;
    if (*limit < 1) reader.fail(Place(root, name), "must be at least 1");
    if (request.max_output) continue;
    request.max_output = limit;
    request.max_tokens_spelling = std::string_view(name) == "max_tokens";
  }
  request.n = reader.integer(body, "n", root).value_or(1);
  if (request.n < 1) reader.fail(Place(root, "n"), "must be at least 1");
}

void read_sampling(Json& body, Reader& reader, Request& request) {
  request.temperature = reader.number(body, "temperature", root);
  request.top_p = reader.number(body, "top_p", root);
  request.top_k = reader.integer(body, "top_k", root);
  request.frequency_penalty = reader.number(body, "frequency_penalty", root);
  request.presence_penalty = reader.number(body, "presence_penalty", root);
  request.seed = reader.integer(body, "seed", root);
  request.stop = reader.texts(body, "stop", root);
  if (request.stop.empty()) request.stop = reader.texts(body, "stop_sequences", root);
  request.logprobs = reader.flag(body, "logprobs", root);
  request.top_logprobs = reader.integer(body, "top_logprobs", root);
  Json* bias = Reader::member(body, "logit_bias");
  if (bias && reader.is_object(*bias, Place(root, "logit_bias")))
    request.logit_bias = std::move(*bias);
}

// Chat: {type, json_schema:{name,schema,strict}}; Responses and Anthropic: flat.
void read_format(Json& value, const Place& at, Reader& reader, Request& request) {
  if (!reader.is_object(value, at)) return;
  std::string type = reader.needed_text(value, "type", at);
  OutputFormat& format = request.format;
  if (type == "json_object") {
    format.kind = OutputFormat::Kind::json_object;
  } else if (type == "json_schema") {
    Json* nested = Reader::member(value, "json_schema");
    Place inner(at, "json_schema");
    if (nested && !reader.is_object(*nested, inner)) return;
    Json& body = nested ? *nested : value;
    const Place& where = nested ? inner : at;
    format.kind = OutputFormat::Kind::json_schema;
    format.name = reader.text_member(body, "name", where);
    format.description = reader.text_member(body, "description", where);
    format.strict = reader.flag(body, "strict", where);
    Json* schema = Reader::member(body, "schema");
    if (!schema) return reader.fail(Place(where, "schema"), "is missing");
    if (reader.is_object(*schema, Place(where, "schema"))) format.schema = std::move(*schema);
  } else if (type != "text" && reader.ok()) {
    reader.fail(Place(at, "type"), "must be text, json_object or json_schema");
  }
}

void read_effort(Json& object, std::string_view name, const Place& at, Reader& reader,
                 Request& request) {
  std::string word = reader.text_member(object, name, at);
  if (word.empty() || !request.reasoning.effort.empty()) return;
  request.reasoning.effort = known_effort(word);
  if (request.reasoning.effort.empty())
    request.warnings.push_back(fmt::format("reasoning effort '{}' is unknown and was dropped",
                                           escape_control(shorten(word, 30))));
}

void read_thinking(Json& value, Reader& reader, Request& request) {
  Place at(root, "thinking");
  if (!reader.is_object(value, at)) return;
  ReasoningOptions& options = request.reasoning;
  std::string type = reader.needed_text(value, "type", at);
  options.display = reader.text_member(value, "display", at);
  if (type == "disabled") {
    options.mode = ReasoningOptions::Mode::off;
  } else if (type == "adaptive") {
    options.mode = ReasoningOptions::Mode::adaptive;
  } else if (type == "enabled") {
    std::optional<std::int64_t> budget = reader.integer(value, "budget_tokens", at);
    if (budget && *budget < 1) reader.fail(Place(at, "budget_tokens"), "must be at least 1");
    options.mode = budget ? ReasoningOptions::Mode::budget : ReasoningOptions::Mode::adaptive;
    options.budget = budget.value_or(0);
  } else if (reader.ok()) {
    reader.fail(Place(at, "type"), "must be enabled, adaptive or disabled");
  }
}

void read_reasoning(Json& body, Reader& reader, Request& request) {
  if (Json* value = Reader::member(body, "reasoning")) {
    Place at(root, "reasoning");
    if (!reader.is_object(*value, at)) return;
    read_effort(*value, "effort", at, reader, request);
    request.reasoning.summary = reader.text_member(*value, "summary", at);
    if (std::optional<std::int64_t> budget = reader.integer(*value, "max_tokens", at)) {
      request.reasoning.mode = ReasoningOptions::Mode::budget;
      request.reasoning.budget = *budget;
    }
    if (!reader.flag(*value, "enabled", at).value_or(true))
      request.reasoning.mode = ReasoningOptions::Mode::off;
  }
  read_effort(body, "reasoning_effort", root, reader, request);
  if (Json* value = Reader::member(body, "thinking")) read_thinking(*value, reader, request);
  if (Json* value = Reader::member(body, "output_config")) {
    Place at(root, "output_config");
    if (!reader.is_object(*value, at)) return;
    read_effort(*value, "effort", at, reader, request);
    if (Json* format = Reader::member(*value, "format"))
      read_format(*format, Place(at, "format"), reader, request);
  }
}

void read_text_options(Json& body, Reader& reader, Request& request) {
  request.verbosity = reader.text_member(body, "verbosity", root);
  if (Json* value = Reader::member(body, "response_format"))
    read_format(*value, Place(root, "response_format"), reader, request);
  Json* value = Reader::member(body, "text");
  Place at(root, "text");
  if (!value || !reader.is_object(*value, at)) return;
  if (request.verbosity.empty()) request.verbosity = reader.text_member(*value, "verbosity", at);
  if (Json* format = Reader::member(*value, "format"))
    read_format(*format, Place(at, "format"), reader, request);
}

void read_identity(Json& body, Reader& reader, Request& request) {
  request.user = reader.text_member(body, "user", root);
  Json* metadata = Reader::member(body, "metadata");
  Place at(root, "metadata");
  if (!metadata || !reader.is_object(*metadata, at)) return;
  if (Json* id = Reader::member(*metadata, "cursorConversationId"); id && id->is_string())
    request.conversation = id->get<std::string>();
  if (Json* id = Reader::member(*metadata, "user_id");
      id && id->is_string() && request.user.empty())
    request.user = id->get<std::string>();
  request.metadata = std::move(*metadata);
}

void note_unread(Json& body, Request& request) {
  for (auto& [name, value] : body.get_ref<Json::object_t&>()) {
    if (value.is_null()) continue;
    if (std::ranges::find(chat_only, name) != chat_only.end())
      request.extra[name] = std::move(value);
    else if (std::ranges::find(read_members, name) == read_members.end() &&
             request.ignored.size() < 50)
      request.ignored.push_back(escape_control(shorten(name, 60)));
  }
}

}  // namespace

std::string known_effort(std::string_view word) {
  std::string effort = to_lower(word);
  if (effort == "extra" || effort == "extra_high" || effort == "extra-high") return "xhigh";
  for (std::string_view name : {"none", "minimal", "low", "medium", "high", "xhigh", "max"})
    if (effort == name) return effort;
  return {};
}

void read_options(Json& body, Reader& reader, Request& request) {
  request.model = reader.needed_text(body, "model", root);
  request.stream = reader.flag(body, "stream", root).value_or(false);
  Json* options = Reader::member(body, "stream_options");
  Place at(root, "stream_options");
  if (options && reader.is_object(*options, at))
    request.include_usage = reader.flag(*options, "include_usage", at).value_or(false);
  read_limits(body, reader, request);
  read_sampling(body, reader, request);
  read_reasoning(body, reader, request);
  read_text_options(body, reader, request);
  request.cache_key = reader.text_member(body, "prompt_cache_key", root);
  request.cache_retention = reader.text_member(body, "prompt_cache_retention", root);
  if (Json* mark = Reader::member(body, "cache_control"))
    request.auto_cache = reader.is_object(*mark, Place(root, "cache_control"));
  request.service_tier = reader.text_member(body, "service_tier", root);
  if (request.service_tier == "fast") request.service_tier = "priority";
  request.store = reader.flag(body, "store", root);
  request.truncation = reader.text_member(body, "truncation", root);
  request.previous_response_id = reader.text_member(body, "previous_response_id", root);
  request.include = reader.texts(body, "include", root);
  read_identity(body, reader, request);
  note_unread(body, request);
}

}  // namespace litegw::dialects
