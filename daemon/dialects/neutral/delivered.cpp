#include "daemon/dialects/neutral/delivered.h"

#include "common/base/json.h"

namespace litegw::dialects {
namespace {

// Every text below `value` but for embedded media.
void collect(const Json& value, std::string& out) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (!text.starts_with("data:")) out.append(text).append("\n");
    return;
  }
  if (value.is_array())
    for (const Json& item : value)
      collect(item, out);
  if (!value.is_object()) return;
  for (const auto& [name, member] : value.items())
    if (name != "type" && name != "id" && name != "data" && name != "call_id" &&
        name != "tool_call_id" && name != "cache_control")
      collect(member, out);
}

void add(const Json& value, std::vector<std::string>& out) {
  std::string text;
  collect(value, text);
  if (!text.empty()) text.pop_back();
  if (!text.empty()) out.push_back(std::move(text));
}

void add_delta(const Json& delta, std::string& out) {
  for (const char* name : {"content", "reasoning_content", "reasoning", "refusal"})
    if (const auto found = delta.find(name); found != delta.end() && found->is_string())
      out += found->get_ref<const std::string&>();
  const auto calls = delta.find("tool_calls");
  if (calls == delta.end() || !calls->is_array()) return;
  for (const Json& call : *calls) {
    const auto function = call.is_object() ? call.find("function") : call.end();
    if (!call.is_object() || function == call.end() || !function->is_object()) continue;
    for (const char* name : {"name", "arguments"})
      if (const auto found = function->find(name); found != function->end() && found->is_string())
        out += found->get_ref<const std::string&>();
  }
}

}  // namespace

std::vector<std::string> prompt_texts(std::string_view body) {
  std::vector<std::string> out;
  const Json request = Json::parse(body, nullptr, false);
  if (!request.is_object()) return out;
  for (const char* name : {"system", "instructions"})
    if (request.contains(name)) add(request[name], out);
  for (const char* name : {"messages", "input", "tools"}) {
    const auto found = request.find(name);
    if (found == request.end()) continue;
    if (!found->is_array()) add(*found, out);
    if (found->is_array())
      for (const Json& item : *found)
        add(item, out);
  }
  return out;
}

std::string delivered_text(std::string_view events) {
  std::string out;
  while (!events.empty()) {
    const std::size_t end = std::min(events.find('\n'), events.size());
    const std::string_view line = events.substr(0, end);
    events.remove_prefix(std::min(end + 1, events.size()));
    if (!line.starts_with("data: {")) continue;
    const Json chunk = Json::parse(line.substr(6), nullptr, false);
    if (!chunk.is_object() || !chunk.contains("choices") || !chunk["choices"].is_array()) continue;
    for (const Json& choice : chunk["choices"])
      if (choice.is_object() && choice.contains("delta") && choice["delta"].is_object())
        add_delta(choice["delta"], out);
  }
  return out;
}

}  // namespace litegw::dialects
