// YAML values as JSON.
#include <charconv>
#include <cmath>

#include "daemon/config/loading.h"

namespace litegw::config {
namespace {

bool is_number_text(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.empty() || text.front() < '0' || text.front() > '9') return false;
  // 0123 is octal to some and decimal to others: it stays text.
  return !(text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9');
}

Json scalar_json(const Node& node, bool as_text) {
  const std::string& text = node.text;
  if (!node.plain) return text;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (as_text || !is_number_text(text)) return text;
  std::int64_t whole = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (failure == std::errc{} && end == text.data() + text.size()) return whole;
  double number = 0;
  auto [stop, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (bad == std::errc{} && stop == text.data() + text.size() && std::isfinite(number))
    return number;
  return text;
}

}  // namespace

Json to_json(const Node& node, bool as_text) {
  switch (node.kind) {
    case Node::Kind::null:
      return {};
    case Node::Kind::scalar:
      return scalar_json(node, as_text);
    case Node::Kind::sequence: {
      Json list = Json::array();
      for (const NodePtr& item : node.items)
        list.push_back(to_json(*item, as_text));
      return list;
    }
    case Node::Kind::map: {
      Json map = Json::object();
      for (const Member& member : node.members)
        map[member.name] = to_json(*member.value, as_text);
      return map;
    }
  }
  return {};
}

}  // namespace litegw::config
