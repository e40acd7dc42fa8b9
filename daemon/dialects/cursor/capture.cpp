#include "daemon/dialects/cursor/capture.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "common/base/text.h"

namespace litegw::dialects::cursor {
namespace {

// Sorted. Members whose text says what something is, not what somebody wrote.
constexpr std::array<std::string_view, 23> kept{"call_id",
                                                "detail",
                                                "effort",
                                                "id",
                                                "include",
                                                "media_type",
                                                "mode",
                                                "model",
                                                "name",
                                                "phase",
                                                "prompt_cache_retention",
                                                "reasoning_effort",
                                                "role",
                                                "service_tier",
                                                "status",
                                                "summary",
                                                "syntax",
                                                "tool_call_id",
                                                "tool_choice",
                                                "tool_use_id",
                                                "truncation",
                                                "type",
                                                "verbosity"};
static_assert(std::is_sorted(kept.begin(), kept.end()));

constexpr std::size_t longest_word = 128;

bool is_kept(std::string_view name) {
  return std::binary_search(kept.begin(), kept.end(), name);
}

// `all`: who somebody is, nothing of it stays.
void redact(Json& value, bool keep_text, bool all) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (keep_text && !all && text.size() <= longest_word) return;
    value = fmt::format("[{} bytes]", text.size());
    return;
  }
  if (value.is_array())
    for (Json& item : value)
      redact(item, keep_text, all);
  if (!value.is_object()) return;
  for (auto& [name, member] : value.get_ref<Json::object_t&>())
    redact(member, is_kept(name), all);
}

}  // namespace

Json redacted_body(std::string_view body) {
  Result<Json> parsed = parse_json(body);
  if (!parsed)
    return fmt::format("[{} bytes: {}]", body.size(), shorten(parsed.error().message, 200));
  if (!parsed->is_object()) redact(*parsed, false, false);
  if (parsed->is_object())
    for (auto& [name, member] : parsed->get_ref<Json::object_t&>())
      redact(member, is_kept(name), name == "user" || name == "metadata");
  return std::move(*parsed);
}

}  // namespace litegw::dialects::cursor
