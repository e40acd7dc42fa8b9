#include "daemon/dialects/neutral/lowering.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/hash.h"
#include "common/base/json.h"

namespace litegw::dialects {
namespace {

bool fits(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

void lower_custom(Tool& tool) {
  if (tool.grammar.value("type", "") == "grammar") {
    if (!tool.description.empty()) tool.description += "\n\n";
    tool.description += "`input` is raw text that matches this " +
                        tool.grammar.value("syntax", std::string("lark")) + " grammar:\n" +
                        tool.grammar.value("definition", std::string());
  }
  tool.kind = ToolKind::function;
  tool.grammar = {};
  tool.strict = false;
  tool.schema = Json{{"type", "object"},
                     {"properties", {{"input", {{"type", "string"}}}}},
                     {"required", Json::array({"input"})}};
}

void append_utf8(std::uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
    return;
  }
  int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr std::array<std::uint32_t, 4> lead{0, 0xc0, 0xe0, 0xf0};
  out += static_cast<char>(lead[static_cast<std::size_t>(more)] | code >> (6 * more));
  while (more-- > 0)
    out += static_cast<char>(0x80 | (code >> (6 * more) & 0x3f));
}

constexpr std::uint32_t replacement_character = 0xfffd;

}  // namespace

std::string fitting_name(std::string_view name) {
  bool is_fit = !name.empty() && name.size() <= 64 && std::ranges::all_of(name, fits);
  if (is_fit) return std::string(name);
  std::string out(name.substr(0, 55));
  for (char& c : out)
    if (!fits(c)) c = '_';
  return out + '_' + to_hex(sha256(name)).substr(0, 8);
}

ToolMap lower_tools(Request& request, bool upstream_has_custom_tools) {
  ToolMap map;
  for (Tool& tool : request.tools) {
    if (!tool.hosted_by.empty()) continue;
    std::string name = fitting_name(tool.name);
    if (name != tool.name) map.original_names.emplace(name, tool.name);
    tool.name = std::move(name);
    if (tool.kind != ToolKind::custom) continue;
    (upstream_has_custom_tools ? map.custom : map.lowered).insert(tool.name);
    if (!upstream_has_custom_tools) lower_custom(tool);
  }
  if (!request.tool_choice.name.empty())
    request.tool_choice.name = fitting_name(request.tool_choice.name);
  for (std::string& name : request.tool_choice.allowed)
    name = fitting_name(name);
  for (Message& message : request.messages)
    for (Part& part : message.parts) {
      if (ToolResult* result = part.as<ToolResult>(); result && !upstream_has_custom_tools)
        result->kind = ToolKind::function;
      ToolCall* call = part.as<ToolCall>();
      if (!call) continue;
      call->name = fitting_name(call->name);
      if (call->kind != ToolKind::custom || upstream_has_custom_tools) continue;
      call->kind = ToolKind::function;
      call->arguments = dump(Json{{"input", std::move(call->arguments)}});
    }
  return map;
}

void InputUnwrapper::feed(std::string_view json, std::string& out) {
  if (state_ == State::raw) {
    out += json;
    return;
  }
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (state_ == State::done) return;
    if (state_ == State::raw) {
      out += json.substr(i);
      return;
    }
    step(json[i], out);
  }
}

void InputUnwrapper::finish(std::string& out) {
  if (high_surrogate_ != 0) code_unit(replacement_character, out);
  // "{}" is what a model sends for a call without text.
  bool is_empty_object =
      state_ == State::done || held_.find_first_not_of("{} \t\r\n") == std::string::npos;
  if (state_ != State::text && state_ != State::raw && !is_empty_object) give_up(out);
  held_.clear();
}

void InputUnwrapper::give_up(std::string& out) {
  out += held_;
  held_.clear();
  state_ = State::raw;
}

void InputUnwrapper::step(char c, std::string& out) {
  if (state_ == State::text) return escape(c, out);
  held_ += c;
  bool is_space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
  switch (state_) {
    case State::before_object:
      if (c == '{')
        state_ = State::before_key;
      else if (!is_space)
        give_up(out);
      return;
    case State::before_key:
      if (c == '"')
        state_ = State::in_key;
      else if (!is_space && c != '}')
        give_up(out);
      return;
    case State::in_key:
      if (c == '"')
        state_ = State::before_colon;
      else if (c == '\\')
        give_up(out);
      return;
    case State::before_colon:
      if (c == ':')
        state_ = State::before_value;
      else if (!is_space)
        give_up(out);
      return;
    case State::before_value:
      if (c == '"') {
        state_ = State::text;
        held_.clear();
      } else if (!is_space) {
        give_up(out);
      }
      return;
    case State::text:
    case State::done:
    case State::raw:
      return;
  }
}

void InputUnwrapper::escape(char c, std::string& out) {
  if (escape_.empty()) {
    if (c == '\\') {
      escape_ = c;
      return;
    }
    if (high_surrogate_ != 0) code_unit(replacement_character, out);
    if (c == '"')
      state_ = State::done;
    else
      out += c;
    return;
  }
  escape_ += c;
  if (escape_.size() == 2 && c != 'u') {
    constexpr std::string_view from = "bfnrt";
    constexpr std::string_view to = "\b\f\n\r\t";
    if (high_surrogate_ != 0) code_unit(replacement_character, out);
    std::size_t at = from.find(c);
    out += at == std::string_view::npos ? c : to[at];
    escape_.clear();
  } else if (escape_.size() == 6) {
    std::uint32_t unit = 0;
    for (char digit : std::string_view(escape_).substr(2)) {
      int value = digit >= '0' && digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
      unit = unit << 4 | (static_cast<std::uint32_t>(value) & 0xf);
    }
    escape_.clear();
    code_unit(unit, out);
  }
}

void InputUnwrapper::code_unit(std::uint32_t unit, std::string& out) {
  bool is_high = unit >= 0xd800 && unit < 0xdc00;
  bool is_low = unit >= 0xdc00 && unit < 0xe000;
  std::uint32_t high = std::exchange(high_surrogate_, 0);
  if (high != 0 && is_low)
    return append_utf8(0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00), out);
  if (high != 0) {
    append_utf8(replacement_character, out);
    if (unit == replacement_character) return;
  }
  if (is_high)
    high_surrogate_ = unit;
  else
    append_utf8(is_low ? replacement_character : unit, out);
}

void ToolRestorer::restore(Event event, Events& out) {
  if (ToolStart* start = std::get_if<ToolStart>(&event)) {
    if (map_.lowered.contains(start->name)) {
      start->kind = ToolKind::custom;
      unwrapping_.try_emplace(start->index);
    } else if (map_.custom.contains(start->name)) {
      start->kind = ToolKind::custom;
    }
    if (auto found = map_.original_names.find(start->name); found != map_.original_names.end())
      start->name = found->second;
  } else if (ToolDelta* delta = std::get_if<ToolDelta>(&event)) {
    if (auto found = unwrapping_.find(delta->index); found != unwrapping_.end()) {
      std::string text;
      found->second.feed(delta->text, text);
      if (text.empty()) return;
      delta->text = std::move(text);
    }
  } else if (ToolEnd* end = std::get_if<ToolEnd>(&event)) {
    if (auto found = unwrapping_.find(end->index); found != unwrapping_.end()) {
      std::string text;
      found->second.finish(text);
      if (!text.empty()) out.push_back(ToolDelta{end->index, std::move(text)});
      unwrapping_.erase(found);
    }
  }
  out.push_back(std::move(event));
}

}  // namespace litegw::dialects
