#include "daemon/control/price_view.h"

#include <array>

#include "daemon/config/effective.h"

namespace litegw::control {
namespace {

using Rate = std::optional<std::int64_t> ledger::Rates::*;
using Shown = std::optional<std::string> RatesView::*;

struct Member {
  const char* name;
  Rate rate;
  Shown shown;
};

constexpr std::array<Member, 9> members{{
    {"input", &ledger::Rates::input, &RatesView::input},
    {"output", &ledger::Rates::output, &RatesView::output},
    {"cache_read", &ledger::Rates::cache_read, &RatesView::cache_read},
    {"cache_write", &ledger::Rates::cache_write, &RatesView::cache_write},
    {"cache_write_1h", &ledger::Rates::cache_write_1h, &RatesView::cache_write_1h},
    {"reasoning", &ledger::Rates::reasoning, &RatesView::reasoning},
    {"audio_input", &ledger::Rates::audio_input, &RatesView::audio_input},
    {"audio_output", &ledger::Rates::audio_output, &RatesView::audio_output},
    {"image_input", &ledger::Rates::image_input, &RatesView::image_input},
}};

ledger::Price listed_price(const config::Deployment& deployment, const ledger::PriceBook* book,
                           const std::string& model) {
  const ledger::Price* listed =
      book == nullptr
          ? nullptr
          : book->find(deployment.provider, model.empty() ? deployment.upstream_model : model);
  return listed == nullptr ? ledger::Price{} : *listed;
}

void show_rates(RatesView& view, const ledger::Rates& rates) {
  for (const Member& member : members)
    view.*member.shown = dollars_per_million(rates.*member.rate);
}

// A member is the configuration's when it is not as it is listed.
void show_sources(PriceView& view, const ledger::Price& listed, const ledger::Price& price) {
  auto source = [&](bool same) {
    return same ? listed.source : price.source;
  };
  for (const Member& member : members)
    if (price.rates.*member.rate)
      view.sources[member.name] = source(listed.rates.*member.rate == price.rates.*member.rate);
  if (!price.per_request.is_zero())
    view.sources["per_request"] = source(listed.per_request == price.per_request);
  if (!price.tiers.empty())
    view.sources["tiers"] = source(listed.tiers.size() == price.tiers.size());
}

}  // namespace

std::optional<std::string> dollars_per_million(const std::optional<std::int64_t>& rate) {
  if (!rate) return std::nullopt;
  return to_decimal(Money::nano(*rate));
}

ledger::Price price_of(const config::Deployment& deployment, const ledger::PriceBook* book,
                       const std::string& upstream_model) {
  ledger::Price price = listed_price(deployment, book, upstream_model);
  if (deployment.price_overrides.empty()) return price;
  Result<ledger::Price> changed = ledger::price_with_overrides(price, deployment.price_overrides);
  if (!changed) return price;
  changed->source = config::origin_text(deployment.origin);
  return *changed;
}

PriceView price_view(const config::Deployment& deployment, const ledger::PriceBook* book) {
  const ledger::Price price = price_of(deployment, book);
  PriceView view;
  show_rates(view, price.rates);
  for (const ledger::Tier& tier : price.tiers) {
    PriceTierView& shown = view.tiers.emplace_back();
    shown.above_tokens = tier.above;
    shown.service_tier = tier.service_tier;
    show_rates(shown, tier.rates);
  }
  if (!price.per_request.is_zero()) view.per_request = to_decimal(price.per_request);
  view.source = price.source;
  show_sources(view, listed_price(deployment, book, {}), price);
  return view;
}

}  // namespace litegw::control
