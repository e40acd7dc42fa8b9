#include "daemon/control/unsettled_view.h"

#include <algorithm>

namespace litegw::control {
namespace {

using auth::OwnerKind;
using budget::LevelKind;
using budget::UnsettledCharge;

constexpr std::size_t most_lines = 1000;

bool is_of(const UnsettledCharge& charge, const Subject& subject) {
  switch (subject.kind) {
    case LevelKind::key:
      return subject.id == charge.purpose.key_id;
    case LevelKind::user:
      return subject.id == charge.purpose.user_id;
    case LevelKind::team:
      return subject.id == charge.purpose.team_id;
  }
  return false;
}

std::string name_of(const budget::LevelId& level, const store::Store& store) {
  switch (level.kind) {
    case LevelKind::key:
      return store.key_label(level.id);
    case LevelKind::user:
      return store.owner_label(OwnerKind::user, level.id);
    case LevelKind::team:
      return store.owner_label(OwnerKind::team, level.id);
  }
  return {};
}

}  // namespace

UnsettledLine line_of(const UnsettledCharge& charge, const store::Store& store) {
  const budget::Purpose& purpose = charge.purpose;
  UnsettledLine line;
  line.request_id = purpose.request_id;
  line.key_id = purpose.key_id;
  line.key_name = purpose.key_name;
  if (!purpose.user_id.empty()) line.user = store.owner_label(OwnerKind::user, purpose.user_id);
  if (!purpose.team_id.empty()) line.team = store.owner_label(OwnerKind::team, purpose.team_id);
  line.model = purpose.model;
  line.provider = purpose.provider;
  line.amount_usd = charge.amount;
  line.admitted_at = charge.admitted;
  line.charged_at = charge.charged;
  return line;
}

Status add_unsettled(BudgetReport& report, const std::vector<Subject>* subjects,
                     const store::Store& store) {
  std::vector<UnsettledCharge> found;  // no look into the store while one goes on
  const Status read = store.unsettled_charges([&](const UnsettledCharge& charge) {
    auto concerns = [&](const Subject& subject) {
      return is_of(charge, subject);
    };
    if (charge.released) return true;
    if (subjects != nullptr && std::none_of(subjects->begin(), subjects->end(), concerns))
      return true;
    report.more_unsettled = found.size() == most_lines;
    if (!report.more_unsettled) found.push_back(charge);
    return !report.more_unsettled;
  });
  if (!read) return read.error();
  for (const UnsettledCharge& charge : found)
    report.unsettled.push_back(line_of(charge, store));
  return {};
}

void add_released_from(BudgetReleaseAnswer& answer, const budget::Entry& entry,
                       const store::Store& store, Time now) {
  for (const budget::Place& place : entry.places) {
    ReleasedFrom& from = answer.from.emplace_back();
    from.request_id = entry.purpose.request_id;
    from.level = budget::to_text(place.level.kind);
    from.id = place.level.id;
    from.name = name_of(place.level, store);
    from.model = place.level.model;
    from.window = budget::to_text(place.window);
    from.amount_usd = Money() - entry.amount;
    from.current = place.period.contains(now);
  }
}

}  // namespace litegw::control
