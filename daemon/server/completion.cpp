#include "daemon/server/completion.h"

#include <array>
#include <mutex>
#include <set>

#include <spdlog/spdlog.h>

#include "common/base/json.h"
#include "common/base/text.h"
#include "daemon/auth/identify.h"
#include "daemon/dialects/cursor/answers.h"
#include "daemon/dialects/cursor/capture.h"
#include "daemon/dialects/cursor/shape.h"
#include "daemon/dialects/messages/encode.h"
#include "daemon/routing/plan.h"
#include "daemon/server/completion_call.h"
#include "daemon/server/errors.h"
#include "daemon/server/outcome.h"
#include "daemon/server/relay.h"
#include "daemon/server/translation.h"
#include "daemon/store/captures.h"
#include "daemon/upstream/client.h"

namespace litegw::server {

namespace {

// So long an upstream may go on for a client that has left, for the sake of its usage.
constexpr seconds longest_drain{60};

// Of the keys whose paths are mended. Any event loop.
bool is_first_of(const std::string& key) {
  constexpr std::size_t most = 1000;
  static std::mutex mutex;
  static std::set<std::string> seen;
  const std::lock_guard lock(mutex);
  if (seen.size() >= most) seen.clear();
  return seen.insert(key).second;
}

}  // namespace

net::Task<void> Completion::serve(Exchange& exchange, Services& services) {
  Completion self(exchange, services);
  auto body = exchange.body_at_hand();
  if (!body) body = co_await exchange.read_body();
  const Status ready = self.accept(*body);
  if (!ready) {
    co_await self.refuse(ready.error());
    co_return;
  }
  if (self.is_probe_) {
    co_await self.answer_probe();
    co_return;
  }
  co_await self.try_deployments();
}

// Once for each key, as far as they are remembered. Variable parts of paths are not looked at.
void Completion::warn_path() const {
  const std::string_view canonical = exchange_.route().path;
  const std::string_view sent = exchange_.head().path;
  if (sent == canonical || canonical.ends_with("/{}")) return;
  const std::string& key = exchange_.principal().key_id;
  if (is_first_of(key))
    spdlog::warn("key={} posts to {}: its base URL should make that {}", key,
                 shorten(escape_control(sent), 200), canonical);
}

Status Completion::accept(const Result<std::string_view>& body) {
  if (!body) return body.error();
  if (!services_.store.accepts_requests())
    return make_error(ErrorCode::store_full, "the request log cannot take more rows",
                      "free space in store.path, or set store.on_full: allow");
  body_ = *body;
  warn_path();
  if (const Status understood = understand(); !understood) return understood;
  return allow();
}

Status Completion::understand() {
  dialects::chat::ScanRules rules;
  rules.accept_input = true;  // what a body is shows only in the body
  auto scanned = dialects::chat::scan(state_.reader, body_, rules);
  if (!scanned) {
    const Error& error = scanned.error();
    const bool is_empty = error.param == "messages" && error.code == ErrorCode::missing_parameter;
    if (is_empty && dialect_ == providers::Dialect::responses)
      return make_error(ErrorCode::missing_parameter, "'input' is missing", {}, "input");
    return cursor_ && is_empty ? dialects::cursor::no_content() : error;
  }
  scan_ = std::move(*scanned);
  // On Azure's paths the deployment stands in the path, and the body's model is a label.
  if (exchange_.route().path.starts_with("/openai/deployments/")) {
    constexpr std::string_view suffix = "/chat/completions";
    scan_.model = exchange_.parameter();
    if (!scan_.model.ends_with(suffix))
      return make_error(ErrorCode::route_not_found, "no such path; use /chat/completions");
    scan_.model.resize(scan_.model.size() - suffix.size());
  }
  requestlog::Row& row = outcome_.row;
  row.asked_model = shorten(escape_control(scan_.model), 256);
  row.stream = scan_.stream;
  row.end_user = shorten(scan_.user, 256);
  row.service_tier = shorten(scan_.service_tier, 32);
  const bool is_plain = dialect_ == providers::Dialect::chat && !cursor_ && scan_.has_messages;
  return is_plain ? Status() : parse();
}

Status Completion::parse() {
  if (cursor_ && exchange_.config()->cursor.capture) capture();
  auto read = read_client_body(exchange_, body_);
  if (!read) return read.error();
  client_ = std::make_unique<ClientBody>(std::move(*read));
  outcome_.row.shape = client_->shape;
  outcome_.row.session = shorten(escape_control(client_->request.conversation), 128);
  return {};
}

// For an operator who wants to know what Cursor sends; texts and keys are not in it.
void Completion::capture() const {
  const http::RequestHead& head = exchange_.head();
  Json kept{{"time", to_rfc3339(exchange_.started(), true)}, {"request", exchange_.request_id()}};
  kept["path"] = exchange_.route().path;
  if (const auto agent = head.fields.find("user-agent"))
    kept["user_agent"] = shorten(escape_control(*agent), 200);
  kept["body"] = dialects::cursor::redacted_body(body_);
  const auto started = exchange_.started().time_since_epoch() / milliseconds(1);
  services_.store.captures().keep(std::to_string(started) + "-" + exchange_.request_id(),
                                  dump_pretty(kept) + "\n");
}

Status Completion::allow() {
  const config::Config& config = *exchange_.config();
  const std::string asked(auth::aliased(exchange_.principal(), scan_.model));
  auto resolved = config::resolve_model(config, asked);
  if (!resolved && cursor_) resolved = resolve_for_cursor(asked);
  if (is_probe_) return {};
  // Cursor shows the text of a 404: what does not exist is told with what does.
  const bool is_nothing = !resolved && !config.unsupported_models.contains(asked);
  if (cursor_ && is_nothing) return unknown_model(asked);
  Status allowed =
      auth::allow(exchange_.principal(), named_.name.empty() ? scan_.model : named_.name,
                  resolved ? resolved->name : asked, config);
  if (!allowed) return allowed;
  if (!resolved || resolved->deployments.empty()) return unknown_model(asked);
  resolved_ = std::move(*resolved);
  outcome_.row.model = resolved_.name;
  model_json_ = dialects::quote(scan_.model);
  return {};
}

// Cursor's picker appends to names, and sends built-in ones to us as well.
std::optional<config::Resolved> Completion::resolve_for_cursor(const std::string& asked) {
  const config::Config& config = *exchange_.config();
  auto named = find_suffixed_model(config, exchange_.principal(), asked);
  const config::CursorSettings& settings = config.cursor;
  if (!named && settings.unknown_model != "error") {
    named.emplace();
    named->name = settings.unknown_model;
  }
  if (named) {
    named_ = std::move(*named);
    if (client_) dialects::cursor::apply_suffix(named_, client_->request);
    return config::resolve_model(config, named_.name);
  }
  is_probe_ =
      settings.verify_stub && client_ && dialects::cursor::is_verify_probe(client_->request);
  return std::nullopt;
}

net::Task<void> Completion::answer_probe() {
  outcome_.row.shape = "verify";
  const auto options = answer_options(*client_, exchange_, scan_.model);
  const std::string body = dialects::cursor::verify_reply(options);
  const std::array fields{http::Field{"Content-Type", "application/json"}};
  const std::span<const http::Field> headers(fields);
  const Status sent = co_await exchange_.respond(200, headers, body);
  if (sent) outcome_.finished();
}

net::Task<void> Completion::answer_cursor(const std::string& stream, const std::string& whole) {
  const bool streams = client_->request.stream;
  const std::string_view type = streams ? "text/event-stream; charset=utf-8" : "application/json";
  const std::array fields{http::Field{"Content-Type", type}};
  const std::span<const http::Field> headers(fields);
  const std::string_view body = streams ? stream : whole;
  co_await exchange_.respond(200, headers, body);
}

// Cursor compacts its context by the usage it is told, not by an error.
net::Task<void> Completion::answer_overflow() {
  const auto options = answer_options(*client_, exchange_, scan_.model);
  const std::string stream = dialects::cursor::overflow_stream(options);
  const std::string whole = dialects::cursor::overflow_reply(options);
  co_await answer_cursor(stream, whole);
}

// cursor.errors: inline.
net::Task<void> Completion::answer_inline(const std::string& message) {
  const auto options = answer_options(*client_, exchange_, scan_.model);
  const std::string text = message.starts_with("litegw:") ? message : "litegw: " + message;
  const std::string stream = dialects::cursor::error_stream(options, text);
  const std::string whole = dialects::cursor::error_reply(options, text);
  co_await answer_cursor(stream, whole);
}

Error Completion::unknown_model(const std::string& asked) const {
  const auto& unsupported = exchange_.config()->unsupported_models;
  const auto found = unsupported.find(asked);
  if (found != unsupported.end())
    return make_error(ErrorCode::unsupported_provider,
                      "model '" + asked + "' is served by '" + found->second +
                          "', which this version of litegw cannot talk to yet",
                      "", "model");
  if (cursor_)
    return make_error(
        ErrorCode::unknown_model,
        "no model is called '" + shorten(escape_control(scan_.model), 128) +
            "'; this key may call: " + callable_models(*exchange_.config(), exchange_.principal()),
        "", "model");
  // LiteLLM's words, which begin with the path on this route.
  const std::string_view path =
      dialect_ == providers::Dialect::chat ? "/chat/completions: " : std::string_view();
  return make_error(ErrorCode::unknown_model,
                    std::string(path) + "Invalid model name passed in model=" +
                        shorten(escape_control(scan_.model), 128) +
                        ". Call `/v1/models` to view available models for your key.",
                    "", "model");
}

// Steps 7 to 10. The next deployment is tried only while nothing has reached the client.
net::Task<void> Completion::try_deployments() {
  auto interruption = [this](Interruption) {
    interrupted();
  };
  const ClientWatch watch = exchange_.watch_client(std::move(interruption));
  auto random = [this] {
    return std::uniform_real_distribution<double>()(state_.random);
  };
  const std::function<double()> chance(random);
  const auto plan = routing::plan(*exchange_.config(), resolved_.deployments, chance);
  MaybeFailure failure;
  TargetList targets;
  for (const std::size_t index : plan) {
    const auto& deployment = exchange_.config()->deployments[index];
    auto target = state_.targets.find(exchange_.config(), services_.prices, index,
                                      config::upstream_model_name(deployment, resolved_));
    if (target)
      targets.push_back(std::move(*target));
    else
      failure = failure_of(target.error());
  }
  if (!targets.empty() && !counts_only(exchange_)) {  // to count costs nothing
    Status admitted = admit(targets);
    if (admitted && outcome_.spending.must_wait())
      admitted = co_await outcome_.spending.journalled();
    if (!admitted) {
      co_await refuse(admitted.error());
      co_return;
    }
  }
  for (const TargetPtr& target : targets) {
    const auto start = net::Clock::now();
    failure = co_await ask_target(target);
    note_attempt(start, failure);
    if (!failure) co_return;
    if (!failure->fall_back || exchange_.interruption() != Interruption::none) break;
  }
  co_await answer(*failure);
}
void Completion::interrupted() {
  const bool client_gone = exchange_.interruption() == Interruption::client_gone;
  if (client_gone && outcome_.drains()) return drain_limit_.expires_after(longest_drain);
  if (source_ != nullptr) source_->abort();
}

// A held stream should hold nothing of its request.
void Completion::release() {
  exchange_.release_request();
  body_ = {};
  scan_ = {};
  spliced_ = {};
  if (client_) client_->request = {};
}

net::Task<void> Completion::answer(const Failure& failure) {
  const Error error = make_error(failure.code, failure.message);
  outcome_.failed(requestlog::Outcome::upstream_failed, error);
  if (exchange_.interruption() == Interruption::client_gone) co_return exchange_.abort();
  const bool is_overflow = failure.kind == providers::FailureKind::context_too_long;
  const bool usage_tells =
      exchange_.config()->cursor.context_overflow == config::ContextOverflow::usage;
  if (is_overflow && usage_tells && cursor_ && client_) {
    co_await answer_overflow();
    co_return;
  }
  const bool is_ours = cursor_ && failure.upstream_status == 0;
  std::string message = (is_ours ? "litegw: " : "") + failure.message;
  if (cursor_) message += " (" + exchange_.request_id() + ")";
  const int status = cursor_ ? providers::cursor_status(failure) : failure.status;
  const bool is_hidden = status == 429 || status >= 500;
  const bool tells_inline =
      exchange_.config()->cursor.errors == config::CursorErrors::inline_text && is_hidden;
  if (tells_inline && cursor_ && client_ && dialect_ == providers::Dialect::chat) {
    co_await answer_inline(message);
    co_return;
  }
  const std::string code = failure.error_code.empty() ? std::to_string(status) : failure.error_code;
  Json inner = {{"message", message}, {"type", failure.type}};
  inner["param"] = failure.param.empty() ? Json() : Json(failure.param);
  inner["code"] = code;
  std::string body = dump(Json{{"error", std::move(inner)}});
  if (dialect_ == providers::Dialect::messages)
    body = dialects::messages::error_body(error, exchange_.request_id());
  std::vector<http::Field> headers{{"Content-Type", "application/json"}};
  headers.reserve(failure_headers_.size() + 1);
  for (const auto& [name, value] : failure_headers_)
    headers.push_back({name, value});
  const std::span<const http::Field> fields(headers);
  co_await exchange_.respond(status, fields, body);
}

net::Task<void> Completion::refuse(const Error& error) {
  outcome_.refused(error);
  std::vector<http::Field> headers;
  headers.reserve(failure_headers_.size());
  for (const auto& [name, value] : failure_headers_)
    headers.push_back({name, value});
  const std::span<const http::Field> more(headers);
  co_await exchange_.respond(error, more);
}

net::Task<void> serve_completion(Exchange& exchange, Services& services) {
  if (services.completions == nullptr) services.completions = std::make_shared<CompletionState>();
  return Completion::serve(exchange, services);
}

}  // namespace litegw::server
