#include "cmd/control_client.h"

#include <optional>

#include <fmt/format.h>

namespace litegw::cmd {
namespace {

// A control answer is small but for the log; rows are at most a few KiB each.
constexpr Duration silence_while_following = seconds(45);

std::optional<std::string_view> if_sent(const std::string& header) {
  if (header.empty()) return std::nullopt;
  return header;
}

}  // namespace

std::string ControlClient::with_query(std::string_view path, const std::string& query) {
  return query.empty() ? std::string(path) : fmt::format("{}?{}", path, query);
}

Error ControlClient::unreadable(const Error& error) {
  return make_error(ErrorCode::internal,
                    fmt::format("litegwd's answer cannot be read: {}", error.message),
                    "are litegw and litegwd of one version? litegw version");
}

Status ControlClient::judge(const Reply& reply) {
  Status version = control::check_api_version(if_sent(reply.api), reply.version);
  if (!version) return version.error();
  if (reply.status >= 200 && reply.status < 300) return {};
  control::ErrorAnswer answer = control::parse_error_answer(reply.status, reply.body);
  problems_ = std::move(answer.problems);
  return answer.error;
}

Result<Json> ControlClient::call(std::string_view method, std::string target, std::string body) {
  problems_.clear();
  Result<Reply> reply =
      transport_.exchange(Ask{std::string(method), std::move(target), std::move(body), timeout_});
  if (!reply) return reply.error();
  Status status = judge(*reply);
  if (!status) return status.error();
  Result<Json> json = parse_json(reply->body);
  if (!json) return unreadable(json.error());
  return json;
}

Status ControlClient::follow(std::string_view path, const std::string& query,
                             const std::function<bool(const Json& item)>& on_item) {
  problems_.clear();
  std::optional<Error> broken;
  auto on_line = [&](std::string_view line) {
    if (line.empty()) return true;
    Result<Json> item = parse_json(line);
    if (item) return on_item(*item);
    broken = unreadable(item.error());
    return false;
  };
  Ask ask{"GET", with_query(path, query), {}, silence_while_following};
  Result<Reply> reply = transport_.follow(ask, on_line);
  if (broken) return *broken;
  if (!reply) return reply.error();
  return judge(*reply);
}

}  // namespace litegw::cmd
