#include "daemon/auth/virtual_key.h"

#include <doctest/doctest.h>

using namespace litegw;
using namespace litegw::auth;

namespace {

VirtualKey full_key() {
  VirtualKey key;
  key.id = "key_0123456789ab";
  key.name = "ci";
  key.hash = sha256("sk-1");
  key.last_four = "abcd";
  key.models = {"gpt-4o", "openai/*"};
  key.aliases = {{"fast", "gpt-4o-mini"}};
  key.expires = Time(seconds(1'800'000'000));
  key.blocked = true;
  key.user_id = "usr_1";
  key.team_id = "team_1";
  key.tags = {"a", "b"};
  key.metadata = {{"k", "v"}};
  key.limits = {{{cents(25), "month"}, {dollars(1), ""}}, 10, 20, 30};
  key.model_limits = {{"gpt-4o", {{{dollars(5), "day"}}, std::nullopt, 7, std::nullopt}}};
  key.created = Time(Duration(1'700'000'000'123'456));
  key.created_by = "uid 1000";
  key.updated = key.created + seconds(1);
  key.old_hash = sha256("sk-0");
  key.old_hash_until = key.created + hours(24);
  return key;
}

}  // namespace

TEST_CASE("a key record is read back as it was written") {
  Json record = to_record(full_key());
  VirtualKey key = from_record(parse_json(dump(record)).value()).value();
  CHECK(dump(to_record(key)) == dump(record));
  CHECK(key.limits == full_key().limits);
  CHECK(key.model_limits == full_key().model_limits);
  CHECK(key.hash == full_key().hash);
  CHECK(key.old_hash == full_key().old_hash);
  CHECK(key.created == full_key().created);
  CHECK(key.metadata == full_key().metadata);
}

TEST_CASE("a record from a newer litegwd is refused naming both versions") {
  Json record = to_record(full_key());
  record["v"] = 9;
  Error error = from_record(record).error();
  CHECK(error.code == ErrorCode::store_unavailable);
  CHECK(error.message.find("9") != std::string::npos);
  CHECK(error.message.find("up to 1") != std::string::npos);
}

TEST_CASE("a damaged record is an error, not a crash") {
  CHECK(from_record(Json::array()).error().code == ErrorCode::internal);
  CHECK(from_record(Json{{"v", 1}}).error().code == ErrorCode::internal);
  for (const char* member : {"id", "hash", "created", "models", "expires", "budgets", "metadata"}) {
    Json record = to_record(full_key());
    record[member] = Json{{"x", Json::array({1})}};
    CHECK_MESSAGE(from_record(record).error().code == ErrorCode::internal, member);
  }
  Json record = to_record(full_key());
  record["hash"] = std::string(64, 'z');
  CHECK_FALSE(from_record(record).has_value());
}
