// Messages about models. Filled in by daemon/control, read by cmd/commands/model.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/control/codec.h"

namespace litegw::control {

struct ModelListQuery {
  std::string key;      // only what this key may call; a reference as in keys.h
  bool cursor = false;  // fill in `cursor_collision` and `cursor_alias`
  static void members(auto& self, auto& visit) {
    visit("key", self.key);
    visit("cursor", self.cursor);
  }
};

// Exact decimal strings of dollars per million tokens; null = not listed.
struct RatesView {
  std::optional<std::string> input, output, cache_read, cache_write, cache_write_1h, reasoning,
      audio_input, audio_output, image_input;
};

// What a request above a size, or of a service tier, or both, is charged at instead.
struct PriceTierView : RatesView {
  std::int64_t above_tokens = 0;  // 0 = any size
  std::string service_tier;       // "", "priority", "flex", "batch"
  static void members(auto& self, auto& visit) {
    visit("above_tokens", self.above_tokens);
    visit("service_tier", self.service_tier);
    visit("input", self.input);
    visit("output", self.output);
    visit("cache_read", self.cache_read);
    visit("cache_write", self.cache_write);
    visit("cache_write_1h", self.cache_write_1h);
    visit("reasoning", self.reasoning);
    visit("audio_input", self.audio_input);
    visit("audio_output", self.audio_output);
    visit("image_input", self.image_input);
  }
};

struct PriceView : RatesView {
  std::optional<std::string> per_request;
  std::string source;  // "built-in prices.json", "/etc/litegw/prices.yaml", "litegw.yaml:12"
  std::map<std::string, std::string> sources;  // of each member that is listed: "input", "tiers"
  std::vector<PriceTierView> tiers;
  static void members(auto& self, auto& visit) {
    visit("input", self.input);
    visit("output", self.output);
    visit("cache_read", self.cache_read);
    visit("cache_write", self.cache_write);
    visit("cache_write_1h", self.cache_write_1h);
    visit("reasoning", self.reasoning);
    visit("audio_input", self.audio_input);
    visit("audio_output", self.audio_output);
    visit("image_input", self.image_input);
    visit("per_request", self.per_request);
    visit("source", self.source);
    visit("sources", self.sources);
    visit("tiers", self.tiers);
  }
};

// One public name. With several deployments, provider, upstream model and price are the first
// one's.
struct ModelItem {
  std::string name;  // may be a pattern with '*'
  std::string provider, upstream_model;
  std::int64_t deployments = 1;
  std::optional<std::string> input_usd_per_million, output_usd_per_million;
  std::optional<std::int64_t> context;
  std::string state = "healthy";  // "healthy", "failing", "degraded" (some fail), "untried"
  // With ModelListQuery::cursor only (cursor_names.h):
  std::optional<std::string> cursor_collision;  // the built-in family Cursor takes it for: "gpt-*"
  std::optional<std::string> cursor_alias;      // a name to use instead, there already or not
  static void members(auto& self, auto& visit) {
    visit("name", self.name);
    visit("provider", self.provider);
    visit("upstream_model", self.upstream_model);
    visit("deployments", self.deployments);
    visit("input_usd_per_million", self.input_usd_per_million);
    visit("output_usd_per_million", self.output_usd_per_million);
    visit("context", self.context);
    visit("state", self.state);
    visit("cursor_collision", self.cursor_collision);
    visit("cursor_alias", self.cursor_alias);
  }
};

struct ModelList {
  std::string schema = "litegw.model-list.v1";
  std::vector<ModelItem> items;
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("items", self.items);
  }
};

struct DeploymentView {
  std::string id, provider, upstream_model, api_base;
  std::string api_key_source;  // "os.environ/NAME", "file:/path", ...; never the key
  std::string origin;          // "litegw.yaml:12"
  std::string state = "healthy";
  std::optional<Time> cooling_until;
  std::string last_error;
  std::optional<Time> last_error_at;
  std::optional<std::int64_t> rpm, tpm, max_parallel;
  PriceView price;
  static void members(auto& self, auto& visit) {
    visit("id", self.id);
    visit("provider", self.provider);
    visit("upstream_model", self.upstream_model);
    visit("api_base", self.api_base);
    visit("api_key_source", self.api_key_source);
    visit("origin", self.origin);
    visit("state", self.state);
    visit("cooling_until", self.cooling_until);
    visit("last_error", self.last_error);
    visit("last_error_at", self.last_error_at);
    visit("rpm", self.rpm);
    visit("tpm", self.tpm);
    visit("max_parallel", self.max_parallel);
    visit("price", self.price);
  }
};

struct ModelDetail {
  std::string schema = "litegw.model.v1";
  std::string name;
  std::vector<std::string> aliases, access_groups;
  std::optional<std::int64_t> context, max_output;
  std::vector<DeploymentView> deployments;
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("name", self.name);
    visit("aliases", self.aliases);
    visit("access_groups", self.access_groups);
    visit("context", self.context);
    visit("max_output", self.max_output);
    visit("deployments", self.deployments);
  }
};

}  // namespace litegw::control
