// The keys that LiteLLM's config.yaml knows, by section, and what becomes of each here. Data for
// the loader. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace litegw::config {

enum class Use {
  read,         // takes effect
  silent,       // has no effect here and needs none
  unsupported,  // one warning, with the note
};

struct LitellmKey {
  std::string_view name;
  Use use;
  std::string_view note;  // of an unsupported key: what happens instead; else what is missing
};

struct LitellmSection {
  std::string_view name;
  std::vector<LitellmKey> keys;

  const LitellmKey* find(std::string_view key) const;
  std::vector<std::string> names() const;
};

// "litellm_settings", "router_settings", "general_settings" and "" for the top level.
const std::vector<LitellmSection>& litellm_sections();
const LitellmSection& litellm_section(std::string_view name);

bool is_litellm_provider(std::string_view name);
bool is_price_key(std::string_view name);
// A member of the request that a deployment may give a default for: temperature, max_tokens, ...
bool is_request_parameter(std::string_view name);
// Keys of litellm_params that only one provider understands: "aws_region_name".
bool is_provider_setting(std::string_view name);
// The other keys of litellm_params, prices and request parameters not among them.
const LitellmSection& deployment_keys();
// All names that may stand in litellm_params, for "did you mean".
const std::vector<std::string>& deployment_names();

}  // namespace litegw::config
