#include "daemon/ledger/price_names.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace litegw::ledger {
namespace {

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool ends_with_dashed_date(std::string_view text) {  // "-2024-08-06"
  if (text.size() <= 11) return false;
  std::string_view tail = text.substr(text.size() - 11);
  return tail[0] == '-' && tail[5] == '-' && tail[8] == '-' && all_digits(tail.substr(1, 4)) &&
         all_digits(tail.substr(6, 2)) && all_digits(tail.substr(9, 2));
}

bool ends_with_plain_date(std::string_view text) {  // "-20241022"
  return text.size() > 9 && text[text.size() - 9] == '-' &&
         all_digits(text.substr(text.size() - 8));
}

std::string_view undated(std::string_view model) {
  if (ends_with_dashed_date(model)) return model.substr(0, model.size() - 11);
  if (ends_with_plain_date(model)) return model.substr(0, model.size() - 9);
  std::size_t at = model.rfind('@');  // Vertex AI: claude-sonnet-4-5@20250929
  if (at != std::string_view::npos && at > 0) return model.substr(0, at);
  constexpr std::string_view latest = "-latest";
  if (model.ends_with(latest)) return model.substr(0, model.size() - latest.size());
  return model;
}

// "ft:gpt-4o-2024-08-06:my-org::id" is priced as "ft:gpt-4o-2024-08-06".
std::string_view fine_tuned_base(std::string_view model) {
  if (!model.starts_with("ft:")) return model;
  return model.substr(0, model.find(':', 3));
}

// "converse/us.anthropic.claude-..." -> "us.anthropic.claude-..."
std::string_view without_bedrock_route(std::string_view model) {
  return model.substr(model.rfind('/') + 1);
}

std::string_view without_bedrock_region(std::string_view model) {
  constexpr std::array<std::string_view, 8> regions{"us.", "eu.",     "apac.",   "jp.",
                                                    "au.", "global.", "us-gov.", "ca."};
  for (std::string_view region : regions)
    if (model.starts_with(region)) return model.substr(region.size());
  return model;
}

}  // namespace

std::vector<PriceName> price_names(std::string_view provider, std::string_view model) {
  std::vector<std::string_view> variants;
  auto add = [&](std::string_view variant) {
    if (!variant.empty() && std::find(variants.begin(), variants.end(), variant) == variants.end())
      variants.push_back(variant);
  };
  add(model);
  add(fine_tuned_base(model));
  if (provider.starts_with("bedrock")) {
    add(without_bedrock_route(model));
    add(without_bedrock_region(without_bedrock_route(model)));
  }
  for (std::size_t i = 0, known = variants.size(); i < known; ++i)
    add(undated(variants[i]));

  std::vector<PriceName> names;
  for (std::string_view variant : variants) {
    if (!provider.empty()) names.push_back({fmt::format("{}/{}", provider, variant), true});
    names.push_back({std::string(variant), false});
  }
  return names;
}

bool same_provider(std::string_view listed, std::string_view asked) {
  if (listed.empty() || asked.empty()) return true;
  if (listed == "text-completion-openai") listed = "openai";
  if (listed == asked) return true;
  auto begins = [](std::string_view longer, std::string_view shorter) {
    return longer.size() > shorter.size() && longer.starts_with(shorter) &&
           (longer[shorter.size()] == '_' || longer[shorter.size()] == '-');
  };
  return begins(listed, asked) || begins(asked, listed);
}

}  // namespace litegw::ledger
