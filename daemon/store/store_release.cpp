// Taking back what a crash has charged: what Store says about unsettled charges.
#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/store/store_impl.h"

namespace litegw::store {
namespace {

using budget::UnsettledCharge;

Error no_such_charge() {
  return make_error(ErrorCode::not_found, "the charge is not kept any more",
                    "litegw budget show lists what can be released");
}

Error released_before(const UnsettledCharge& charge) {
  return make_error(ErrorCode::conflict,
                    fmt::format("the charge of request '{}' was released at {} by {}",
                                escape_control(charge.purpose.request_id),
                                to_rfc3339(*charge.released), escape_control(charge.released_by)),
                    "nothing is left to release; see `litegw audit list`");
}

}  // namespace

// All are looked at before the first is changed: a refusal leaves nothing half done.
Status Store::Impl::release(WriteTxn& txn, const std::vector<std::uint64_t>& holds,
                            const std::string& actor, std::vector<budget::Entry>& released) {
  released.clear();
  std::vector<UnsettledCharge> charges;
  for (const std::uint64_t hold : holds) {
    Result<std::optional<UnsettledCharge>> charge = unsettled_charges.find(txn, hold);
    if (!charge) return charge.error();
    if (!*charge) return no_such_charge();
    if ((*charge)->released) return released_before(**charge);
    charges.push_back(std::move(**charge));
  }
  for (UnsettledCharge& charge : charges)
    released.push_back(release(txn, std::move(charge), actor));
  return {};
}

budget::Entry Store::Impl::release(WriteTxn& txn, UnsettledCharge charge,
                                   const std::string& actor) {
  budget::Entry entry = release_of(charge);
  // A counter of a period long gone may have been dropped, and none ever falls below zero.
  std::vector<budget::Place> places;
  for (const budget::Place& place : entry.places)
    if (money.counter(txn, place).spent >= charge.amount) places.push_back(place);
  entry.places = std::move(places);

  const budget::Purpose& purpose = charge.purpose;
  AuditEntry audited;
  audited.time = wall_clock();
  audited.actor = actor;
  audited.action = "budget release";
  audited.target = purpose.key_id;
  audited.target_name = purpose.key_name;
  audited.before = {{"request", purpose.request_id},
                    {"charged_usd", to_decimal(charge.amount)},
                    {"counters", counters_json(txn, entry.places)}};
  LedgerChange change;
  change.kind = entry.kind;
  change.hour = hour_of(charge.charged);
  change.members = {names.id(txn, purpose.key_id), names.id(txn, purpose.user_id),
                    names.id(txn, purpose.team_id), names.id(txn, purpose.model),
                    names.id(txn, purpose.provider)};
  change.sequence = charge.sequence;
  change.amount = entry.amount;
  change.places = &entry.places;
  money.add(txn, {&change, 1});
  spend.release(txn, change.hour, change.members, charge.amount);
  charge.released = audited.time;
  charge.released_by = actor;
  unsettled_charges.put(txn, charge);
  audited.after = {{"request", purpose.request_id},
                   {"charged_usd", "0"},
                   {"counters", counters_json(txn, entry.places)}};
  audit.add(txn, audited);
  return entry;
}

Status Store::unsettled_charges(const VisitCharge& visit) const {
  return impl_->unsettled_charges.scan(*impl_->state, visit);
}

void Store::release(std::vector<std::uint64_t> holds, std::string actor, Released done) {
  Impl& impl = *impl_;
  auto released = std::make_shared<std::vector<budget::Entry>>();
  auto change = [&impl, holds = std::move(holds), actor = std::move(actor),
                 released](WriteTxn& txn) -> Status {
    return impl.release(txn, holds, actor, *released);
  };
  auto finished = [released, done = std::move(done)](Status status) {
    if (!status) return done(status.error());
    done(std::move(*released));
  };
  impl.state_writer->submit(std::move(change), std::move(finished));
}

}  // namespace litegw::store
