// Message content in any of the spellings clients mix: Chat parts, Responses parts, Anthropic
// blocks. Used by the three request parsers, item by item.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/json.h"
#include "daemon/dialects/neutral/reader.h"
#include "daemon/dialects/neutral/request.h"

namespace litegw::dialects {

struct ContentReader {
  Reader& reader;
  std::vector<std::string>& warnings;

  // A string, null, a list of parts, or one part. True when it was a list.
  bool read(Json& value, const Place& at, std::vector<Part>& out);
  // The same of a tool's result, where any other object is data and becomes its JSON text.
  void read_result(Json& value, const Place& at, std::vector<Part>& out);
  // One part or block. Unknown types become a text that names them.
  void part(Json& value, const Place& at, std::vector<Part>& out);
  // {"type":"thinking"|"redacted_thinking", ...}; also LiteLLM's `thinking_blocks`.
  void thinking(Json& block, const Place& at, std::vector<Part>& out);
  // The `cache_control` or `prompt_cache_breakpoint` of an object.
  std::optional<CacheMark> cache_mark(Json& object, const Place& at);

 private:
  void image(Json& object, const Place& at, Part& part);
  void file(Json& object, const Place& at, Part& part);
  void source(Json& object, const Place& at, Media& media);
  void tool_use(Json& block, const Place& at, Part& part);
  void tool_result(Json& block, const Place& at, Part& part);
};

// "data:image/png;base64,..." becomes bytes; anything else stays a URL.
void set_url(Media& media, std::string url);
// What the bytes are by their first ones ("iVBORw0KGgo" is PNG), else `stated`: providers refuse a
// wrong type.
std::string sniff_mime(std::string_view base64, std::string_view stated);

// Arguments as text: a string as it is, an object written out; empty when there are none.
std::string arguments_text(Json* value, Reader& reader, const Place& at);
// Those of a call in history as an object: what a cut answer left is no JSON, and is kept as
// {"_raw":"..."}, since servers that read the arguments fail over it.
Json arguments_object(std::string arguments);
// The same as text, unchanged when it is an object already.
std::string object_text(std::string arguments);

// What stands in a text file that came as data; empty for any other file.
std::string plain_text(const Media& media);

// What another provider reads in place of one's own block.
std::string unsupported_text(const Opaque& opaque);

// All text parts that are not empty, joined.
std::string joined_text(const std::vector<Part>& parts, std::string_view separator);
bool is_blank(std::string_view text);

// It holds nothing that a model could read.
bool says_nothing(const Message& message);
bool says_nothing(const Request& request);

}  // namespace litegw::dialects
