#include "cmd/gateway/problem.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "cmd/gateway/troubleshooting.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

using Kind = Problem::Kind;
using ClientKind = http::ClientError::Kind;

// `code` and `type` of error objects that speak about the key; litegw's, LiteLLM's and OpenAI's.
constexpr std::array<std::string_view, 13> key_words{"invalid_api_key",
                                                     "missing_key",
                                                     "malformed_key",
                                                     "invalid_key",
                                                     "expired_key",
                                                     "blocked_key",
                                                     "auth_error",
                                                     "token_not_found",
                                                     "key_model_access_denied",
                                                     "team_model_access_denied",
                                                     "user_model_access_denied",
                                                     "model_not_allowed",
                                                     "authentication_error"};
constexpr std::array<std::string_view, 3> model_words{"model_not_found", "unknown_model",
                                                      "invalid model name"};

struct ErrorWords {
  std::string message;
  std::string all;  // code, type and message in lower case
};

ErrorWords words_of(const http::Response& response) {
  ErrorWords words;
  Result<Json> json = parse_json(response.body);
  if (!json || !json->is_object()) return words;
  const Json* error = json->contains("error") ? &(*json)["error"] : &*json;
  if (error->is_string()) words.message = error->get<std::string>();
  if (!error->is_object()) return words;
  auto text = [&](const char* name) {
    auto found = error->find(name);
    return found != error->end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  words.message = text("message").empty() ? text("detail") : text("message");
  words.all = to_lower(text("code") + " " + text("type") + " " + words.message);
  return words;
}

template <std::size_t size>
bool speaks_of(const ErrorWords& words, const std::array<std::string_view, size>& any) {
  return std::any_of(any.begin(), any.end(), [&](std::string_view word) {
    return words.all.find(word) != std::string::npos;
  });
}

bool is_web_page(const http::Response& response) {
  std::string type = to_lower(response.find("content-type").value_or(""));
  return type.find("html") != std::string::npos ||
         trim(response.body).substr(0, 14).find("<!") == 0;
}

std::string server_of(const http::Response& response) {
  std::string server = response.find("server").value_or("");
  return server.empty() ? "a web server" : shorten(server, 40);
}

Problem redirect(const http::Response& response) {
  std::string target = response.find("location").value_or("nowhere");
  return {Kind::wrong_place,
          fmt::format("status {}: sent on to {}", response.status, shorten(target, 200)),
          "clients do not follow it with a POST: paste the address it leads to", row::path};
}

Problem web_page(const http::Response& response) {
  std::string seen =
      fmt::format("status {}, a web page of {}", response.status, server_of(response));
  switch (response.status) {
    case 400:
      if (response.body.find("HTTPS port") == std::string::npos) break;
      return {Kind::wrong_place, seen + ": this port speaks TLS",
              "paste https:// instead of http://", row::tls};
    case 401:
    case 403:
      return {Kind::other, seen,
              "a firewall, a bot rule or a login of the proxy refuses: exempt this path",
              row::firewall};
    case 413:
      return {Kind::other, seen, "allow larger bodies: nginx client_max_body_size 64m",
              row::body_size};
    case 502:
    case 503:
      return {Kind::other, seen,
              "the proxy answers, the gateway behind it does not: is it running where the proxy "
              "sends to?",
              row::hidden_error};
    case 504:
    case 524:
      return {Kind::other, seen, "the proxy gave up waiting: nginx proxy_read_timeout 3600s",
              row::buffering};
    default:
      break;
  }
  return {Kind::wrong_place, seen, "no gateway answers there: is the path of the base URL right?",
          row::path};
}

}  // namespace

std::string answer_text(const http::Response& response) {
  std::string text = fmt::format("status {}", response.status);
  ErrorWords words = words_of(response);
  return words.message.empty() ? text : text + ": " + shorten(words.message, 200);
}

Problem problem_of(const http::ClientError& error) {
  switch (error.kind) {
    case ClientKind::interrupted:
      return {Kind::interrupted, error.message, "", row::none};
    case ClientKind::closed:
      return {Kind::other, error.message,
              "something on the way cuts long answers: see its read and idle timeouts (nginx "
              "proxy_read_timeout 3600s)",
              row::buffering};
    case ClientKind::timeout:
      return {
          Kind::other, error.message,
          "the provider or something on the way is too slow: litegw log tail -n 5, or --timeout",
          row::buffering};
    default:
      return {Kind::other, error.message, "try again with curl -v", row::none};
  }
}

std::optional<Problem> problem_of(const http::Response& response) {
  if (response.status >= 300 && response.status < 400) return redirect(response);
  if (is_web_page(response)) return web_page(response);
  if (response.status < 300) return std::nullopt;
  ErrorWords words = words_of(response);
  Problem problem{Kind::other, answer_text(response), "litegw log show last tells the cause",
                  row::none};
  if (words.all.find("budget") != std::string::npos) {
    problem.fix = "its budget is spent: litegw key show KEY, litegw key update KEY --budget";
    problem.row = row::key;
  } else if (response.status == 401 || response.status == 403 || speaks_of(words, key_words)) {
    problem.kind = Kind::key_refused;
    problem.fix = "litegw key show KEY: is it of this gateway, active, and may it call this model?";
    problem.row = row::key;
  } else if (speaks_of(words, model_words)) {
    problem.kind = Kind::unknown_model;
    problem.fix = "litegw model list shows the names; or leave --model out";
    problem.row = row::unknown_model;
  } else if (response.status == 413) {
    problem.fix = "allow larger bodies: server.max_body, nginx client_max_body_size";
    problem.row = row::body_size;
  } else if (response.status == 404 || response.status == 405) {
    problem.kind = Kind::wrong_place;
    problem.fix = "is the path of the base URL right? for litegw it ends in /cursor or /v1";
    problem.row = row::path;
  } else if (response.status == 429) {
    problem.fix = "a limit of the key or the provider: litegw key show KEY, litegw log tail";
    problem.row = row::hidden_error;
  } else if (response.status >= 500) {
    problem.fix = "the provider failed: litegw log show last, litegw model show MODEL";
    problem.row = row::hidden_error;
  }
  return problem;
}

}  // namespace litegw::cmd
