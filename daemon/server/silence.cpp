#include "daemon/server/silence.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/dialects/cursor/answers.h"
#include "daemon/server/completion.h"
#include "daemon/server/exchange.h"
#include "daemon/server/outcome.h"
#include "daemon/server/services.h"

namespace litegw::server {
namespace {

constexpr Duration longest_delay = minutes(2);

Result<Duration> parse_delay(std::string_view text) {
  Result<Duration> delay = parse_duration(text);
  if (delay && *delay <= longest_delay) return delay;
  return make_error(ErrorCode::invalid_request,
                    fmt::format("{}: '{}' is no duration up to {}", delay_header,
                                escape_control(shorten(text, 40)), to_text(longest_delay)));
}

dialects::AnswerOptions answer_options(const Exchange& exchange) {
  dialects::AnswerOptions options;
  options.id = "chatcmpl-" + exchange.request_id().substr(4);  // "req_"
  options.model = "litegw-test";
  options.created = exchange.started().time_since_epoch() / seconds(1);
  options.request_id = exchange.request_id();
  return options;
}

Status begin(Exchange& exchange, const std::string& delay) {
  const std::array fields{
      http::Field{"Content-Type", "text/event-stream; charset=utf-8"},
      http::Field{"Cache-Control", "no-cache, no-transform"},
      http::Field{"X-Accel-Buffering", "no"},
      http::Field{delay_header, delay},
  };
  const std::span<const http::Field> headers(fields);
  return exchange.begin(200, headers);
}

// Comments until the time is over, or somebody ends it.
net::Task<Status> stay_silent(Exchange& exchange, Services& services, Duration delay) {
  net::Timer timer(services.executor);
  auto interrupted = [&timer](Interruption) {
    timer.cancel();
  };
  const ClientWatch watch = exchange.watch_client(std::move(interrupted));
  const auto end = net::Clock::now() + delay;
  const Duration keepalive = exchange.config()->cursor.keepalive;
  Status sent;
  while (sent && exchange.interruption() == Interruption::none && net::Clock::now() < end) {
    timer.expires_at(std::min(end, net::Clock::now() + keepalive));
    co_await timer.async_wait(net::nothrow);
    if (exchange.interruption() != Interruption::none || net::Clock::now() >= end) break;
    const std::string_view ping = ": ping\n\n";
    sent = co_await exchange.write(ping);
  }
  co_return sent;
}

net::Task<void> serve_silence(Exchange& exchange, Services& services, std::string asked) {
  Outcome outcome(exchange, services);
  outcome.row.shape = "test";
  const Result<Duration> delay = parse_delay(asked);
  Status sent = delay ? Status() : Status(delay.error());
  if (sent) {
    const auto body = co_await exchange.read_body();
    if (!body) sent = body.error();
  }
  if (!sent) {
    outcome.refused(sent.error());
    co_await exchange.respond(sent.error());
    co_return;
  }
  const auto options = answer_options(exchange);
  sent = begin(exchange, asked);
  const std::string first = ": litegw\n\n" + dialects::cursor::silence_begin(options);
  if (sent) sent = co_await exchange.write(first);
  if (sent) sent = co_await stay_silent(exchange, services, *delay);
  const std::string last = dialects::cursor::silence_end(options);
  if (sent && exchange.interruption() != Interruption::client_gone)
    sent = co_await exchange.write(last);
  if (sent) sent = co_await exchange.end();
  if (sent && exchange.interruption() == Interruption::none)
    outcome.finished();
  else
    outcome.failed(requestlog::Outcome::client_closed,
                   make_error(ErrorCode::client_closed, "the client closed the connection"));
}

}  // namespace

net::Task<void> serve_cursor_chat(Exchange& exchange, Services& services) {
  const auto asked = exchange.head().fields.find(delay_header);
  if (asked) {
    std::string delay(*asked);
    co_await serve_silence(exchange, services, std::move(delay));
    co_return;
  }
  co_await serve_completion(exchange, services);
}

}  // namespace litegw::server
