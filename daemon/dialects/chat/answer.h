// What the gateway must know of a Chat Completions answer, or of one chunk of a stream, that it
// passes on as bytes. Pure; called on the event loops, once per answer or chunk (0.3 us for 300
// bytes).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/dialects/chat/usage.h"
#include "daemon/dialects/json_reader.h"

namespace litegw::dialects::chat {

// An error object in any of the shapes that providers use.
struct AnswerError {
  std::string message;  // never empty
  std::string type, code, param;
  bool is_page = false;  // HTML: a proxy speaks, not the provider
};

struct AnswerFacts {
  std::optional<Range> model_value;  // quotes included
  bool has_choices = false;          // the member is there and an array
  bool empty_choices = true;
  std::string finish_reason;  // of any choice
  bool has_usage = false;
  ledger::Usage usage;
  std::string service_tier;
  std::uint64_t output_bytes = 0;  // of the text, reasoning and tool calls, as JSON
  std::optional<AnswerError> error;
};

// Fails with upstream_bad_response when it is no JSON object.
Result<AnswerFacts> read_answer(JsonReader& reader, std::string_view json);

// The error of an answer with an error status, or of one that claims success: OpenAI's envelope,
// flat objects ({"object":"error",...}, {"message":...}), Mistral's and FastAPI's `detail`, plain
// text. The message is one line of at most 500 characters; nothing of an HTML page is in it, as
// pages name hosts of the operator's network.
AnswerError read_error(std::string_view body);

}  // namespace litegw::dialects::chat
