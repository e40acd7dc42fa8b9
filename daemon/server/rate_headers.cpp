#include "daemon/server/rate_headers.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/http/writer.h"

namespace litegw::server {
namespace {

using budget::LevelKind;

// One limit of one kind of level.
struct Names {
  std::string_view limit, remaining;
};
struct LevelNames {
  Names requests, tokens;
};

constexpr LevelNames of_key{
    {"x-ratelimit-api_key-limit-requests", "x-ratelimit-api_key-remaining-requests"},
    {"x-ratelimit-api_key-limit-tokens", "x-ratelimit-api_key-remaining-tokens"}};
constexpr LevelNames of_user{
    {"x-ratelimit-user-limit-requests", "x-ratelimit-user-remaining-requests"},
    {"x-ratelimit-user-limit-tokens", "x-ratelimit-user-remaining-tokens"}};
constexpr LevelNames of_team{
    {"x-ratelimit-team-limit-requests", "x-ratelimit-team-remaining-requests"},
    {"x-ratelimit-team-limit-tokens", "x-ratelimit-team-remaining-tokens"}};
constexpr LevelNames of_key_and_model{
    {"x-ratelimit-model_per_key-limit-requests", "x-ratelimit-model_per_key-remaining-requests"},
    {"x-ratelimit-model_per_key-limit-tokens", "x-ratelimit-model_per_key-remaining-tokens"}};

const LevelNames& names_of(const budget::LevelId& level) {
  if (!level.model.empty()) return of_key_and_model;
  if (level.kind == LevelKind::key) return of_key;
  return level.kind == LevelKind::user ? of_user : of_team;
}

// What is added to one limit's names besides.
struct OfKey {
  std::string_view litellm_limit, limit, remaining, reset;
};
constexpr OfKey key_requests{"x-litellm-key-rpm-limit", "x-ratelimit-limit-requests",
                             "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"};
constexpr OfKey key_tokens{"x-litellm-key-tpm-limit", "x-ratelimit-limit-tokens",
                           "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"};

class Adder {
 public:
  Adder(const budget::LevelId& level, const budget::RateView& used, MoneyHeaders& headers)
      : level_(level), used_(used), headers_(headers) {}

  void add(std::int64_t limit, std::int64_t used, const Names& names, const OfKey& own,
           std::string_view what) {
    const std::string most = std::to_string(limit);
    const std::string left = std::to_string(std::max<std::int64_t>(0, limit - used));
    field(names.limit, most);
    field(names.remaining, left);
    if (level_.kind != LevelKind::key) return;
    if (!level_.model.empty()) {
      if (http::is_token(level_.model))
        field(headers_.names.emplace_back(
                  fmt::format("x-litellm-key-remaining-{}-{}", what, level_.model)),
              left);
      return;
    }
    field(own.litellm_limit, most);
    field(own.limit, most);
    field(own.remaining, left);
    // OpenAI's form of a duration.
    field(own.reset, fmt::format("{}s", std::chrono::ceil<seconds>(used_.resets_in) / seconds(1)));
  }

 private:
  void field(std::string_view name, std::string value) {
    headers_.fields.emplace_back(name, std::move(value));
  }

  const budget::LevelId& level_;
  const budget::RateView& used_;
  MoneyHeaders& headers_;
};

}  // namespace

void add_rate_headers(const budget::Level& level, const budget::RateView& used,
                      MoneyHeaders& headers) {
  if (level.id.kind != LevelKind::key && !level.id.model.empty()) return;
  Adder adder(level.id, used, headers);
  const LevelNames& names = names_of(level.id);
  if (level.rpm) adder.add(*level.rpm, used.requests, names.requests, key_requests, "requests");
  if (level.tpm) adder.add(*level.tpm, used.tokens, names.tokens, key_tokens, "tokens");
}

}  // namespace litegw::server
