// What a client asks for, in no provider's spelling. Made by the request parsers of each client
// dialect, read by the request writers of each upstream. Plain values; no behaviour.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/json.h"

namespace litegw::dialects {

// A prompt-cache breakpoint after the thing that carries it.
struct CacheMark {
  bool one_hour = false;
  friend bool operator==(const CacheMark&, const CacheMark&) = default;
};

// What a provider wants back unchanged on the next turn to continue its reasoning.
struct ReasoningState {
  std::string family = {};  // "anthropic", "openai", "openrouter", "deepseek"; empty = text only
  std::string deployment = {};  // who made it; empty = unknown
  std::string blob = {};        // signature, encrypted_content, ...
  std::string item_id = {};     // Responses: "rs_..."
  bool redacted = false;        // Anthropic: `blob` is the data of a redacted_thinking block
  friend bool operator==(const ReasoningState&, const ReasoningState&) = default;
};

enum class ToolKind { function, custom };  // custom: the argument is raw text, not JSON
enum class MediaKind { image, file, audio };

struct Text {
  std::string text = {};
  std::string phase = {};  // Responses: commentary | final_answer; must go back unchanged
};

// Exactly one of data (base64), url and file_id is set.
struct Media {
  MediaKind kind = MediaKind::image;
  std::string mime = {};  // of `data`; audio: the format ("wav")
  std::string data = {};
  std::string url = {};
  std::string file_id = {};
  std::string filename = {};
  std::string detail = {};
  std::string text = {};  // a plain-text document
};

struct ToolCall {
  std::string id = {};
  std::string name = {};
  ToolKind kind = ToolKind::function;
  std::string arguments = {};  // as the model wrote them: JSON text, or raw text of a custom call
  std::string state = {};      // members that its provider wants back beside it, see call_state
};

struct Part;
struct ToolResult {
  std::string call_id = {};
  ToolKind kind = ToolKind::function;
  std::vector<Part> parts;  // no initialiser: Part is not complete here
  bool is_error = false;
};

struct Reasoning {
  std::string text = {};
  ReasoningState state;
};

struct Refusal {
  std::string text;
};

// Something only one provider understands, kept as it came.
struct Opaque {
  std::string family;  // "openai" or "anthropic"
  Json value;
};

struct Part {
  std::variant<Text, Media, ToolCall, ToolResult, Reasoning, Refusal, Opaque> value;
  std::optional<CacheMark> cache;

  template <class T>
  T* as() {
    return std::get_if<T>(&value);
  }
  template <class T>
  const T* as() const {
    return std::get_if<T>(&value);
  }
};

enum class Role { system, user, assistant, tool };

// A tool message holds exactly one ToolResult; the parsers see to that.
struct Message {
  Role role = Role::user;
  std::vector<Part> parts = {};
  std::string name = {};
  bool as_list = false;  // the client wrote its content as a list; Chat upstreams get it back so
};

struct Tool {
  ToolKind kind = ToolKind::function;
  std::string name = {};
  std::string description = {};
  Json schema = {};   // function: JSON Schema of the arguments
  Json grammar = {};  // custom: {"type":"text"} or {"type":"grammar","syntax":...,"definition":...}
  std::optional<bool> strict = {};
  std::optional<CacheMark> cache = {};
  std::string hosted_by =
      {};  // "openai" or "anthropic": a tool the provider runs itself, see `hosted`
  Json hosted = {};
};

struct ToolChoice {
  enum class Mode { unset, automatic, none, required, named, allowed };
  Mode mode = Mode::unset;
  std::string name;                  // named
  std::vector<std::string> allowed;  // allowed
  bool allowed_required = false;
};

struct OutputFormat {
  enum class Kind { text, json_object, json_schema };
  Kind kind = Kind::text;
  std::string name;
  std::string description;
  Json schema;
  std::optional<bool> strict;
};

struct ReasoningOptions {
  enum class Mode { unset, off, budget, adaptive };
  Mode mode = Mode::unset;
  std::string effort;  // none, minimal, low, medium, high, xhigh, max; empty = not given
  std::int64_t budget = 0;
  std::string summary;  // Responses: auto | concise | detailed
  std::string display;  // Anthropic: summarized | omitted
};

struct Request {
  std::string model;  // as the client wrote it
  std::vector<Message> messages;
  std::vector<Tool> tools;
  ToolChoice tool_choice;
  std::optional<bool> parallel_tools;
  std::optional<std::int64_t> max_output;
  bool max_tokens_spelling = false;  // the client wrote `max_tokens`
  std::vector<std::string> stop;
  std::optional<double> temperature, top_p, frequency_penalty, presence_penalty;
  std::optional<std::int64_t> top_k, seed, top_logprobs;
  std::optional<bool> logprobs;
  Json logit_bias;
  std::int64_t n = 1;
  OutputFormat format;
  ReasoningOptions reasoning;
  std::string verbosity;
  std::string cache_key;
  std::string cache_retention;
  bool auto_cache = false;  // Anthropic's top-level cache_control
  std::string service_tier;
  Json metadata;
  std::string user;
  std::string conversation;  // Cursor's conversation id
  bool stream = false;
  bool include_usage = false;
  std::optional<bool> store;
  std::string truncation;
  std::string previous_response_id;
  std::vector<std::string> include;
  Json extra = Json::object();        // members of OpenAI Chat that only OpenAI Chat understands
  std::vector<std::string> ignored;   // names of members nobody reads
  std::vector<std::string> warnings;  // repairs and oddities, for the log
};

}  // namespace litegw::dialects
