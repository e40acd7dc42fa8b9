#include "daemon/budget/levels.h"

#include <doctest/doctest.h>

using namespace litegw;
using namespace litegw::budget;

namespace {

auth::VirtualKey key_with(std::vector<auth::BudgetLimit> budgets) {
  auth::VirtualKey key;
  key.id = "key_1";
  key.name = "ci";
  key.limits.budgets = std::move(budgets);
  return key;
}

}  // namespace

TEST_CASE("a key, its user and its team are levels, each also for a model that it limits") {
  auth::VirtualKey key = key_with({{dollars(10), "day"}});
  key.model_limits["gpt-4o"].rpm = 3;
  auth::Owner team;
  team.kind = auth::OwnerKind::team;
  team.id = "team_1";
  team.limits.parallel = 7;

  const std::vector<Level> levels = levels_of({&key, nullptr, &team}, "gpt-4o");
  REQUIRE(levels.size() == 3);
  CHECK(levels[0].id == LevelId{LevelKind::key, "key_1", ""});
  CHECK(levels[1].id == LevelId{LevelKind::key, "key_1", "gpt-4o"});
  CHECK(levels[1].rpm == 3);
  CHECK(levels[2].id == LevelId{LevelKind::team, "team_1", ""});
  CHECK(levels[2].parallel == 7);
  CHECK(levels_of({&key, nullptr, &team}, "other").size() == 2);
}

TEST_CASE("what a level has spent is counted also when nothing limits it") {
  const auth::VirtualKey key = key_with({{dollars(10), "day"}});
  const Level level = level_of(key, "");
  REQUIRE(level.budgets.size() == 2);
  CHECK(is_limit(level.budgets[0]));
  CHECK_FALSE(is_limit(level.budgets[1]));
  CHECK(limits_money({level}));
  CHECK_FALSE(limits_money({level_of(key_with({}), "")}));
}

TEST_CASE("a budget that never resets counts the lifetime by itself") {
  const Level level = level_of(key_with({{dollars(10), ""}}), "");
  CHECK(level.budgets.size() == 1);
}

TEST_CASE("a window that cannot be read never resets") {
  const Level level = level_of(key_with({{dollars(10), "fortnight"}}), "");
  REQUIRE(level.budgets.size() == 1);
  CHECK(level.budgets[0].window.kind == Window::Kind::never);
}
