// What an upstream answers, in no provider's spelling. Made by the answer decoders of each
// upstream, read by the answer encoders of each client dialect. A whole answer is the same
// sequence.
//
// Order: Start, then deltas, then Usage and Stop in either order. AnswerFailure ends an answer at
// any point. ToolStart comes before ToolDelta and ToolEnd of the same index; indices rise from 0.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "common/base/json.h"
#include "common/base/result.h"
#include "daemon/dialects/neutral/request.h"
#include "daemon/ledger/usage.h"

namespace litegw::dialects {

struct Start {
  std::string id;
  std::string model;  // as the upstream names it
  std::int64_t created = 0;
};
struct TextDelta {
  std::string text;
};
struct TextEnd {  // a text block is over; carries what must be sent back with it
  std::string phase;
};
struct ReasoningDelta {
  std::string text;
};
struct ReasoningEnd {  // one reasoning block is over; also sent alone for redacted blocks
  ReasoningState state;
};
struct ToolStart {
  int index = 0;
  std::string id;
  std::string name;
  ToolKind kind = ToolKind::function;
  std::string state = {};  // as ToolCall::state
};
struct ToolDelta {
  int index = 0;
  std::string text;
};
struct ToolEnd {
  int index = 0;
};
struct RefusalDelta {
  std::string text;
};
struct Annotation {  // a citation, in the spelling of its provider
  Json value;
  std::string family = "openai";
};
struct OpaqueItem {
  Opaque item;
};
struct UsageEvent {
  ledger::Usage usage;
};

enum class StopReason { stop, stop_sequence, length, context, tools, filter, pause, malformed };
struct Stop {
  StopReason reason = StopReason::stop;
  std::string detail;  // the stop sequence, or the provider's own word
};

// The upstream failed after it had begun. `type` is the provider's own word ("overloaded_error").
struct AnswerFailure {
  Error error;
  std::string type;
};

using Event =
    std::variant<Start, TextDelta, TextEnd, ReasoningDelta, ReasoningEnd, ToolStart, ToolDelta,
                 ToolEnd, RefusalDelta, Annotation, OpaqueItem, UsageEvent, Stop, AnswerFailure>;
using Events = std::vector<Event>;

// For std::visit.
template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

}  // namespace litegw::dialects
