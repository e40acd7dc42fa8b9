#include "daemon/dialects/neutral/answer.h"

#include <algorithm>
#include <utility>

namespace litegw::dialects {

bool Answer::has_calls() const {
  return std::ranges::any_of(parts,
                             [](const Part& part) { return part.as<ToolCall>() != nullptr; });
}

StopReason Answer::reason() const {
  StopReason given = stop ? stop->reason : StopReason::stop;
  bool is_plain = given == StopReason::stop || given == StopReason::stop_sequence;
  return is_plain && has_calls() ? StopReason::tools : given;
}

namespace {

// The last part when it is still open, else a new one.
template <class T>
T& open_part(std::vector<Part>& parts, bool is_open) {
  if (!is_open) parts.push_back(Part{T{}, {}});
  return *parts.back().as<T>();
}

// Says nothing about where the parts of an answer begin and end.
bool is_beside_parts(const Event& event) {
  return std::holds_alternative<UsageEvent>(event) || std::holds_alternative<Stop>(event) ||
         std::holds_alternative<Annotation>(event) || std::holds_alternative<ToolEnd>(event);
}

}  // namespace

ToolCall* AnswerCollector::call(int index) {
  auto place = static_cast<std::size_t>(index);
  return place < calls_.size() ? answer_.parts[calls_[place]].as<ToolCall>() : nullptr;
}

void AnswerCollector::see(const Event& event) {
  bool is_text = std::holds_alternative<TextDelta>(event);
  bool is_reasoning = std::holds_alternative<ReasoningDelta>(event);
  auto& parts = answer_.parts;
  std::visit(
      Overloaded{
          [&](const Start& start) { answer_.start = start; },
          [&](const TextDelta& delta) { open_part<Text>(parts, text_open_).text += delta.text; },
          [&](const TextEnd& end) {
            if (text_open_) parts.back().as<Text>()->phase = end.phase;
          },
          [&](const ReasoningDelta& delta) {
            open_part<Reasoning>(parts, reasoning_open_).text += delta.text;
          },
          [&](const ReasoningEnd& end) {
            open_part<Reasoning>(parts, reasoning_open_).state = end.state;
          },
          [&](const ToolStart& start) {
            calls_.push_back(parts.size());
            parts.push_back(Part{ToolCall{start.id, start.name, start.kind, {}}, {}});
          },
          [&](const ToolDelta& delta) {
            if (ToolCall* open = call(delta.index)) open->arguments += delta.text;
          },
          [](const ToolEnd&) {},
          [&](const RefusalDelta& delta) {
            bool is_open = !parts.empty() && parts.back().as<Refusal>();
            open_part<Refusal>(parts, is_open).text += delta.text;
          },
          [&](const Annotation& annotation) {
            if (annotation.family == "openai") answer_.annotations.push_back(annotation.value);
          },
          [&](const OpaqueItem& item) {
            parts.push_back(Part{item.item, {}});
          },
          [&](const UsageEvent& usage) { answer_.usage = usage.usage; },
          [&](const Stop& stop) { answer_.stop = stop; },
          [&](const AnswerFailure& failure) { answer_.failure = failure; },
      },
      event);
  // A delta goes on in the last part only while nothing else has come between.
  if (is_beside_parts(event)) return;
  bool is_in_last = std::holds_alternative<ToolDelta>(event);
  text_open_ = is_text || (text_open_ && is_in_last && parts.back().as<Text>());
  reasoning_open_ = is_reasoning;
}

}  // namespace litegw::dialects
