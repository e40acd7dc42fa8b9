#include "daemon/server/models.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "common/base/json.h"
#include "common/base/text.h"
#include "daemon/auth/identify.h"
#include "daemon/server/exchange.h"
#include "daemon/server/services.h"

namespace litegw::server {
namespace {

constexpr std::array json_headers{http::Field{"Content-Type", "application/json"}};

// LiteLLM gives every entry these two constants, and clients compare them.
constexpr std::int64_t created = 1677610602;

Json model_entry(std::string_view id, Style style) {
  Json entry = Json::object();
  entry["id"] = id;
  entry["object"] = "model";
  entry["created"] = created;
  entry["owned_by"] = style == Style::cursor ? "litegw" : "openai";
  return entry;
}

bool may_call(const Exchange& exchange, std::string_view asked) {
  const config::Config& config = *exchange.config();
  const auto resolved = config::resolve_model(config, asked);
  return resolved && auth::allow(exchange.principal(), asked, resolved->name, config).has_value();
}

// Public names in the order of the file, then aliases. Patterns are not names.
std::vector<std::string_view> listed_names(const config::Config& config) {
  std::vector<std::string_view> names;
  auto add = [&names](std::string_view name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const config::Deployment& deployment : config.deployments)
    if (config.models.contains(deployment.public_name)) add(deployment.public_name);
  for (const auto& [alias, served] : config.aliases) {
    const auto& hidden = config.hidden_aliases;
    if (std::find(hidden.begin(), hidden.end(), alias) == hidden.end()) add(alias);
  }
  return names;
}

}  // namespace

net::Task<void> serve_model_list(Exchange& exchange, Services&) {
  Json data = Json::array();
  for (std::string_view name : listed_names(*exchange.config()))
    if (may_call(exchange, name)) data.push_back(model_entry(name, exchange.route().style));
  Json body = Json::object();
  body["object"] = "list";
  body["data"] = std::move(data);
  const std::string text = body.dump();
  co_await exchange.respond(200, json_headers, text);
}

net::Task<void> serve_model(Exchange& exchange, Services&) {
  const std::string& id = exchange.parameter();
  const bool callable =
      is_valid_utf8(id) && may_call(exchange, auth::aliased(exchange.principal(), id));
  if (!callable) {
    const Error error = make_error(ErrorCode::not_found,
                                   fmt::format("The model {} does not exist, or this key may not "
                                               "call it.",
                                               shorten(escape_control(id), 200)),
                                   "GET /v1/models lists what the key may call", "model");
    co_await exchange.respond(error);
    co_return;
  }
  const std::string text = model_entry(id, exchange.route().style).dump();
  co_await exchange.respond(200, json_headers, text);
}

}  // namespace litegw::server
