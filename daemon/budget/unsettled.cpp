#include "daemon/budget/unsettled.h"

#include <algorithm>

namespace litegw::budget {
namespace {

bool is_of(const UnsettledCharge& charge, const LevelId& level) {
  if (!level.model.empty() && level.model != charge.purpose.model) return false;
  switch (level.kind) {
    case LevelKind::key:
      return level.id == charge.purpose.key_id;
    case LevelKind::user:
      return level.id == charge.purpose.user_id;
    case LevelKind::team:
      return level.id == charge.purpose.team_id;
  }
  return false;
}

bool is_in(const UnsettledCharge& charge, const Place& place) {
  return std::find(charge.places.begin(), charge.places.end(), place) != charge.places.end();
}

}  // namespace

bool leave(UnsettledCharge& charge, const Place& place) {
  if (charge.released || !is_in(charge, place)) return false;
  std::vector<Place> rest(charge.places.begin(), charge.places.end());
  std::erase(rest, place);
  charge.places = std::move(rest);
  return true;
}

// Reports count by whole hours, also the one in which a period begins.
bool join(UnsettledCharge& charge, const Place& place) {
  if (charge.released || is_in(charge, place) || !is_of(charge, place.level)) return false;
  const bool ever = place.window.kind == Window::Kind::never;
  if (!ever &&
      std::chrono::floor<hours>(charge.charged) < std::chrono::floor<hours>(place.period.start))
    return false;
  std::vector<Place> more(charge.places.begin(), charge.places.end());
  more.push_back(place);
  charge.places = std::move(more);
  return true;
}

Entry release_of(const UnsettledCharge& charge) {
  Entry entry;
  entry.kind = Entry::Kind::release;
  entry.time = charge.charged;
  entry.purpose = charge.purpose;
  entry.amount = Money() - charge.amount;
  entry.places = charge.places;
  return entry;
}

}  // namespace litegw::budget
