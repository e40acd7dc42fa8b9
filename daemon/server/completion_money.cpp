// Step 6 of a completion: what it may cost is set aside at all levels of its caller, or it is
// refused before any upstream hears of it.
#include <algorithm>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "daemon/budget/levels.h"
#include "daemon/budget/refusal.h"
#include "daemon/server/completion_call.h"

namespace litegw::server {
namespace {

// More than any model writes, and small enough that no product of it with a price overflows.
constexpr std::int64_t largest_output = 10'000'000;
constexpr std::int64_t most_choices = 128;
constexpr std::size_t most_warned = 1024;
constexpr std::size_t usual_money_fields = 1024;  // bytes, of a caller with limits at every level

Status check_range(std::optional<std::int64_t> value, std::int64_t most, std::string_view name) {
  if (!value || (*value >= 1 && *value <= most)) return {};
  return make_error(ErrorCode::invalid_request,
                    fmt::format("{} is {}; it has to be between 1 and {}", name, *value, most), "",
                    std::string(name));
}

}  // namespace

Status Completion::check_limits() const {
  Status choices = check_range(scan_.n, most_choices, "n");
  if (!choices) return choices;
  Status old_name = check_range(scan_.max_tokens, largest_output, "max_tokens");
  if (!old_name) return old_name;
  Status new_name =
      check_range(scan_.max_completion_tokens, largest_output, "max_completion_tokens");
  if (!new_name) return new_name;
  if (!client_) return {};
  return check_range(client_->request.max_output, largest_output, "max_output_tokens");
}

// Deployments without a price are no way around a budget.
Status Completion::drop_unpriced(TargetList& targets, bool limits_money) {
  const config::Unpriced policy = exchange_.config()->prices.unpriced;
  if (policy == config::Unpriced::free) return {};
  const auto unpriced = [](const TargetPtr& target) {
    return !target->priced;
  };
  const auto first = std::find_if(targets.begin(), targets.end(), unpriced);
  if (first == targets.end()) return {};
  if (policy == config::Unpriced::warn && !limits_money) {
    warn_unpriced(**first);
    return {};
  }
  const std::string name = (*first)->upstream_model;
  targets.erase(std::remove_if(targets.begin(), targets.end(), unpriced), targets.end());
  if (!targets.empty()) return {};
  const std::string why = limits_money ? "a key with a budget on it or above it" : "this gateway";
  return make_error(ErrorCode::unpriced_model,
                    fmt::format("model '{}' has no price ('{}' is in no price list), and {} may "
                                "only use models that have one",
                                resolved_.name, name, why),
                    "ask the gateway's admin for a price in prices.file or model_info", "model");
}

// Once for each model, as far as they are remembered: behind a wildcard clients make up names.
void Completion::warn_unpriced(const Target& target) {
  if (state_.warned_unpriced.size() >= most_warned) state_.warned_unpriced.clear();
  if (!state_.warned_unpriced.insert(target.deployment->id + '\n' + target.upstream_model).second)
    return;
  spdlog::warn("model={} deployment={} has no price: its requests count as $0", resolved_.name,
               target.deployment->id);
}

budget::Ask Completion::ask() const {
  budget::Ask ask;
  ask.prompt = {body_.size() - scan_.media.encoded_bytes, scan_.media.count};
  ask.choices = scan_.n.value_or(1);
  ask.output_limit = scan_.max_completion_tokens ? scan_.max_completion_tokens : scan_.max_tokens;
  if (client_) ask.output_limit = client_->request.max_output;
  return ask;
}

Status Completion::admit(TargetList& targets) {
  Status limits = check_limits();
  if (!limits) return limits;
  const CallerPtr caller =
      state_.callers.find(services_.accounts, exchange_.principal(), resolved_.name);
  const bool limits_money = caller != nullptr && caller->limits_money();
  Status priced = drop_unpriced(targets, limits_money);
  if (!priced) return priced;
  if (scan_.stream)
    outcome_.exact = ExactCount::make(exchange_.config()->limits.tokenizers,
                                      targets.front()->upstream_model, body_);
  if (caller == nullptr) return {};
  SpendingPlan plan;
  plan.caller = caller;
  plan.targets = targets;
  plan.ask = ask();
  const config::LimitSettings& settings = exchange_.config()->limits;
  plan.may_clamp = !scan_.stream || settings.overrun == config::Overrun::refuse;
  const Time now = wall_clock();
  const auto refused = outcome_.spending.hold(std::move(plan), now);
  if (!refused) return {};
  fill_refusal_headers(*refused, now);
  return budget::to_error(*refused);
}

// SDKs sleep and try again unless they are told that it does not help.
void Completion::fill_refusal_headers(const budget::Refusal& refused, Time now) {
  const auto wait = budget::retry_after(refused, now);
  failure_headers_.emplace_back("x-should-retry", wait ? "true" : "false");
  if (wait) failure_headers_.emplace_back("Retry-After", std::to_string(*wait));
  if (!wait) return;
  const auto type = refused.what == budget::Refusal::What::requests ? "requests"
                    : refused.what == budget::Refusal::What::tokens ? "tokens"
                                                                    : "max_parallel_requests";
  failure_headers_.emplace_back("rate_limit_type", type);
  if (refused.resets) failure_headers_.emplace_back("reset_at", budget::to_second(*refused.resets));
}

// LiteLLM's names for the limits of the caller. What a stream costs is not known when it
// begins; of plain answers the relays say it.
void Completion::fill_money_headers(http::FieldBlock& fields) {
  const auth::Principal& caller = exchange_.principal();
  if (caller.key == nullptr) return;
  const auth::Limits& limits = caller.key->limits;
  if (scan_.stream) fields.add("x-litellm-key-spend", to_decimal(outcome_.spending.key_spent()));
  if (!limits.budgets.empty())
    fields.add("x-litellm-key-max-budget", to_decimal(limits.budgets.front().amount));
  if (const auto clamped = outcome_.spending.clamped_output())
    fields.add("x-litegw-clamped-max-tokens", *clamped);
  if (outcome_.spending.caller() == nullptr) return;
  const std::vector<budget::Level>& levels = outcome_.spending.caller()->levels();
  std::optional<Duration> now;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (!levels[i].rpm && !levels[i].tpm) continue;
    if (!now) now = steady_time(net::Clock::now());
    fields.reserve(usual_money_fields);
    add_rate_headers(levels[i], outcome_.spending.rates(i, *now), fields);
  }
}

}  // namespace litegw::server
