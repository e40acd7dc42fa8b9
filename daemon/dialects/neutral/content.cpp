#include "daemon/dialects/neutral/content.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "common/base/base64.h"
#include "common/base/text.h"
#include "daemon/dialects/neutral/state.h"

namespace litegw::dialects {
namespace {

// Blocks of tools that Anthropic runs itself, and what it puts between them.
bool is_anthropic_block(std::string_view type) {
  constexpr std::array known{"server_tool_use", "container_upload", "search_result",
                             "tool_reference",  "fallback",         "compaction",
                             "mcp_tool_use",    "mcp_tool_result"};
  for (std::string_view name : known)
    if (type == name) return true;
  return type.ends_with("_tool_result");
}

}  // namespace

std::string sniff_mime(std::string_view base64, std::string_view stated) {
  if (base64.starts_with("iVBORw0KGgo")) return "image/png";
  if (base64.starts_with("/9j/")) return "image/jpeg";
  if (base64.starts_with("R0lGOD")) return "image/gif";
  if (base64.starts_with("UklGR") && stated.starts_with("image/")) return "image/webp";
  if (base64.starts_with("JVBERi0")) return "application/pdf";
  return std::string(stated);
}

void set_url(Media& media, std::string url) {
  constexpr std::string_view marker = ";base64,";
  std::size_t comma = url.starts_with("data:") ? url.find(marker) : std::string::npos;
  if (comma == std::string::npos) {
    media.url = std::move(url);
    return;
  }
  std::string_view stated = std::string_view(url).substr(5, comma - 5);
  media.data = url.substr(comma + marker.size());
  media.mime = sniff_mime(media.data, stated.substr(0, stated.find(';')));
}

std::string arguments_text(Json* value, Reader& reader, const Place& at) {
  if (!value) return {};
  if (value->is_object() || value->is_array()) return dump(*value);
  return reader.text(*value, at);
}

Json arguments_object(std::string arguments) {
  Result<Json> parsed = parse_json(arguments);
  if (parsed && parsed->is_object()) return std::move(*parsed);
  Json object = Json::object();
  if (!is_blank(arguments)) object["_raw"] = std::move(arguments);
  return object;
}

std::string object_text(std::string arguments) {
  const Result<Json> parsed = parse_json(arguments);
  return parsed && parsed->is_object() ? arguments : dump(arguments_object(std::move(arguments)));
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool says_nothing(const Message& message) {
  return std::ranges::all_of(message.parts, [](const Part& part) {
    const Text* text = part.as<Text>();
    const Refusal* refusal = part.as<Refusal>();
    return (text && is_blank(text->text)) || (refusal && is_blank(refusal->text)) ||
           part.as<Reasoning>();
  });
}

bool says_nothing(const Request& request) {
  return std::ranges::all_of(request.messages,
                             [](const Message& message) { return says_nothing(message); });
}

std::string unsupported_text(const Opaque& opaque) {
  return fmt::format("[unsupported part: {}]", opaque.value.value("type", "unknown"));
}

std::string joined_text(const std::vector<Part>& parts, std::string_view separator) {
  std::string out;
  for (const Part& part : parts) {
    const Text* text = part.as<Text>();
    if (!text || text->text.empty()) continue;
    if (!out.empty()) out += separator;
    out += text->text;
  }
  return out;
}

std::string plain_text(const Media& media) {
  constexpr std::array others{"application/json", "application/xml", "application/yaml",
                              "application/x-yaml", "application/javascript"};
  const bool is_text =
      media.mime.starts_with("text/") || std::ranges::find(others, media.mime) != others.end();
  if (media.kind != MediaKind::file || !is_text) return {};
  std::optional<std::string> text = base64_decode(media.data);
  return text && is_valid_utf8(*text) ? std::move(*text) : std::string();
}

bool ContentReader::read(Json& value, const Place& at, std::vector<Part>& out) {
  if (value.is_null()) return false;
  if (value.is_string()) {
    out.push_back(Part{Text{std::move(value.get_ref<std::string&>()), {}}, {}});
    return false;
  }
  if (value.is_object()) {
    part(value, at, out);
    return true;
  }
  if (!value.is_array()) {
    reader.fail(at, fmt::format("must be a string or a list of parts, not {}", json_kind(value)));
    return false;
  }
  out.reserve(out.size() + value.size());
  for (std::size_t i = 0; i < value.size(); ++i)
    part(value[i], Place(at, i), out);
  return true;
}

void ContentReader::read_result(Json& value, const Place& at, std::vector<Part>& out) {
  const bool is_data = value.is_object() && !value.contains("type") && !value.contains("text");
  if (is_data)
    out.push_back(Part{Text{dump(value), {}}, {}});
  else
    read(value, at, out);
}

void ContentReader::part(Json& value, const Place& at, std::vector<Part>& out) {
  if (value.is_string()) {
    out.push_back(Part{Text{reader.text(value, at), {}}, {}});
    return;
  }
  if (!reader.is_object(value, at)) return;
  std::string type = reader.text_member(value, "type", at);
  for (const char* name : {"text", "image_url"})
    if (type.empty() && value.contains(name)) type = name;
  if (type.empty()) return reader.fail(Place(at, "type"), "is missing");
  if (type == "thinking" || type == "redacted_thinking") {
    value["type"] = type;
    return thinking(value, at, out);
  }

  Part part;
  part.cache = cache_mark(value, at);
  if (type == "text" || type == "input_text" || type == "output_text") {
    if (!value.contains("text")) return reader.fail(Place(at, "text"), "is missing");
    part.value = Text{reader.text_member(value, "text", at), {}};
  } else if (type == "image_url" || type == "input_image" || type == "image") {
    image(value, at, part);
  } else if (type == "file" || type == "input_file" || type == "document") {
    file(value, at, part);
  } else if (type == "input_audio") {
    Json* audio = Reader::member(value, "input_audio");
    if (!audio || !reader.is_object(*audio, Place(at, "input_audio")))
      return reader.fail(Place(at, "input_audio"), "is missing");
    Place inner(at, "input_audio");
    Media media{.kind = MediaKind::audio};
    media.data = reader.needed_text(*audio, "data", inner);
    media.mime = reader.needed_text(*audio, "format", inner);
    part.value = std::move(media);
  } else if (type == "refusal") {
    part.value = Refusal{reader.text_member(value, "refusal", at)};
  } else if (type == "tool_use") {
    tool_use(value, at, part);
  } else if (type == "tool_result") {
    tool_result(value, at, part);
  } else if (is_anthropic_block(type)) {
    value["type"] = type;
    part.value = Opaque{"anthropic", std::move(value)};
  } else {
    std::string name = escape_control(shorten(type, 60));
    warnings.push_back(
        fmt::format("{}: unsupported part '{}' was turned into text", at.text(), name));
    part.value = Text{fmt::format("[unsupported part: {}]", name), {}};
  }
  out.push_back(std::move(part));
}

std::optional<CacheMark> ContentReader::cache_mark(Json& object, const Place& at) {
  if (Json* mark = Reader::member(object, "cache_control")) {
    Place inner(at, "cache_control");
    if (!reader.is_object(*mark, inner)) return std::nullopt;
    return CacheMark{reader.text_member(*mark, "ttl", inner) == "1h"};
  }
  if (Reader::member(object, "prompt_cache_breakpoint")) return CacheMark{};
  return std::nullopt;
}

void ContentReader::source(Json& object, const Place& at, Media& media) {
  Json* value = Reader::member(object, "source");
  Place inner(at, "source");
  if (!value) return reader.fail(inner, "is missing");
  if (!reader.is_object(*value, inner)) return;
  std::string type = reader.needed_text(*value, "type", inner);
  if (type == "base64") {
    media.data = reader.needed_text(*value, "data", inner);
    media.mime = sniff_mime(media.data, reader.text_member(*value, "media_type", inner));
  } else if (type == "url") {
    set_url(media, reader.needed_text(*value, "url", inner));
  } else if (type == "file") {
    media.file_id = reader.needed_text(*value, "file_id", inner);
  } else if (type == "text") {
    media.text = reader.needed_text(*value, "data", inner);
    media.mime = "text/plain";
  } else if (type == "content") {
    std::vector<Part> parts;
    if (Json* content = Reader::member(*value, "content"))
      read(*content, Place(inner, "content"), parts);
    media.text = joined_text(parts, "\n");
    media.mime = "text/plain";
  } else if (reader.ok()) {
    reader.fail(Place(inner, "type"), "must be base64, url, file, text or content");
  }
}

void ContentReader::image(Json& object, const Place& at, Part& part) {
  Media media;
  media.detail = reader.text_member(object, "detail", at);
  if (Json* image = Reader::member(object, "image_url")) {
    Place inner(at, "image_url");
    if (image->is_object()) {
      if (media.detail.empty()) media.detail = reader.text_member(*image, "detail", inner);
      set_url(media, reader.needed_text(*image, "url", inner));
    } else {
      set_url(media, reader.needed_text(object, "image_url", at));
    }
  } else if (Reader::member(object, "source")) {
    source(object, at, media);
  } else if (Reader::member(object, "file_id")) {
    media.file_id = reader.needed_text(object, "file_id", at);
  } else {
    reader.fail(Place(at, "image_url"), "is missing", ErrorCode::missing_parameter);
  }
  part.value = std::move(media);
}

void ContentReader::file(Json& object, const Place& at, Part& part) {
  Media media{.kind = MediaKind::file};
  if (Reader::member(object, "source")) {
    source(object, at, media);
    media.filename = reader.text_member(object, "title", at);
    part.value = std::move(media);
    return;
  }
  Json* nested = Reader::member(object, "file");
  Place inner(at, "file");
  bool is_nested = nested && reader.is_object(*nested, inner);
  Json& body = is_nested ? *nested : object;
  const Place& where = is_nested ? inner : at;
  media.filename = reader.text_member(body, "filename", where);
  media.file_id = reader.text_member(body, "file_id", where);
  std::string data = reader.text_member(body, "file_data", where);
  if (data.starts_with("data:")) {
    set_url(media, std::move(data));
  } else if (!data.empty()) {
    media.mime = sniff_mime(data, "application/pdf");
    media.data = std::move(data);
  }
  if (media.url.empty()) media.url = reader.text_member(body, "file_url", where);
  if (media.data.empty() && media.url.empty() && media.file_id.empty())
    reader.fail(Place(where, "file_data"), "is missing", ErrorCode::missing_parameter);
  part.value = std::move(media);
}

void ContentReader::thinking(Json& block, const Place& at, std::vector<Part>& out) {
  if (!reader.is_object(block, at)) return;
  bool redacted = block.value("type", Json("thinking")) == "redacted_thinking";
  Reasoning reasoning;
  if (!redacted) reasoning.text = reader.text_member(block, "thinking", at);
  std::string blob = reader.text_member(block, redacted ? "data" : "signature", at);
  if (is_wrapped_state(blob)) {
    if (std::optional<ReasoningState> state = unwrap_state(blob))
      reasoning.state = std::move(*state);
  } else if (!blob.empty()) {
    reasoning.state = ReasoningState{"anthropic", {}, std::move(blob), {}, redacted};
  }
  out.push_back(Part{std::move(reasoning), {}});
}

void ContentReader::tool_use(Json& block, const Place& at, Part& part) {
  ToolCall call;
  call.id = reader.needed_text(block, "id", at);
  call.name = reader.needed_text(block, "name", at);
  call.arguments = arguments_text(Reader::member(block, "input"), reader, Place(at, "input"));
  part.value = std::move(call);
}

void ContentReader::tool_result(Json& block, const Place& at, Part& part) {
  ToolResult result;
  result.call_id = reader.needed_text(block, "tool_use_id", at);
  result.is_error = reader.flag(block, "is_error", at).value_or(false);
  if (Json* content = Reader::member(block, "content"))
    read_result(*content, Place(at, "content"), result.parts);
  part.value = std::move(result);
}

}  // namespace litegw::dialects
