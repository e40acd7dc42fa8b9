#include "daemon/server/health.h"

#include <array>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "common/base/text.h"
#include "daemon/server/errors.h"
#include "daemon/server/exchange.h"
#include "daemon/server/services.h"

namespace litegw::server {
namespace {

constexpr std::array json_headers{http::Field{"Content-Type", "application/json"}};

// A bad path must be readable in an answer and in a log line.
std::string shown(std::string_view path) {
  return shorten(escape_control(path), 200);
}

}  // namespace

net::Task<void> serve_alive(Exchange& exchange, Services&) {
  co_await exchange.respond(200, json_headers, "\"I'm alive!\"");
}

net::Task<void> serve_ready(Exchange& exchange, Services& services) {
  std::string_view body = R"({"status":"healthy","db":"connected"})";
  const bool full = !services.store.accepts_requests();
  if (full) body = R"({"status":"unhealthy","db":"full"})";
  if (services.draining) body = R"({"status":"draining","db":"connected"})";
  const int status = services.draining || full ? 503 : 200;
  co_await exchange.respond(status, json_headers, body);
}

net::Task<void> serve_cursor_probe(Exchange& exchange, Services&) {
  co_await exchange.respond(200, json_headers, R"({"object":"litegw.cursor","ok":true})");
}

net::Task<void> serve_preflight(Exchange& exchange, Services&) {
  co_await exchange.respond(204, {}, {});
}

net::Task<void> refuse_path(Exchange& exchange, Services&) {
  Error error = make_error(ErrorCode::route_not_found,
                           fmt::format("There is no route {}.", shown(exchange.head().path)));
  // cursor-agent says "The provided API key is invalid" whatever it is answered.
  if (exchange.head().path.ends_with("/auth/exchange_user_api_key"))
    spdlog::warn("cursor-agent CLI cannot use a gateway: request {} asked for {}",
                 exchange.request_id(), shown(exchange.head().path));
  if (exchange.route().style == Style::cursor)
    error.hint =
        "Valid: POST /cursor/chat/completions, POST /cursor/v1/chat/completions, "
        "GET /cursor/models, GET /cursor/v1/models";
  co_await exchange.respond(error);
}

net::Task<void> refuse_method(Exchange& exchange, Services&) {
  const Error error =
      make_error(ErrorCode::method_not_allowed,
                 fmt::format("{} is not served on {}: allowed are {}.", exchange.head().method,
                             shown(exchange.head().path), exchange.parameter()));
  const std::string body = error_body(error, exchange.route().style, exchange.request_id());
  const std::array headers{http::Field{"Content-Type", "application/json"},
                           http::Field{"Allow", exchange.parameter()}};
  co_await exchange.respond(405, headers, body);
}

}  // namespace litegw::server
