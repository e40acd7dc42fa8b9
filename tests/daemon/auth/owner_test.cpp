#include "daemon/auth/owner.h"

#include <doctest/doctest.h>

using namespace litegw;
using namespace litegw::auth;

namespace {

Owner full_owner() {
  Owner owner;
  owner.kind = OwnerKind::team;
  owner.id = "team_0123456789ab";
  owner.name = "search";
  owner.models = {"gpt-4o", "openai/*"};
  owner.blocked = true;
  owner.metadata = {{"cost centre", "7"}};
  owner.limits = {{{cents(25), "month"}, {dollars(1), ""}}, 10, 20, 30};
  owner.model_limits = {{"gpt-4o", {{{dollars(5), "day"}}, std::nullopt, 7, std::nullopt}}};
  owner.created = Time(Duration(1'700'000'000'123'456));
  owner.created_by = "uid 1000";
  owner.updated = owner.created + seconds(1);
  return owner;
}

}  // namespace

TEST_CASE("the record of a team is read back as it was written") {
  Json record = to_record(full_owner());
  Owner owner = owner_from_record(OwnerKind::team, parse_json(dump(record)).value()).value();
  CHECK(dump(to_record(owner)) == dump(record));
  CHECK(owner.kind == OwnerKind::team);
  CHECK(owner.models == full_owner().models);
  CHECK(owner.blocked);
  CHECK(owner.metadata == full_owner().metadata);
  CHECK(owner.limits == full_owner().limits);
  CHECK(owner.model_limits == full_owner().model_limits);
  CHECK(owner.created == full_owner().created);
  CHECK(owner.updated == full_owner().updated);
}

TEST_CASE("the record of a team from a newer litegwd is refused naming both versions") {
  Json record = to_record(full_owner());
  record["v"] = 9;
  Error error = owner_from_record(OwnerKind::team, record).error();
  CHECK(error.code == ErrorCode::store_unavailable);
  CHECK(error.message == "a team record of version 9, this litegwd reads up to 1");
}

TEST_CASE("a damaged record of a user is an error, not a crash") {
  CHECK(owner_from_record(OwnerKind::user, Json::array()).error().code == ErrorCode::internal);
  for (const char* member : {"id", "created", "updated", "models", "budgets", "metadata"}) {
    Json record = to_record(full_owner());
    record[member] = Json{{"odd", Json::array()}};
    Result<Owner> owner = owner_from_record(OwnerKind::user, record);
    REQUIRE_MESSAGE(owner.has_error(), member);
    CHECK(owner.error().message.starts_with("a damaged user record"));
  }
}
