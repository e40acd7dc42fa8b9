#include <doctest/doctest.h>

#include "tests/daemon/store/temp_store.h"

using namespace litegw;
using namespace litegw::store;
using namespace litegw::store::test;
using auth::OwnerKind;

TEST_CASE("a team is found by its id, its name and the beginning of its id") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  auth::Owner team = make_owner(OwnerKind::team, "search");
  team.limits.budgets = {{dollars(100), "month"}};
  REQUIRE(create(*store, team).has_value());
  CHECK(store->owner(OwnerKind::team, team.id).value()->limits == team.limits);
  CHECK(store->find_owner_by(OwnerKind::team, "search").value()->id == team.id);
  CHECK(store->find_owner_by(OwnerKind::team, team.id.substr(0, 9)).value()->name == "search");
  CHECK(store->list_owners(OwnerKind::team).value().size() == 1);
  // Users are apart from teams.
  CHECK(store->owner(OwnerKind::user, team.id).value() == nullptr);
  CHECK_FALSE(store->find_owner_by(OwnerKind::user, "search").value());
  CHECK(create(*store, make_owner(OwnerKind::user, "search")).has_value());
  store.reset();
  store = open_store(folder.path).value();
  CHECK(store->owner(OwnerKind::team, team.id).value()->name == "search");
}

TEST_CASE("an owner's parsed record is shared until it changes") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  auth::Owner user = make_owner(OwnerKind::user, "ann");
  REQUIRE(create(*store, user).has_value());
  auth::OwnerPtr first = store->owner(OwnerKind::user, user.id).value();
  CHECK(store->owner(OwnerKind::user, user.id).value() == first);
  auth::Owner blocked = user;
  blocked.blocked = true;
  blocked.updated += seconds(1);
  REQUIRE(update(*store, blocked, user.updated).has_value());
  CHECK(store->owner(OwnerKind::user, user.id).value()->blocked);
  CHECK_FALSE(first->blocked);
}

TEST_CASE("two users cannot have one name, and a renamed one gives its name free") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  auth::Owner ann = make_owner(OwnerKind::user, "ann");
  REQUIRE(create(*store, ann).has_value());
  Status taken = create(*store, make_owner(OwnerKind::user, "ann"));
  CHECK(taken.error().code == ErrorCode::already_exists);
  CHECK(taken.error().message == "a user with name 'ann' exists already");
  auth::Owner renamed = ann;
  renamed.name = "anna";
  renamed.updated += seconds(1);
  REQUIRE(update(*store, renamed, ann.updated).has_value());
  CHECK(update(*store, renamed, ann.updated).error().code == ErrorCode::conflict);
  CHECK(create(*store, make_owner(OwnerKind::user, "ann")).has_value());
  CHECK(store->check().value().empty());
}

TEST_CASE("a team with keys is not removed, one without is, and its name stays known") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  auth::Owner team = make_owner(OwnerKind::team, "search");
  REQUIRE(create(*store, team).has_value());
  auth::VirtualKey key = make_key("ci", "sk-a-0123456789");
  key.team_id = team.id;
  auth::VirtualKey other = make_key("other", "sk-b-0123456789");
  other.metadata["mentions"] = team.id;
  other.user_id = team.id;
  REQUIRE(create(*store, key).has_value());
  REQUIRE(create(*store, other).has_value());
  Status refused = remove(*store, team);
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == ErrorCode::conflict);
  CHECK(refused.error().message == "team 'search' has 1 key, among them 'ci'");
  REQUIRE(remove(*store, key.id).has_value());
  CHECK(remove(*store, team).has_value());
  CHECK(store->owner(OwnerKind::team, team.id).value() == nullptr);
  CHECK(store->owner_label(OwnerKind::team, team.id) == "search");
  CHECK(remove(*store, team).error().code == ErrorCode::not_found);
  CHECK(store->check().value().empty());
}

TEST_CASE("each change of a user is in the audit log with what it was and became") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  auth::Owner user = make_owner(OwnerKind::user, "ann");
  REQUIRE(create(*store, user).has_value());
  auth::Owner next = user;
  next.blocked = true;
  next.updated += seconds(1);
  REQUIRE(update(*store, next, user.updated).has_value());
  REQUIRE(remove(*store, user).has_value());
  std::vector<AuditEntry> entries = store->audit({}).value();
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].action == "user create");
  CHECK(entries[0].before.is_null());
  CHECK(entries[1].action == "user update");
  CHECK_FALSE(entries[1].before.contains("blocked"));
  CHECK(entries[1].after["blocked"] == true);
  CHECK(entries[2].action == "user delete");
  CHECK(entries[2].target == user.id);
  CHECK(entries[2].target_name == "ann");
}
