#include "daemon/dialects/chat/answer.h"

#include "common/base/json.h"
#include "common/base/text.h"

namespace litegw::dialects::chat {
namespace {

using Kind = JsonReader::Kind;

constexpr std::size_t max_message = 500;

void read_text(JsonReader& reader, std::string& out) {
  if (auto text = reader.read_string())
    out = std::move(*text);
  else
    reader.skip();
}

// `delta` or `message`: how much the model wrote.
void read_written(JsonReader& reader, AnswerFacts& out) {
  if (!reader.enter_object()) {
    reader.skip();
    return;
  }
  std::string_view name;
  while (reader.next_member(name)) {
    const Kind kind = reader.kind();
    const std::size_t size = reader.skip().size();
    if (name == "role" || kind == Kind::null) continue;
    out.output_bytes += size > 2 ? size - 2 : 0;
  }
}

void read_choice(JsonReader& reader, AnswerFacts& out) {
  out.empty_choices = false;
  if (!reader.enter_object()) {
    reader.skip();
    return;
  }
  std::string_view name;
  while (reader.next_member(name)) {
    if (name == "finish_reason" && reader.kind() == Kind::string)
      read_text(reader, out.finish_reason);
    else if (name == "delta" || name == "message")
      read_written(reader, out);
    else
      reader.skip();
  }
}

void read_choices(JsonReader& reader, AnswerFacts& out) {
  if (!reader.enter_array()) {
    reader.skip();
    return;
  }
  out.has_choices = true;
  while (reader.next_element())
    read_choice(reader, out);
}

std::string scalar_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return dump(value);
  return {};
}

std::string member_text(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? std::string() : scalar_text(*found);
}

// The first of the usual members that holds text; a list of validation errors (FastAPI) as JSON.
std::string message_of(const Json& object) {
  for (const char* name : {"message", "Message", "error", "detail", "msg", "error_message"}) {
    std::string text = member_text(object, name);
    if (!text.empty()) return text;
    const auto found = object.find(name);
    if (found != object.end() && found->is_array() && !found->empty()) return dump(*found);
  }
  return {};
}

std::string one_line(std::string_view text) {
  std::string line;
  bool space = true;  // none at the start
  for (const char c : text) {
    const bool blank = static_cast<unsigned char>(c) <= ' ' || c == 0x7F;
    if (!blank)
      line += c;
    else if (!space)
      line += ' ';
    space = blank;
  }
  if (!line.empty() && line.back() == ' ') line.pop_back();
  return shorten(is_valid_utf8(line) ? line : escape_control(line), max_message);
}

bool is_html(std::string_view body) {
  const std::size_t start = body.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos && body[start] == '<';
}

AnswerError error_from_json(const Json& value) {
  AnswerError error;
  const Json* object = &value;
  if (value.is_array() && !value.empty()) object = &value.front();  // Gemini's streams
  if (!object->is_object()) {
    error.message = one_line(scalar_text(*object));
    return error;
  }
  if (const auto nested = object->find("error"); nested != object->end() && nested->is_object())
    object = &*nested;
  error.message = one_line(message_of(*object));
  error.type = member_text(*object, "type");
  error.code = member_text(*object, "code");
  error.param = member_text(*object, "param");
  // OpenRouter says "Provider returned error" and puts the reason into metadata.raw.
  const auto metadata = object->find("metadata");
  if (metadata != object->end() && metadata->is_object()) {
    const std::string raw = member_text(*metadata, "raw");
    if (!raw.empty()) error.message = one_line(error.message + ": " + raw);
  }
  return error;
}

}  // namespace

Result<AnswerFacts> read_answer(JsonReader& reader, std::string_view json) {
  const auto unusable = [](const std::string& why) {
    return make_error(ErrorCode::upstream_bad_response,
                      "the upstream's answer is no chat completion: " + why);
  };
  if (const Status opened = reader.open(json); !opened) return unusable(opened.error().message);
  AnswerFacts facts;
  if (!reader.enter_object()) return unusable("not a JSON object");
  std::string_view name;
  bool has_error = false;
  while (reader.next_member(name)) {
    if (name == "model" && reader.kind() == Kind::string) {
      facts.model_value = reader.skip();
    } else if (name == "choices") {
      read_choices(reader, facts);
    } else if (name == "usage") {
      if (read_usage(reader, facts.usage)) facts.has_usage = true;
    } else if (name == "service_tier" && reader.kind() == Kind::string) {
      read_text(reader, facts.service_tier);
    } else {
      has_error = has_error || (name == "error" && reader.kind() != Kind::null);
      reader.skip();
    }
  }
  if (const Status valid = reader.finish(); !valid) return unusable(valid.error().message);
  if (has_error) facts.error = read_error(json);
  return facts;
}

AnswerError read_error(std::string_view body) {
  JsonLimits lenient;
  lenient.refuse_duplicate_names = false;
  AnswerError error;
  if (const auto json = parse_json(body, lenient)) {
    error = error_from_json(*json);
    if (error.message.empty()) error.message = one_line(body);
  } else if (is_html(body)) {
    error.is_page = true;
    error.message = "the upstream answered with an HTML page";
  } else {
    error.message = one_line(body);
  }
  if (error.message.empty()) error.message = "no message";
  return error;
}

}  // namespace litegw::dialects::chat
