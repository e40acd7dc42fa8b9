// Holds, charges and counters: what Store says about money.
#include <algorithm>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "daemon/store/store_impl.h"

namespace litegw::store {
namespace {

using requestlog::Row;

LedgerChange change_of(const budget::Entry& entry) {
  LedgerChange change;
  change.kind = entry.kind;
  change.hour = hour_of(entry.time);
  change.amount = entry.amount;
  change.over = entry.over;
  change.places = &entry.places;
  return change;
}

// The request that a hold of a dead process was for.
Row unsettled_row(const budget::OpenHold& hold, Time now) {
  Row row;
  row.id = hold.purpose.request_id;
  row.started = hold.admitted;
  row.duration_us = std::max<std::int64_t>(0, (now - hold.admitted).count());
  row.outcome = requestlog::Outcome::shutdown;
  row.error_code = "shutdown";
  row.error_message = "litegwd ended before this request did: charged what was set aside for it";
  row.key_id = hold.purpose.key_id;
  row.key_name = hold.purpose.key_name;
  row.user_id = hold.purpose.user_id;
  row.team_id = hold.purpose.team_id;
  row.asked_model = row.model = hold.purpose.model;
  row.provider = hold.purpose.provider;
  row.usage.estimated = true;
  row.cost = row.held = hold.amount;
  row.priced = true;
  row.unsettled = true;
  return row;
}

budget::UnsettledCharge unsettled_charge(const budget::OpenHold& hold, const Row& row) {
  budget::UnsettledCharge charge;
  charge.number = hold.number;
  charge.purpose = hold.purpose;
  charge.admitted = hold.admitted;
  charge.charged = row.started + Duration(row.duration_us);
  charge.sequence = row.sequence;
  charge.amount = hold.amount;
  charge.places = hold.places;
  return charge;
}

Json counter_json(const budget::Place& place, Money spent) {
  Json out = {{"level", budget::to_text(place.level.kind)}, {"id", place.level.id}};
  if (!place.level.model.empty()) out["model"] = place.level.model;
  if (place.window.kind != budget::Window::Kind::never) {
    out["window"] = budget::to_text(place.window);
    out["since"] = to_rfc3339(place.period.start);
  }
  out["spent"] = to_decimal(spent);
  return out;
}

}  // namespace

void Store::Impl::add_requests(WriteTxn& txn, StateWriter::Requests& requests) {
  std::vector<std::uint64_t> settled;
  for (const Charge& charge : requests.charges)
    if (charge.hold != 0) settled.push_back(charge.hold);
  std::sort(settled.begin(), settled.end());
  for (const StateWriter::PendingHold& pending : requests.holds)
    if (!std::binary_search(settled.begin(), settled.end(), pending.hold.number))
      money.put_hold(txn, pending.hold);
  if (requests.rows.empty()) return;

  std::uint64_t sequence = committed_sequence;
  std::vector<LedgerChange> changes;
  std::vector<Members> members;
  changes.reserve(requests.rows.size());
  members.reserve(requests.rows.size());
  for (std::size_t i = 0; i < requests.rows.size(); ++i) {
    Row& row = requests.rows[i];
    const Charge& charge = requests.charges[i];
    row.sequence = ++sequence;
    members.push_back(members_of(names, txn, row));
    if (charge.amount.is_zero() && charge.places.empty()) continue;
    changes.push_back({charge.kind, hour_of(row), members.back(), row.sequence, charge.amount,
                       charge.over, &charge.places});
  }
  spend.add(txn, requests.rows, members);
  money.add(txn, changes);
  for (std::uint64_t hold : settled)
    money.end_hold(txn, hold);
  txn.put(meta, "sequence", big_endian(sequence));
}

Status Store::Impl::settle_dead_holds(StateWriter::Rows& rows) {
  WriteTxn txn(state->raw());
  unsettled_charges.drop_oldest(txn);
  Result<std::vector<budget::OpenHold>> dead = money.holds(txn);
  if (!dead) return dead.error();
  if (dead->empty()) return {};
  StateWriter::Requests requests;
  Time now = wall_clock();
  Money total;
  for (budget::OpenHold& hold : *dead) {
    requests.rows.push_back(unsettled_row(hold, now));
    requests.charges.push_back(
        {budget::Entry::Kind::unsettled, hold.number, hold.amount, Money{}, hold.places});
    total += hold.amount;
  }
  add_requests(txn, requests);
  for (std::size_t i = 0; i < dead->size(); ++i)
    if (!(*dead)[i].amount.is_zero())
      unsettled_charges.put(txn, unsettled_charge((*dead)[i], requests.rows[i]));
  if (int code = txn.commit(); code != 0)
    return lmdb_error(code, "cannot settle what requests of the last run had set aside");
  spdlog::warn(
      "store: {} requests were under way when litegwd ended; charged what was set aside "
      "for them, {} in all",
      requests.rows.size(), to_display(total));
  unsettled = requests.rows.size();
  committed_sequence = requests.rows.back().sequence;
  rows = std::move(requests.rows);
  return {};
}

void Store::Impl::add_entry(WriteTxn& txn, const budget::Entry& entry) {
  LedgerChange change = change_of(entry);
  const budget::Purpose& purpose = entry.purpose;
  change.members = {names.id(txn, purpose.key_id), names.id(txn, purpose.user_id),
                    names.id(txn, purpose.team_id), names.id(txn, purpose.model),
                    names.id(txn, purpose.provider)};
  money.add(txn, {&change, 1});
}

// Of whom the first counter is; empty = it has none (any more).
std::string Store::Impl::name_of(WriteTxn& txn, const budget::Entry& entry) {
  if (entry.places.empty()) return {};
  const budget::LevelId& level = entry.places.front().level;
  if (level.kind == budget::LevelKind::key) {
    Result<std::optional<auth::VirtualKey>> key = keys.get(txn, level.id);
    return key && *key ? (*key)->name : std::string();
  }
  const bool user = level.kind == budget::LevelKind::user;
  Result<std::optional<auth::Owner>> owner =
      owners.get(txn, user ? auth::OwnerKind::user : auth::OwnerKind::team, level.id);
  return owner && *owner ? (*owner)->name : std::string();
}

Json Store::Impl::counters_json(WriteTxn& txn, const budget::PlaceList& places) {
  Json out = Json::array();
  for (const budget::Place& place : places)
    out.push_back(counter_json(place, money.counter(txn, place).spent));
  return out;
}

void Store::Impl::adjust(WriteTxn& txn, const budget::Entry& entry, const std::string& action,
                         const std::string& actor) {
  AuditEntry audited;
  audited.time = wall_clock();
  audited.actor = actor;
  audited.action = action;
  if (!entry.places.empty()) audited.target = entry.places.front().level.id;
  audited.target_name = name_of(txn, entry);
  if (audited.target_name.empty()) audited.target_name = entry.purpose.key_name;
  audited.before = {{"counters", counters_json(txn, entry.places)}};
  add_entry(txn, entry);
  audited.after = {{"counters", counters_json(txn, entry.places)}};
  audit.add(txn, audited);
}

std::uint64_t Store::next_hold() {
  return impl_->last_hold.fetch_add(1, std::memory_order_relaxed) + 1;
}

void Store::hold(budget::OpenHold hold, Done done) {
  impl_->state_writer->hold(std::move(hold), std::move(done));
}

Result<std::vector<budget::Counter>> Store::counters() const {
  return impl_->money.counters(*impl_->state);
}
Result<std::vector<budget::OpenHold>> Store::holds() const {
  return impl_->money.holds(*impl_->state);
}

void Store::adjust(std::vector<budget::Entry> entries, std::string action, std::string actor,
                   Done done) {
  Impl& impl = *impl_;
  auto change = [&impl, entries = std::move(entries), action = std::move(action),
                 actor = std::move(actor)](WriteTxn& txn) -> Status {
    for (const budget::Entry& entry : entries) {
      impl.adjust(txn, entry, action, actor);
      impl.unsettled_charges.follow(txn, entry);
    }
    return {};
  };
  impl.state_writer->submit(std::move(change), std::move(done));
}

Admissions& Store::add_admissions() {
  Impl& impl = *impl_;
  std::lock_guard lock(impl.admissions_mutex);
  Admissions& made = impl.admissions.emplace_back(impl.newest_admissions.load());
  impl.newest_admissions.store(&made);
  return made;
}

std::int64_t Store::journal_lag_ms() const {
  if (impl_->on_full == config::OnFull::allow && impl_->state_writer->full()) return 0;
  std::int64_t oldest = impl_->state_writer->oldest();
  const Admissions* loop = impl_->newest_admissions.load(std::memory_order_acquire);
  for (; loop != nullptr; loop = loop->next()) {
    const std::int64_t admitted = loop->oldest();
    if (admitted != 0 && (oldest == 0 || admitted < oldest)) oldest = admitted;
  }
  return age_ms(oldest);
}

bool Store::record(Row row) {
  // What it cost is in the ledger too, so that all that was spent is.
  Charge charge;
  charge.amount = row.cost;
  bool queued = impl_->state_writer->enqueue(std::move(row), std::move(charge));
  return (queued || impl_->on_full == config::OnFull::allow) && accepts_requests();
}

bool Store::record(Row row, budget::Entry entry) {
  row.over = entry.over;
  Charge charge{entry.kind, entry.hold, entry.amount, entry.over, std::move(entry.places)};
  bool queued = impl_->state_writer->enqueue(std::move(row), std::move(charge));
  return (queued || impl_->on_full == config::OnFull::allow) && accepts_requests();
}

}  // namespace litegw::store
