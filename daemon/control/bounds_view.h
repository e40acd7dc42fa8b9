// How a key, a user or a team stands: its record, its budgets in their current windows, what it
// spent. Reads the store and the accounts; control loop only.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/control/bounds.h"
#include "daemon/auth/owner.h"
#include "daemon/control/daemon_view.h"

namespace litegw::control {

// What bounds requests at one level, of whichever kind. Refers to the record it was made of.
struct Subject {
  budget::LevelKind kind;
  const std::string& id;
  const std::string& name;
  Time created;
  const auth::Limits& limits;
  const std::map<std::string, auth::Limits>& model_limits;
  Money elsewhere;  // spent before it came here: no report has it
};
Subject subject_of(const auth::VirtualKey& key);
Subject subject_of(const auth::Owner& owner);
budget::LevelKind level_of(auth::OwnerKind kind);

// The members of the record that all kinds share; budgets as far as the record knows them.
template <class Record>
void show_record(BoundsView& view, const Record& record);

// Fills in spent, held and the reset of every budget, those per model included.
void show_budgets(BoundsView& view, const Subject& subject, DaemonView& daemon, Time now);
// One budget as it stands.
BudgetState budget_state(const auth::BudgetLimit& limit, const budget::LevelId& level,
                         const Subject& subject, DaemonView& daemon, Time now);
// Requests and cost since the beginning, by id.
Result<std::map<std::string, store::Sum>> totals_of(budget::LevelKind kind, DaemonView& daemon);
// Requests and cost since the beginning, by window and by model.
Status show_spend(BoundsView& view, const Subject& subject, DaemonView& daemon, Time now);

std::vector<BudgetState> states_of(const std::vector<auth::BudgetLimit>& limits);

template <class Record>
void show_record(BoundsView& view, const Record& record) {
  view.id = record.id;
  view.name = record.name;
  view.state = record.blocked ? "blocked" : "active";
  view.models = record.models;
  view.budgets = states_of(record.limits.budgets);
  view.rpm = record.limits.rpm;
  view.tpm = record.limits.tpm;
  view.parallel = record.limits.parallel;
  for (const auto& [model, limits] : record.model_limits)
    view.model_limits[model] = {states_of(limits.budgets), limits.rpm, limits.tpm};
  view.metadata = record.metadata;
  view.created_at = record.created;
  view.updated_at = record.updated;
  view.created_by = record.created_by;
}

}  // namespace litegw::control
