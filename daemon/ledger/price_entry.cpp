#include "daemon/ledger/price_entry.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "common/base/text.h"

namespace litegw::ledger {
namespace {

using RateMember = std::optional<std::int64_t> Rates::*;

constexpr std::array<std::pair<std::string_view, RateMember>, 9> rate_names{
    {{"input", &Rates::input},
     {"output", &Rates::output},
     {"cache_read", &Rates::cache_read},
     {"cache_write", &Rates::cache_write},
     {"cache_write_1h", &Rates::cache_write_1h},
     {"reasoning", &Rates::reasoning},
     {"audio_input", &Rates::audio_input},
     {"audio_output", &Rates::audio_output},
     {"image_input", &Rates::image_input}}};

constexpr std::array<std::string_view, 7> other_names{"provider",    "usd_per_million", "tiers",
                                                      "per_request", "usd_per_request", "context",
                                                      "max_output"};

// Facts that describe a model and have no say in its price.
constexpr std::array<std::string_view, 6> ignored_names{
    "model", "mode", "supports", "refuses_sampling_params", "refuses_prefill", "audio_cache_read"};

Error bad_entry(std::string message, std::string_view member) {
  return make_error(ErrorCode::config_invalid, std::move(message), {}, std::string(member));
}

RateMember rate_member(std::string_view name) {
  for (const auto& [known, member] : rate_names)
    if (known == name) return member;
  return nullptr;
}

template <class List>
bool contains(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

Status read_rates(const Json& members, Rates& rates) {
  for (const auto& [name, value] : members.items()) {
    RateMember member = rate_member(name);
    if (member == nullptr || value.is_null()) continue;
    Result<std::int64_t> rate = parse_amount(value, 9, name);
    if (!rate) return rate.error();
    rates.*member = *rate;
  }
  return {};
}

// "above_272k/priority": a size, a service tier, or both.
Result<Tier> parse_tier(std::string_view name, const Json& members) {
  Tier tier;
  std::string_view rest = name;
  constexpr std::string_view above = "above_";
  if (rest.starts_with(above)) {
    rest.remove_prefix(above.size());
    std::int64_t thousands = 0;
    auto [end, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), thousands);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    if (failure != std::errc{} || thousands <= 0 || thousands > 1'000'000'000 ||
        !rest.starts_with('k'))
      return bad_entry(fmt::format("tier '{}' is not written like above_200k", shorten(name, 60)),
                       name);
    rest.remove_prefix(1);
    tier.above = thousands * 1000;
    if (rest.starts_with('/')) rest.remove_prefix(1);
  }
  if (!rest.empty() && rest != "priority" && rest != "flex" && rest != "batch")
    return bad_entry(fmt::format("tier '{}' is none of above_200k, priority, flex, batch and "
                                 "above_200k/priority",
                                 shorten(name, 60)),
                     name);
  tier.service_tier = rest;
  if (!members.is_object()) return bad_entry("a tier must be a mapping of rates", name);
  Status read = read_rates(members, tier.rates);
  if (!read) return read.error();
  return tier;
}

Status read_tiers(const Json& entry, Price& price) {
  auto tiers = entry.find("tiers");
  if (tiers == entry.end()) return {};
  if (!tiers->is_object()) return bad_entry("tiers must be a mapping", "tiers");
  for (const auto& [name, members] : tiers->items()) {
    Result<Tier> tier = parse_tier(name, members);
    if (!tier) return tier.error();
    price.tiers.push_back(std::move(*tier));
  }
  return {};
}

Status read_count(const Json& entry, const char* name, std::int64_t& out) {
  auto value = entry.find(name);
  if (value == entry.end() || value->is_null()) return {};
  std::string text = value->is_string() ? value->get<std::string>() : dump(*value);
  std::optional<std::int64_t> count = parse_scaled_decimal(text, 0);
  if (!count) return bad_entry(fmt::format("{} must be a count of tokens", name), name);
  out = *count;
  return {};
}

bool is_litellm(const Json& entry) {
  for (const auto& [name, value] : entry.items())
    if (name == "litellm_provider" || name.find("_cost") != std::string::npos) return true;
  return false;
}

std::string text_of(const Json& entry, const char* name) {
  auto value = entry.find(name);
  return value != entry.end() && value->is_string() ? value->get<std::string>() : std::string();
}

Result<PriceEntry> parse_litellm(const Json& entry) {
  PriceEntry out;
  out.provider = text_of(entry, "litellm_provider");
  Result<Price> price = price_with_overrides({}, entry);
  if (!price) return price.error();
  out.price = std::move(*price);
  // LiteLLM's own map has texts in these places for its sample entry.
  Status context = read_count(entry, "max_input_tokens", out.price.context);
  Status output = read_count(entry, "max_output_tokens", out.price.max_output);
  if (!context) return context.error();
  if (!output) return output.error();
  return out;
}

Status refuse_unknown(const Json& entry) {
  for (const auto& [name, value] : entry.items()) {
    if (rate_member(name) != nullptr || contains(other_names, name) ||
        contains(ignored_names, name))
      continue;
    std::vector<std::string> known(other_names.begin(), other_names.end());
    for (const auto& [rate, member] : rate_names)
      known.emplace_back(rate);
    std::string near = nearest(name, known);
    return bad_entry(
        fmt::format("unknown member '{}' of a price{}", escape_control(shorten(name, 60)),
                    near.empty() ? "" : fmt::format(", did you mean '{}'?", near)),
        name);
  }
  return {};
}

}  // namespace

Result<std::int64_t> parse_amount(const Json& value, int digits, std::string_view member) {
  std::string text;
  if (value.is_string())
    text = value.get<std::string>();
  else if (value.is_number())
    text = dump(value);
  std::optional<std::int64_t> amount = parse_scaled_decimal(trim(text), digits);
  if (!amount)
    return bad_entry(fmt::format("{} must be an amount in US dollars, not {}", member,
                                 shorten(escape_control(dump(value)), 60)),
                     member);
  return *amount;
}

Result<PriceEntry> parse_price_entry(const Json& entry) {
  if (!entry.is_object()) return bad_entry("a price must be a mapping", {});
  if (is_litellm(entry)) return parse_litellm(entry);
  if (Status known = refuse_unknown(entry); !known) return known.error();
  PriceEntry out;
  out.provider = text_of(entry, "provider");
  Status status = read_rates(entry, out.price.rates);
  if (auto nested = entry.find("usd_per_million"); status && nested != entry.end()) {
    if (!nested->is_object())
      return bad_entry("usd_per_million must be a mapping of rates", "usd_per_million");
    status = read_rates(*nested, out.price.rates);
  }
  if (status) status = read_tiers(entry, out.price);
  if (status) status = read_count(entry, "context", out.price.context);
  if (status) status = read_count(entry, "max_output", out.price.max_output);
  if (!status) return status.error();
  for (const char* name : {"per_request", "usd_per_request"}) {
    auto value = entry.find(name);
    if (value == entry.end()) continue;
    Result<std::int64_t> amount = parse_amount(*value, 9, name);
    if (!amount) return amount.error();
    out.price.per_request = Money::nano(*amount);
  }
  return out;
}

}  // namespace litegw::ledger
