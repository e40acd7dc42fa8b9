// The levels that bound a request: its key, its user and its team, each over all models and per
// model. Pure data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/money.h"
#include "common/base/time.h"
#include "daemon/budget/window.h"

namespace litegw::budget {

enum class LevelKind : std::uint8_t { key, user, team };
std::string_view to_text(LevelKind kind);  // "key", "user", "team"

struct LevelId {
  LevelKind kind = LevelKind::key;
  std::string id;
  std::string model;  // empty = over all models
  friend auto operator<=>(const LevelId&, const LevelId&) = default;
};

struct BudgetRule {
  Money amount;
  Window window;
};

// One level with its limits as of now. Made once per change of the record, not per request.
struct Level {
  LevelId id;
  std::string name;  // for messages; the id when it has none
  Time created{};
  std::vector<BudgetRule> budgets;
  std::optional<std::int64_t> rpm, tpm, parallel;
};

// Both clocks at one moment. Windows of budgets go by the calendar; minutes must not start again
// when somebody sets it.
struct Clocks {
  Time wall;
  Duration steady{};  // since whenever, never set
};

// What a request needs before its upstream may be called.
struct Need {
  Money money;
  std::int64_t tokens = 0;
  bool free = false;  // every price is explicitly zero: money limits do not apply
};

// Why a request does not fit: the first limit that it breaks.
struct Refusal {
  enum class What : std::uint8_t { money, requests, tokens, parallel };
  What what = What::money;
  LevelId level;
  std::string name;
  Money amount, left;                // for money
  std::int64_t limit = 0, room = 0;  // for the others
  std::int64_t needed = 0;           // for tokens: what the request may take
  std::optional<Time> resets;  // nullopt = never (money), or when a running request ends (parallel)
};

}  // namespace litegw::budget
