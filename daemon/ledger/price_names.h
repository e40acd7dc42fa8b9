// The names under which a model may stand in a price list, in LiteLLM's spellings. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace litegw::ledger {

struct PriceName {
  std::string text;
  bool qualified = false;  // holds the provider, so the entry's own provider need not be looked at
};

// Nearest first: as given, the base of a fine-tuned model, without Bedrock's routes and regions,
// without a date; each with the provider before it and without.
std::vector<PriceName> price_names(std::string_view provider, std::string_view model);

// Do both mean one vendor's price list? "bedrock_converse" and "bedrock" do, and so does a list
// entry that names no provider.
bool same_provider(std::string_view listed, std::string_view asked);

}  // namespace litegw::ledger
