#include "cmd/render/model.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "cmd/render/cells.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

using control::DeploymentView;
using control::ModelItem;
using control::PriceView;

Cell context_cell(const std::optional<std::int64_t>& tokens) {
  return tokens && *tokens > 0 ? count_cell(*tokens) : cell("-", "", Colour::dim);
}

std::string rates_text(const control::RatesView& price) {
  std::vector<std::string> parts;
  auto add = [&](std::string_view name, const std::optional<std::string>& dollars) {
    if (dollars) parts.push_back(fmt::format("{} {}", name, price_cell(dollars).shown));
  };
  add("in", price.input);
  add("out", price.output);
  add("cache read", price.cache_read);
  add("cache write", price.cache_write);
  add("cache write 1h", price.cache_write_1h);
  add("reasoning", price.reasoning);
  add("audio in", price.audio_input);
  add("audio out", price.audio_output);
  add("image in", price.image_input);
  return join(parts, ", ");
}

std::string price_text(const PriceView& price) {
  std::string text = rates_text(price);
  if (!text.empty()) text += " per million tokens";
  if (price.per_request)
    text += fmt::format("{}${} a request", text.empty() ? "" : "; ",
                        escape_control(*price.per_request));
  if (text.empty()) return "none known: requests cost nothing in reports";
  return text;
}

// "above 200,000 tokens, priority: in $5.00, out $15.00"
std::string tier_text(const control::PriceTierView& tier) {
  std::string when;
  if (tier.above_tokens > 0) when = fmt::format("above {} tokens", group_digits(tier.above_tokens));
  if (!tier.service_tier.empty())
    when += (when.empty() ? "" : ", ") + escape_control(tier.service_tier);
  return when + ": " + rates_text(tier);
}

// "litegw.yaml:12 (input, output); built-in prices.json (cache read)": who set what.
std::string source_text(const PriceView& price) {
  std::map<std::string, std::vector<std::string>> by_source;
  for (const auto& [member, source] : price.sources) {
    std::string name = member;
    std::replace(name.begin(), name.end(), '_', ' ');
    by_source[source].push_back(name);
  }
  if (by_source.size() < 2) return escape_control(price.source);
  std::vector<std::string> parts;
  for (const auto& [source, members] : by_source)
    parts.push_back(fmt::format("{} ({})", source, join(members, ", ")));
  return escape_control(join(parts, "; "));
}

void add_deployment(Facts& facts, const DeploymentView& deployment, Time now) {
  facts.add("Deployment", text_cell(deployment.id, Colour::bold));
  facts.add("  Provider", text_cell(deployment.provider));
  facts.add("  Upstream model", text_cell(deployment.upstream_model));
  facts.add("  Base URL", text_cell(deployment.api_base));
  facts.add("  API key", text_cell(deployment.api_key_source));
  facts.add("  Written in", text_cell(deployment.origin));
  facts.add("  State", state_cell(deployment.state));
  facts.add("  Cooling until", until_cell(deployment.cooling_until, now));
  facts.add("  Price", text_cell(price_text(deployment.price)));
  for (const control::PriceTierView& tier : deployment.price.tiers)
    facts.add("  Price", text_cell(tier_text(tier)));
  facts.add("  Price from", text_cell(source_text(deployment.price)));
  std::string last = escape_control(deployment.last_error);
  if (deployment.last_error_at && !last.empty())
    last += fmt::format(" ({})", ago(*deployment.last_error_at, now));
  facts.add("  Last error", text_cell(last, Colour::yellow));
}

}  // namespace

Table model_table(const std::vector<ModelItem>& models, bool cursor) {
  std::vector<Column> columns{Column{"NAME", Align::left, 16},
                              Column{"PROVIDER", Align::left},
                              Column{"UPSTREAM MODEL", Align::left, 14, 3},
                              Column{"IN/M", Align::right},
                              Column{"OUT/M", Align::right},
                              Column{"CONTEXT", Align::right, 0, 2},
                              Column{"STATE", Align::left, 0, 1}};
  if (cursor)
    columns = {columns[0], columns[1], Column{"CURSOR TAKES IT FOR", Align::left, 12},
               Column{"USE INSTEAD", Align::left, 12}, columns[6]};
  Table table(std::move(columns));
  for (const ModelItem& model : models) {
    std::string provider = model.provider;
    if (model.deployments > 1) provider += fmt::format(" +{}", model.deployments - 1);
    if (cursor) {
      Colour shade = model.cursor_alias ? Colour::yellow : Colour::none;
      table.add({text_cell(model.name, shade), text_cell(provider),
                 text_cell(model.cursor_collision.value_or("")),
                 text_cell(model.cursor_alias.value_or("")), state_cell(model.state)});
      continue;
    }
    table.add({text_cell(model.name), text_cell(provider), text_cell(model.upstream_model),
               price_cell(model.input_usd_per_million), price_cell(model.output_usd_per_million),
               context_cell(model.context), state_cell(model.state)});
  }
  return table;
}

void print_model(Output& output, const control::ModelDetail& model, Time now) {
  Facts facts;
  facts.add("Name", text_cell(model.name, Colour::bold));
  facts.add("Aliases", names_cell(model.aliases, ""));
  facts.add("Access groups", names_cell(model.access_groups, ""));
  if (model.context) facts.add("Context", count_cell(*model.context));
  if (model.max_output) facts.add("Longest output", count_cell(*model.max_output));
  for (const DeploymentView& deployment : model.deployments)
    add_deployment(facts, deployment, now);
  facts.print(output);
}

}  // namespace litegw::cmd
