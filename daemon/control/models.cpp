// Handlers: /v1/models.
#include "common/control/models.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "common/base/text.h"
#include "common/control/cursor_names.h"
#include "daemon/auth/identify.h"
#include "daemon/config/effective.h"
#include "daemon/control/handlers.h"
#include "daemon/control/price_view.h"
#include "daemon/control/recent.h"
#include "daemon/control/references.h"

namespace litegw::control {
namespace {

std::optional<std::int64_t> positive(std::int64_t count) {
  return count > 0 ? std::optional<std::int64_t>(count) : std::nullopt;
}

// A model with a failing deployment beside a good one still answers.
std::string state_of(const std::vector<std::size_t>& deployments, const config::Config& config,
                     const RecentAttempts& recent) {
  std::map<std::string, std::size_t> counts;
  for (const std::size_t index : deployments)
    ++counts[recent.state_of(config.deployments[index].id)];
  if (counts["failing"] == 0) return counts["healthy"] > 0 ? "healthy" : "untried";
  return counts["failing"] == deployments.size() ? "failing" : "degraded";
}

ModelItem item_of(const std::string& name, const std::vector<std::size_t>& deployments,
                  const config::Config& config, const ledger::PriceBook* book,
                  const RecentAttempts& recent) {
  const config::Deployment& first = config.deployments[deployments.front()];
  ledger::Price price = price_of(first, book);
  ModelItem item;
  item.name = name;
  item.provider = first.provider;
  item.upstream_model = first.upstream_model;
  item.deployments = static_cast<std::int64_t>(deployments.size());
  item.input_usd_per_million = dollars_per_million(price.rates.input);
  item.output_usd_per_million = dollars_per_million(price.rates.output);
  item.context = positive(price.context);
  item.state = state_of(deployments, config, recent);
  return item;
}

DeploymentView view_of(const config::Deployment& deployment, const ledger::PriceBook* book,
                       const RecentAttempts& recent) {
  DeploymentView view;
  view.id = deployment.id;
  view.provider = deployment.provider;
  view.upstream_model = deployment.upstream_model;
  view.api_base = deployment.api_base;
  view.api_key_source = deployment.api_key_source;
  view.origin = config::origin_text(deployment.origin);
  view.rpm = deployment.rpm;
  view.tpm = deployment.tpm;
  view.max_parallel = deployment.max_parallel;
  view.price = price_view(deployment, book);
  view.state = recent.state_of(deployment.id);
  if (const auto last = recent.deployments.find(deployment.id); last != recent.deployments.end()) {
    view.last_error = last->second.error;
    view.last_error_at = last->second.error_at;
  }
  return view;
}

Error no_such_model(const config::Config& config, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& [known, deployments] : config.models)
    names.push_back(known);
  for (const auto& [known, target] : config.aliases)
    names.push_back(known);
  if (auto unsupported = config.unsupported_models.find(name);
      unsupported != config.unsupported_models.end())
    return make_error(ErrorCode::unsupported_provider,
                      fmt::format("model '{}' is of provider '{}', which is not supported yet",
                                  name, unsupported->second));
  std::string guess = nearest(name, names);
  return make_error(ErrorCode::not_found,
                    fmt::format("no model '{}'", escape_control(shorten(name, 60))),
                    guess.empty() ? "see `litegw model list`"
                                  : fmt::format("did you mean '{}'?", escape_control(guess)));
}

// The deployments under a name: a pattern as it is written, else what a request would get.
struct Found {
  std::string name;
  std::vector<std::size_t> deployments;
};
std::optional<Found> find_model(const config::Config& config, const std::string& name) {
  for (const auto& [pattern, deployments] : config.patterns)
    if (pattern == name) return Found{pattern, deployments};
  std::optional<config::Resolved> resolved = config::resolve_model(config, name);
  if (!resolved) return std::nullopt;
  return Found{resolved->name, resolved->deployments};
}

// An alias that is there already and does not get in Cursor's way.
std::optional<std::string> present_alias(const config::Config& config, const std::string& name) {
  for (const auto& [alias, target] : config.aliases)
    if (target == name && cursor_family(alias).empty() && !is_refused_by_cursor(alias))
      return alias;
  return std::nullopt;
}

void judge_for_cursor(ModelList& list, const config::Config& config) {
  std::set<std::string> proposed;
  auto is_taken = [&](const std::string& alias) {
    return config.models.contains(alias) || config.aliases.contains(alias) ||
           proposed.contains(alias);
  };
  for (ModelItem& item : list.items) {
    const std::string family = cursor_family(item.name);
    if (!family.empty()) item.cursor_collision = family;
    if (family.empty() && !is_refused_by_cursor(item.name)) continue;
    item.cursor_alias = present_alias(config, item.name);
    if (!item.cursor_alias) item.cursor_alias = cursor_alias(item.name, is_taken);
    proposed.insert(*item.cursor_alias);
  }
}

// As a request with that key is judged: by its own models, its user's and its team's.
Result<auth::Principal> caller_with(const std::string& reference, DaemonView& daemon) {
  Result<auth::VirtualKey> key = find_key(daemon, reference, "key");
  if (!key) return key.error();
  auth::Principal principal;
  principal.models = key->models;
  principal.aliases = key->aliases;
  principal.user_id = key->user_id;
  principal.team_id = key->team_id;
  auto owner = [&](auth::OwnerKind kind, std::string_view id) {
    return daemon.store().owner(kind, id);
  };
  if (Status owners = auth::add_owners(principal, owner); !owners) return owners.error();
  return principal;
}

void add_names(ModelDetail& detail, const config::Config& config) {
  for (const auto& [alias, target] : config.aliases)
    if (target == detail.name) detail.aliases.push_back(alias);
  for (const auto& [group, names] : config.access_groups)
    if (std::find(names.begin(), names.end(), detail.name) != names.end())
      detail.access_groups.push_back(group);
}

}  // namespace

net::Task<Result<Reply>> list_models(Context& context, const Call& call) {
  const Result<ModelListQuery> query = decode_query<ModelListQuery>(call.query);
  if (!query) co_return query.error();
  const std::shared_ptr<const config::Config> config = context.daemon.config();
  const std::shared_ptr<const ledger::PriceBook> prices = context.daemon.prices();
  auth::Principal principal;
  if (!query->key.empty()) {
    const Result<auth::Principal> caller = caller_with(query->key, context.daemon);
    if (!caller) co_return caller.error();
    principal = *caller;
  }
  const RecentAttempts recent = recent_attempts(context.daemon.store(), wall_clock());
  ModelList list;
  for (const auto& [name, deployments] : config->models)
    if (auth::may_call(principal, name, *config))
      list.items.push_back(item_of(name, deployments, *config, prices.get(), recent));
  for (const auto& [pattern, deployments] : config->patterns)
    if (auth::may_call(principal, pattern, *config))
      list.items.push_back(item_of(pattern, deployments, *config, prices.get(), recent));
  if (query->cursor) judge_for_cursor(list, *config);
  co_return answer(list);
}

net::Task<Result<Reply>> show_model(Context& context, const Call& call) {
  const std::shared_ptr<const config::Config> config = context.daemon.config();
  const std::shared_ptr<const ledger::PriceBook> prices = context.daemon.prices();
  const std::optional<Found> found = find_model(*config, call.object.reference);
  if (!found) co_return no_such_model(*config, call.object.reference);
  const RecentAttempts recent = recent_attempts(context.daemon.store(), wall_clock());
  ModelDetail detail;
  detail.name = found->name;
  add_names(detail, *config);
  for (const std::size_t index : found->deployments) {
    const config::Deployment& deployment = config->deployments[index];
    const ledger::Price price = price_of(deployment, prices.get());
    if (!detail.context) detail.context = positive(price.context);
    if (!detail.max_output) detail.max_output = positive(price.max_output);
    detail.deployments.push_back(view_of(deployment, prices.get(), recent));
  }
  co_return answer(detail);
}

}  // namespace litegw::control
