#include "daemon/dialects/chat/scan.h"

#include <algorithm>
#include <array>

#include <boost/container/small_vector.hpp>

#include "common/base/text.h"

namespace litegw::dialects::chat {
namespace {

using Kind = JsonReader::Kind;

constexpr std::size_t max_members = 4096;
constexpr std::size_t max_messages = 1'000'000;  // the body's size is the limit
// No provider takes more than some hundred; ten thousand are an accident or an attack.
constexpr std::size_t max_tools = 2048;

// Sorted. LiteLLM takes these from the body of a request.
constexpr std::array<std::string_view, 29> proxy_controls{
    "allowed_model_region",
    "api_base",
    "api_key",
    "api_version",
    "base_url",
    "client",
    "context_window_fallbacks",
    "cooldown_time",
    "custom_llm_provider",
    "deployment_id",
    "drop_params",
    "extra_headers",
    "fallbacks",
    "headers",
    "litellm_call_id",
    "litellm_credential_name",
    "litellm_metadata",
    "litellm_params",
    "litellm_trace_id",
    "max_retries",
    "mock_response",
    "mock_testing_context_fallbacks",
    "mock_testing_fallbacks",
    "mock_tool_calls",
    "model_list",
    "no-log",
    "num_retries",
    "organization",
    "user_config",
};
static_assert(std::is_sorted(proxy_controls.begin(), proxy_controls.end()));

Error wrong_type(std::string_view name, const char* wanted) {
  const std::string field(name);
  return make_error(ErrorCode::invalid_request, "'" + field + "' must be " + wanted, "", field);
}

class Scanner {
 public:
  Scanner(JsonReader& reader, std::string_view body) : reader_(reader), body_(body) {}

  Result<Scan> run(const ScanRules& rules);

 private:
  Status read_members();
  Status read_value(std::string_view name);
  Status read_stream_options();
  Status read_text(std::string_view name, std::string& out);
  Status read_number(std::string_view name, std::optional<std::int64_t>& out);
  Status read_messages();
  Status read_list(std::string_view name, bool& filled, std::size_t most);
  Status check_duplicates() const;
  Status check_required(const ScanRules& rules) const;
  bool skip_null();

  JsonReader& reader_;
  std::string_view body_;
  Scan scan_;
  bool has_wrong_messages_ = false;
};

Result<Scan> Scanner::run(const ScanRules& rules) {
  if (Status opened = reader_.open(body_); !opened) return opened.error();
  if (reader_.kind() != Kind::object) {
    reader_.skip();
    if (Status valid = reader_.finish(); !valid) return valid.error();
    return make_error(ErrorCode::invalid_request, "the body must be a JSON object");
  }
  if (Status read = read_members(); !read) return read.error();
  if (Status valid = reader_.finish(); !valid) return valid.error();
  scan_.media = reader_.media();
  if (Status unique = check_duplicates(); !unique) return unique.error();
  if (Status complete = check_required(rules); !complete) return complete.error();
  return std::move(scan_);
}

Status Scanner::read_members() {
  scan_.object_begin = reader_.next_begin();
  scan_.members.reserve(16);
  reader_.enter_object();
  std::string_view name;
  while (reader_.next_member(name)) {
    if (scan_.members.size() == max_members)
      return make_error(ErrorCode::invalid_request,
                        "the body has more than " + std::to_string(max_members) + " members");
    Member& member = scan_.members.emplace_back();
    member.name = std::string(name);
    member.name_at = reader_.name_at();
    member.value_at.begin = reader_.next_begin();
    const Status read = read_value(member.name);
    if (reader_.failed()) return reader_.finish();
    if (!read) return read;
    member.value_at.end = reader_.last_end();
  }
  return {};
}

Status Scanner::read_value(std::string_view name) {
  if (name == "model") {
    if (reader_.kind() != Kind::string) return wrong_type(name, "a string");
    return read_text(name, scan_.model);
  }
  if (name == "stream") {
    if (skip_null()) return {};
    const auto flag = reader_.read_bool();
    if (!flag) return wrong_type(name, "true or false");
    scan_.stream = *flag;
    return {};
  }
  if (name == "messages") return read_messages();
  if (name == "tools") return read_list(name, scan_.has_tools, max_tools);
  if (name == "stream_options") return read_stream_options();
  if (name == "n") return read_number(name, scan_.n);
  if (name == "max_tokens") return read_number(name, scan_.max_tokens);
  if (name == "max_completion_tokens") return read_number(name, scan_.max_completion_tokens);
  if (name == "user") return read_text(name, scan_.user);
  if (name == "service_tier") return read_text(name, scan_.service_tier);
  if (name == "input") scan_.has_input = reader_.kind() != Kind::null;
  reader_.skip();
  return {};
}

bool Scanner::skip_null() {
  if (reader_.kind() != Kind::null) return false;
  reader_.skip();
  return true;
}

Status Scanner::read_text(std::string_view name, std::string& out) {
  if (skip_null()) return {};
  auto text = reader_.read_string();
  if (!text) return wrong_type(name, "a string");
  out = std::move(*text);
  return {};
}

Status Scanner::read_number(std::string_view name, std::optional<std::int64_t>& out) {
  if (skip_null()) return {};
  out = reader_.read_integer();
  if (!out || *out < 0) return wrong_type(name, "a whole number");
  return {};
}

// What it is when it is no array matters only to a body without `input`.
Status Scanner::read_messages() {
  if (reader_.kind() == Kind::array) return read_list("messages", scan_.has_messages, max_messages);
  has_wrong_messages_ = reader_.kind() != Kind::null;
  reader_.skip();
  return {};
}

// An array; null counts as absent (Cursor sends tools as null).
Status Scanner::read_list(std::string_view name, bool& filled, std::size_t most) {
  if (skip_null()) return {};
  if (!reader_.enter_array()) return wrong_type(name, "an array");
  std::size_t count = 0;
  for (; reader_.next_element(); ++count)
    reader_.skip();
  filled = count > 0;
  if (count <= most) return {};
  return make_error(ErrorCode::invalid_request,
                    "'" + std::string(name) + "' holds " + std::to_string(count) +
                        " entries, more than " + std::to_string(most),
                    "", std::string(name));
}

Status Scanner::read_stream_options() {
  if (skip_null()) return {};
  const std::size_t begin = reader_.next_begin();
  if (!reader_.enter_object()) return wrong_type("stream_options", "an object");
  scan_.stream_options_inside = begin + 1;
  scan_.stream_options_empty = true;
  std::string_view name;
  while (reader_.next_member(name)) {
    scan_.stream_options_empty = false;
    if (name != "include_usage") {
      reader_.skip();
      continue;
    }
    if (scan_.include_usage_value)
      return make_error(ErrorCode::invalid_request,
                        "'stream_options.include_usage' is given more than once", "",
                        "stream_options.include_usage");
    const std::size_t value_begin = reader_.next_begin();
    if (!skip_null()) {
      const auto flag = reader_.read_bool();
      if (!flag) return wrong_type("stream_options.include_usage", "true or false");
      scan_.include_usage = *flag;
    }
    scan_.include_usage_value = Range{value_begin, reader_.last_end()};
  }
  return {};
}

// A provider may take the last of two where we took the first: a way around scopes and budgets.
Status Scanner::check_duplicates() const {
  boost::container::small_vector<std::string_view, 32> names;
  for (const Member& member : scan_.members)
    names.push_back(member.name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end()) return {};
  const std::string field = shorten(escape_control(*twice), 64);
  return make_error(ErrorCode::invalid_request, "'" + field + "' is given more than once",
                    "send each member once", field);
}

Status Scanner::check_required(const ScanRules& rules) const {
  if (scan_.model.empty())
    return make_error(ErrorCode::missing_parameter, "'model' is missing",
                      "GET /v1/models lists the models of this key", "model");
  if (scan_.has_messages || (rules.accept_input && scan_.has_input)) return {};
  if (has_wrong_messages_) return wrong_type("messages", "an array");
  const Member* messages = scan_.find("messages");
  const bool empty = messages != nullptr && messages->value_at.in(body_) != "null";
  return make_error(ErrorCode::missing_parameter,
                    empty ? "'messages' must hold at least one message" : "'messages' is missing",
                    "", "messages");
}

}  // namespace

const Member* Scan::find(std::string_view name) const {
  for (const Member& member : members)
    if (member.name == name) return &member;
  return nullptr;
}

Result<Scan> scan(JsonReader& reader, std::string_view body, const ScanRules& rules) {
  return Scanner(reader, body).run(rules);
}

bool is_proxy_control(std::string_view name) {
  return std::binary_search(proxy_controls.begin(), proxy_controls.end(), name);
}

}  // namespace litegw::dialects::chat
