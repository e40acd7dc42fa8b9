#include "daemon/providers/anthropic/blocks.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/hash.h"
#include "daemon/dialects/neutral/content.h"
#include "daemon/dialects/neutral/event.h"
#include "daemon/providers/anthropic/write.h"

namespace litegw::providers::anthropic {

using namespace dialects;

Json cache_control(const CacheMark& mark) {
  Json value{{"type", "ephemeral"}};
  if (mark.one_hour) value["ttl"] = "1h";
  return value;
}

std::string fitting_id(std::string_view id) {
  auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  std::string out(id);
  bool changed = out.empty();
  for (char& c : out)
    if (!fits(c)) {
      c = '_';
      changed = true;
    }
  return changed ? out + '_' + to_hex(sha256(id)).substr(0, 8) : out;
}

namespace {

bool is_readable_image(std::string_view mime) {
  constexpr std::array<std::string_view, 4> types{"image/gif", "image/jpeg", "image/png",
                                                  "image/webp"};
  return std::ranges::find(types, mime) != types.end();
}

}  // namespace

void BlockWriter::append(Part& part, Json& blocks) {
  Json block = std::visit(
      Overloaded{
          // "text content blocks must contain non-whitespace text"
          [&](Text& piece) { return is_blank(piece.text) ? Json() : text(piece.text); },
          [&](Media& piece) { return media(piece); },
          [&](ToolCall& piece) { return call(piece); },
          [&](ToolResult& piece) { return result(piece); },
          [&](Reasoning& piece) {
            bool is_ours = piece.state.family == "anthropic" && !piece.state.blob.empty();
            return thinking_ && is_ours ? reasoning(piece) : Json();
          },
          [&](Refusal& piece) { return is_blank(piece.text) ? Json() : text(piece.text); },
          [&](Opaque& piece) {
            return piece.family == "anthropic" ? std::move(piece.value) : Json();
          },
      },
      part.value);
  if (block.is_null()) return;
  bool takes_mark = block["type"] != "thinking" && block["type"] != "redacted_thinking";
  if (part.cache && takes_mark) block["cache_control"] = cache_control(*part.cache);
  blocks.push_back(std::move(block));
}

Json BlockWriter::text(std::string& piece) {
  return Json{{"type", "text"}, {"text", std::move(piece)}};
}

Json BlockWriter::media(Media& media) {
  if (media.kind == MediaKind::audio) {
    error_ = make_error(ErrorCode::invalid_request,
                        "messages: this model's upstream takes no audio", {}, "messages");
    return {};
  }
  bool is_image = media.kind == MediaKind::image;
  if (media.mime == "image/jpg") media.mime = "image/jpeg";
  if (is_image && !media.data.empty() && !is_readable_image(media.mime)) {
    std::string name = "[unsupported part: " + media.mime + "]";
    return text(name);
  }
  if (media.text.empty()) media.text = plain_text(media);  // only PDF is taken as data
  Json source = Json::object();
  if (!media.text.empty())
    source = Json{{"type", "text"}, {"media_type", "text/plain"}, {"data", std::move(media.text)}};
  else if (!media.data.empty())
    source = Json{
        {"type", "base64"}, {"media_type", std::move(media.mime)}, {"data", std::move(media.data)}};
  else if (!media.url.empty())
    source = Json{{"type", "url"}, {"url", std::move(media.url)}};
  else
    source = Json{{"type", "file"}, {"file_id", std::move(media.file_id)}};
  Json block{{"type", is_image ? "image" : "document"}, {"source", std::move(source)}};
  if (!is_image && !media.filename.empty()) block["title"] = std::move(media.filename);
  return block;
}

Json BlockWriter::call(ToolCall& call) {
  Json block{{"type", "tool_use"}, {"id", fitting_id(call.id)}, {"name", std::move(call.name)}};
  block["input"] = arguments_object(std::move(call.arguments));
  return block;
}

Json BlockWriter::result(ToolResult& result) {
  Json block{{"type", "tool_result"}, {"tool_use_id", fitting_id(result.call_id)}};
  Json content = Json::array();
  for (Part& part : result.parts)
    append(part, content);
  // "content cannot be empty if is_error is true"
  if (content.empty() && result.is_error)
    content.push_back(Json{{"type", "text"}, {"text", "(no output)"}});
  bool is_plain =
      content.size() == 1 && content[0]["type"] == "text" && !content[0].contains("cache_control");
  if (is_plain)
    block["content"] = std::move(content[0]["text"]);
  else if (!content.empty())
    block["content"] = std::move(content);
  if (result.is_error) block["is_error"] = true;
  return block;
}

Json BlockWriter::reasoning(Reasoning& reasoning) {
  if (reasoning.state.redacted)
    return Json{{"type", "redacted_thinking"}, {"data", std::move(reasoning.state.blob)}};
  return Json{{"type", "thinking"},
              {"thinking", std::move(reasoning.text)},
              {"signature", std::move(reasoning.state.blob)}};
}

}  // namespace litegw::providers::anthropic
