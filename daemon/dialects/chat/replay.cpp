#include "daemon/dialects/chat/replay.h"

#include "common/base/json.h"

namespace litegw::dialects::chat {
namespace {

Json member(const Json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() ? *found : Json();
}

// A message becomes one delta; in deltas tool calls are numbered.
Json delta_of(const Json& message) {
  if (!message.is_object()) return Json::object();
  Json delta = message;
  const auto calls = delta.find("tool_calls");
  if (calls == delta.end() || !calls->is_array()) return delta;
  int index = 0;
  for (Json& call : *calls)
    if (call.is_object()) call["index"] = index++;
  return delta;
}

}  // namespace

std::string as_stream(std::string_view answer) {
  JsonLimits lenient;
  lenient.refuse_duplicate_names = false;
  const auto parsed = parse_json(answer, lenient);
  if (!parsed || !parsed->is_object()) return {};
  Json chunk = *parsed;
  chunk["object"] = "chat.completion.chunk";
  const Json choices = member(*parsed, "choices");
  const Json usage = member(*parsed, "usage");
  chunk.erase("usage");
  std::string out;
  const auto write = [&](Json list) {
    chunk["choices"] = std::move(list);
    out += "data: " + dump(chunk) + "\n\n";
  };
  for (const Json& choice : choices) {
    Json said = {{"index", member(choice, "index")},
                 {"delta", delta_of(member(choice, "message"))}};
    said["finish_reason"] = nullptr;
    write(Json::array({std::move(said)}));
    Json stopped = {{"index", member(choice, "index")}, {"delta", Json::object()}};
    const Json reason = member(choice, "finish_reason");
    stopped["finish_reason"] = reason.is_string() ? reason : Json("stop");
    write(Json::array({std::move(stopped)}));
  }
  if (usage.is_object()) {
    chunk["usage"] = usage;
    write(Json::array());
  }
  return out + "data: [DONE]\n\n";
}

}  // namespace litegw::dialects::chat
