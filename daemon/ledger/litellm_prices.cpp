// LiteLLM's price members: "<what>_cost_per_<unit>" with suffixes for sizes and service tiers.
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "daemon/ledger/price.h"
#include "daemon/ledger/price_entry.h"

namespace litegw::ledger {
namespace {

using RateMember = std::optional<std::int64_t> Rates::*;

// USD per token.
constexpr std::array<std::pair<std::string_view, RateMember>, 11> members_per_token{
    {{"input_cost_per_token", &Rates::input},
     {"output_cost_per_token", &Rates::output},
     {"cache_read_input_token_cost", &Rates::cache_read},
     {"input_cost_per_token_cache_hit", &Rates::cache_read},
     {"cache_creation_input_token_cost", &Rates::cache_write},
     {"output_cost_per_reasoning_token", &Rates::reasoning},
     {"input_cost_per_reasoning_token", &Rates::reasoning},
     {"input_cost_per_audio_token", &Rates::audio_input},
     {"output_cost_per_audio_token", &Rates::audio_output},
     {"input_cost_per_image_token", &Rates::image_input},
     {"cache_creation_input_token_cost_above_1hr", &Rates::cache_write_1h}}};

RateMember member_named(std::string_view name) {
  for (const auto& [known, member] : members_per_token)
    if (known == name) return member;
  return nullptr;
}

struct Place {
  RateMember member = nullptr;  // null = a member that is no price of ours
  std::int64_t above = 0;
  std::string service_tier;
};

// Takes "_above_200k_tokens" off the end of `name`; 0 when it is not there.
std::int64_t take_size(std::string_view& name) {
  constexpr std::string_view start = "_above_", end = "k_tokens";
  std::size_t at = name.rfind(start);
  if (at == std::string_view::npos || !name.ends_with(end)) return 0;
  std::string_view digits = name.substr(at + start.size());
  digits.remove_suffix(end.size());
  std::int64_t thousands = 0;
  auto [stop, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), thousands);
  if (failure != std::errc{} || stop != digits.data() + digits.size() || thousands <= 0 ||
      thousands > 1'000'000'000)
    return 0;
  name = name.substr(0, at);
  return thousands * 1000;
}

Place place_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> service_tiers{
      {{"_priority", "priority"}, {"_flex", "flex"}, {"_batches", "batch"}}};
  Place place;
  for (const auto& [suffix, tier] : service_tiers) {
    if (!name.ends_with(suffix)) continue;
    name.remove_suffix(suffix.size());
    place.service_tier = tier;
    break;
  }
  place.above = take_size(name);
  // "cache_creation_input_token_cost_above_1hr_above_200k_tokens": the hour is part of the name.
  place.member = member_named(name);
  return place;
}

Rates& rates_at(Price& price, std::int64_t above, const std::string& service_tier) {
  if (above == 0 && service_tier.empty()) return price.rates;
  for (Tier& tier : price.tiers)
    if (tier.above == above && tier.service_tier == service_tier) return tier.rates;
  price.tiers.push_back({above, service_tier, {}});
  return price.tiers.back().rates;
}

// [{"range": [0, 32000], "input_cost_per_token": ...}, ...]: the first one is the plain price.
Status read_tiered_pricing(const Json& tiers, Price& price) {
  if (!tiers.is_array())
    return make_error(ErrorCode::config_invalid, "tiered_pricing must be a list", {},
                      "tiered_pricing");
  for (const Json& tier : tiers) {
    auto range = tier.is_object() ? tier.find("range") : tier.end();
    if (!tier.is_object() || range == tier.end() || !range->is_array() || range->empty())
      return make_error(ErrorCode::config_invalid, "a tier of tiered_pricing needs a range", {},
                        "tiered_pricing");
    Result<std::int64_t> from = parse_amount(range->front(), 0, "tiered_pricing");
    if (!from) return from.error();
    for (const auto& [name, value] : tier.items()) {
      RateMember member = member_named(name);
      if (member == nullptr || value.is_null()) continue;
      Result<std::int64_t> rate = parse_amount(value, 15, name);
      if (!rate) return rate.error();
      rates_at(price, *from, {}).*member = *rate;
    }
  }
  return {};
}

bool is_given(const Json& members, const char* name) {
  auto value = members.find(name);
  return value != members.end() && !value->is_null();
}

Status read_per_request(const Json& members, Price& price) {
  for (const char* name : {"input_cost_per_request", "input_cost_per_query"}) {
    if (!is_given(members, name)) continue;
    Result<std::int64_t> amount = parse_amount(members[name], 9, name);
    if (!amount) return amount.error();
    price.per_request = Money::nano(*amount);
  }
  return {};
}

}  // namespace

Result<Price> price_with_overrides(Price price, const Json& members) {
  if (!members.is_object()) return price;
  bool plain =
      is_given(members, "input_cost_per_token") || is_given(members, "output_cost_per_token");
  if (plain) price.tiers.clear();
  if (is_given(members, "tiered_pricing")) {
    price.tiers.clear();
    Status read = read_tiered_pricing(members["tiered_pricing"], price);
    if (!read) return read.error();
  }
  Rates given;
  for (const auto& [name, value] : members.items()) {
    Place place = place_of(name);
    if (place.member == nullptr || value.is_null()) continue;
    Result<std::int64_t> rate = parse_amount(value, 15, name);
    if (!rate) return rate.error();
    rates_at(price, place.above, place.service_tier).*place.member = *rate;
    if (place.above == 0 && place.service_tier.empty()) given.*place.member = *rate;
  }
  // LiteLLM's way to say that a model is free.
  if (given.input == 0 && given.output == 0) {
    price.rates = given;
    price.per_request = Money{};
  }
  Status per_request = read_per_request(members, price);
  if (!per_request) return per_request.error();
  return price;
}

}  // namespace litegw::ledger
