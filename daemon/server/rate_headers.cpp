#include "daemon/server/rate_headers.h"

#include <algorithm>

#include <fmt/format.h>

namespace litegw::server {
namespace {

using budget::LevelKind;

// One limit of one kind of level.
struct Names {
  http::FieldName limit, remaining;
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
  http::FieldName litellm_limit, limit, remaining, reset;
};
constexpr OfKey key_requests{"x-litellm-key-rpm-limit", "x-ratelimit-limit-requests",
                             "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"};
constexpr OfKey key_tokens{"x-litellm-key-tpm-limit", "x-ratelimit-limit-tokens",
                           "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"};

class Adder {
 public:
  Adder(const budget::LevelId& level, const budget::RateView& used, http::FieldBlock& fields)
      : level_(level), used_(used), fields_(fields) {}

  void add(std::int64_t limit, std::int64_t used, const Names& names, const OfKey& own,
           std::string_view what) {
    const std::int64_t left = std::max<std::int64_t>(0, limit - used);
    fields_.add(names.limit, limit);
    fields_.add(names.remaining, left);
    if (level_.kind != LevelKind::key) return;
    if (!level_.model.empty()) {
      if (http::is_token(level_.model))
        fields_.add_other(fmt::format("x-litellm-key-remaining-{}-{}", what, level_.model), left);
      return;
    }
    fields_.add(own.litellm_limit, limit);
    fields_.add(own.limit, limit);
    fields_.add(own.remaining, left);
    // OpenAI's form of a duration.
    fields_.add(own.reset, std::chrono::ceil<seconds>(used_.resets_in) / seconds(1), "s");
  }

 private:
  const budget::LevelId& level_;
  const budget::RateView& used_;
  http::FieldBlock& fields_;
};

}  // namespace

void add_rate_headers(const budget::Level& level, const budget::RateView& used,
                      http::FieldBlock& fields) {
  if (level.id.kind != LevelKind::key && !level.id.model.empty()) return;
  Adder adder(level.id, used, fields);
  const LevelNames& names = names_of(level.id);
  if (level.rpm) adder.add(*level.rpm, used.requests, names.requests, key_requests, "requests");
  if (level.tpm) adder.add(*level.tpm, used.tokens, names.tokens, key_tokens, "tokens");
}

}  // namespace litegw::server
