#include "daemon/server/translation.h"

#include <utility>

#include "common/base/json.h"
#include "common/base/text.h"
#include "daemon/auth/identify.h"
#include "daemon/dialects/chat/usage.h"
#include "daemon/dialects/cursor/shape.h"
#include "daemon/providers/compatible/models.h"

namespace litegw::server {

using providers::Dialect;

Dialect client_dialect(const Exchange& exchange) {
  const std::string_view path = exchange.route().path;
  if (path.ends_with("/responses")) return Dialect::responses;
  return path.find("/messages") != std::string_view::npos ? Dialect::messages : Dialect::chat;
}

bool counts_only(const Exchange& exchange) {
  return exchange.route().path.ends_with("/count_tokens");
}

bool is_cursor(const Exchange& exchange) {
  if (exchange.route().style == Style::cursor) return true;
  const auto agent = exchange.head().fields.find("user-agent");
  return agent && agent->starts_with("Cursor/") && client_dialect(exchange) == Dialect::chat;
}

Result<ClientBody> read_client_body(const Exchange& exchange, std::string_view body) {
  ClientBody client;
  client.dialect = client_dialect(exchange);
  client.cursor = is_cursor(exchange);
  if (client.dialect != Dialect::chat) {
    Result<dialects::Request> request =
        providers::parse_request(client.dialect, body, counts_only(exchange));
    if (!request) return request.error();
    client.request = std::move(*request);
    client.shape = client.dialect == Dialect::responses ? "responses" : "anthropic";
    return client;
  }
  Result<Json> parsed = parse_json(body);
  if (!parsed) return parsed.error();
  const bool repair = !client.cursor || exchange.config()->cursor.repair_history;
  auto read = dialects::cursor::parse(std::move(*parsed), repair);
  if (!read) return read.error();
  client.request = std::move(read->request);
  client.shape = read->shape == dialects::cursor::Shape::chat ? "chat" : "responses";
  return client;
}

namespace {

std::vector<std::string> visible_models(const config::Config& config,
                                        const auth::Principal& principal) {
  std::vector<std::string> visible;
  auto add = [&](const std::string& name) {
    const auto resolved = config::resolve_model(config, name);
    if (resolved && auth::allow(principal, name, resolved->name, config).has_value())
      visible.push_back(name);
  };
  for (const auto& [name, deployments] : config.models)
    add(name);
  for (const auto& [alias, served] : config.aliases)
    add(alias);
  return visible;
}

}  // namespace

std::optional<dialects::cursor::NamedModel> find_suffixed_model(const config::Config& config,
                                                                const auth::Principal& principal,
                                                                const std::string& asked) {
  return dialects::cursor::find_model(asked, visible_models(config, principal));
}

std::string callable_models(const config::Config& config, const auth::Principal& principal) {
  constexpr std::size_t most = 10;
  std::vector<std::string> names = visible_models(config, principal);
  if (names.size() > most) names.resize(most);
  return names.empty() ? "none" : join(names, ", ");
}

namespace {

providers::Target describe(const Target& target) {
  providers::Target described;
  described.model = target.upstream_model;
  described.deployment = target.deployment->id;
  const std::string_view provider = target.provider->name;
  const bool is_chat = target.dialect == Dialect::chat;
  const bool has_own_base = !target.deployment->api_base.empty();
  const bool copied = has_own_base && providers::compatible::is_foreign(target.upstream_model);
  described.is_openrouter =
      is_chat && (provider == "openrouter" || target.url.host.ends_with("openrouter.ai"));
  described.compatible = is_chat && (provider != "openai" || copied || described.is_openrouter);
  described.wants_reasoning_text =
      is_chat && (provider == "deepseek" || target.url.host.ends_with("api.deepseek.com"));
  if (described.is_openrouter)
    described.call_states = dialects::CallStates::own;
  else if (described.compatible)
    described.call_states = providers::compatible::call_states_of(target.upstream_model);
  described.ask_usage = target.provider->ask_usage;
  return described;
}

// The deployment's own parameters count where the client gave none.
void add_defaults(const Json& defaults, Json& body) {
  if (!defaults.is_object()) return;
  for (const auto& [name, value] : defaults.items())
    if (!body.contains(name)) body[name] = value;
}

Result<PreparedCall> pass_on(const ClientBody& client, std::string_view raw, const Target& target) {
  Result<Json> body = parse_json(raw);
  if (!body) return body.error();
  (*body)["model"] = target.upstream_model;
  // What the budget leaves may be less than was asked for.
  if (client.request.max_output)
    (*body)[client.dialect == Dialect::messages ? "max_tokens" : "max_output_tokens"] =
        *client.request.max_output;
  add_defaults(target.deployment->default_params, *body);
  PreparedCall call;
  call.body = dump(*body);
  call.passthrough = true;
  return call;
}

}  // namespace

bool passes_body(const ClientBody& client, const Target& target) {
  return client.dialect == target.dialect && client.dialect != Dialect::chat && !client.cursor;
}

bool wants_states(const Target& target) {
  if (target.dialect != Dialect::chat) return true;
  const providers::Target described = describe(target);
  return described.wants_reasoning_text || described.call_states != dialects::CallStates::none;
}

Result<PreparedCall> prepare_call(const ClientBody& client, std::string_view raw,
                                  const Target& target, const dialects::Recall& recall) {
  if (passes_body(client, target)) return pass_on(client, raw, target);
  const providers::Target described = describe(target);
  auto translated = providers::translate(client.request, target.dialect, described, recall);
  if (!translated) return translated.error();
  add_defaults(target.deployment->default_params, translated->written.body);
  PreparedCall call;
  call.body = dump(translated->written.body);
  call.tools = std::move(translated->tools);
  call.dropped = std::move(translated->written.dropped);
  call.notes = std::move(translated->written.notes);
  const dialects::ReasoningOptions& reasoning = client.request.reasoning;
  const bool thinks =
      !reasoning.effort.empty() || reasoning.mode != dialects::ReasoningOptions::Mode::unset;
  const bool is_told = !call.notes.empty() && call.notes.front().starts_with("continuity_miss");
  if (translated->continuity.missed_now > 0 && thinks && !is_told)
    call.notes.push_back("continuity_miss: reasoning of " +
                         std::to_string(translated->continuity.missed_now) +
                         " turns is not kept any more");
  return call;
}

dialects::AnswerOptions answer_options(const ClientBody& client, const Exchange& exchange,
                                       const std::string& model) {
  const config::CursorSettings& settings = exchange.config()->cursor;
  dialects::AnswerOptions options;
  const std::string_view id = std::string_view(exchange.request_id()).substr(4);  // "req_"
  const char* prefix = client.dialect == Dialect::chat        ? "chatcmpl-"
                       : client.dialect == Dialect::responses ? "resp_"
                                                              : "msg_";
  options.id = prefix + std::string(id);
  options.model = model;
  options.created = exchange.started().time_since_epoch() / seconds(1);
  options.request_id = exchange.request_id();
  options.include_usage = client.request.include_usage;
  if (!client.cursor) return options;
  options.include_usage = options.include_usage || settings.usage_always;
  options.reasoning = settings.reasoning;
  options.custom_calls = settings.custom_calls;
  options.errors_as_text = true;
  return options;
}

providers::AnswerTranslator make_translator(const ClientBody& client, const Exchange& exchange,
                                            const Target& target, PreparedCall& call,
                                            const std::string& model) {
  providers::AnswerTranslator::Settings settings;
  settings.client = client.dialect;
  settings.upstream = target.dialect;
  settings.stream = client.request.stream;
  settings.passthrough = call.passthrough;
  settings.keep_text = call.keep_text;
  settings.may_end_early = exchange.config()->limits.overrun == config::Overrun::cut;
  settings.keeper = std::move(call.keeper);
  settings.keeper.deployment = target.deployment->id;
  settings.keeper.reasoning =
      target.dialect != Dialect::chat || describe(target).wants_reasoning_text;
  if (call.passthrough) settings.keeper.recall = {};  // the ids have gone out as they are
  const std::string& id = exchange.request_id();
  settings.keeper.suffix = id.substr(id.size() - 8);
  settings.credential = target.deployment->api_key.reveal();
  settings.estimated_input = dialects::chat::estimate_tokens(call.body.size());
  return {std::move(settings), std::move(call.tools), answer_options(client, exchange, model)};
}

}  // namespace litegw::server
