#include "daemon/server/verify_probe.h"

#include "common/base/json.h"
#include "daemon/dialects/cursor/shape.h"

namespace litegw::server {
namespace {

// The probe has about 200 bytes; larger bodies are not worth reading.
constexpr std::size_t longest_probe = 4096;

}  // namespace

std::optional<std::string> verify_reply(std::string_view body, const std::string& request_id,
                                        Time now) {
  if (body.size() > longest_probe) return std::nullopt;
  Result<Json> json = parse_json(body);
  if (!json) return std::nullopt;
  const Json model = json->value("model", Json());
  const auto parsed = dialects::cursor::parse(std::move(*json), false);
  if (!parsed || !dialects::cursor::is_verify_probe(parsed->request)) return std::nullopt;
  Json message = {{"role", "assistant"}, {"content", "hi"}};
  Json choice = {{"index", 0}, {"message", std::move(message)}, {"finish_reason", "stop"}};
  Json reply = Json::object();
  reply["id"] = "chatcmpl-" + request_id;
  reply["object"] = "chat.completion";
  reply["created"] = now.time_since_epoch() / seconds(1);
  reply["model"] = model;
  reply["choices"] = Json::array({std::move(choice)});
  reply["usage"] = {{"prompt_tokens", 20}, {"completion_tokens", 1}, {"total_tokens", 21}};
  return dump(reply);
}

}  // namespace litegw::server
