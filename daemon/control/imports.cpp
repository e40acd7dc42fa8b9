// Handler: /v1/import/keys.
#include "common/base/ids.h"
#include "daemon/control/durable.h"
#include "daemon/control/handlers.h"
#include "daemon/control/import_plan.h"
#include "daemon/control/openings.h"

namespace litegw::control {

namespace {

// So often an import is planned anew when something was changed while it was: another import, a
// block, a reset.
constexpr int most_plans = 20;

// What there is, as of `last_change`.
struct Ground {
  std::uint64_t last_change = 0;
  std::vector<auth::VirtualKey> keys;
  std::vector<auth::Owner> owners;
};

// The change is read first: what comes between it and the records makes the import fail, never
// overwrite.
Result<Ground> read_ground(const store::Store& store) {
  Ground ground;
  const Result<std::uint64_t> last = store.last_change();
  if (!last) return last.error();
  ground.last_change = *last;
  Result<std::vector<auth::VirtualKey>> keys = store.list_keys();
  if (!keys) return keys.error();
  ground.keys = std::move(*keys);
  for (const auth::OwnerKind kind : {auth::OwnerKind::user, auth::OwnerKind::team}) {
    const Result<std::vector<auth::Owner>> some = store.list_owners(kind);
    if (!some) return some.error();
    ground.owners.insert(ground.owners.end(), some->begin(), some->end());
  }
  return ground;
}

Result<ImportPlan> plan_on(const Ground& ground, const Json& document, DaemonView& daemon) {
  const std::shared_ptr<const config::Config> config = daemon.config();
  auto new_id = [] {
    return new_object_id("key_");
  };
  const ImportGround facts{*config,      ground.keys, ground.owners, daemon.accounts().zone(),
                           wall_clock(), new_id};
  return plan_import(document, facts);
}

// All in one transaction: an import that died in the middle has not happened.
net::Task<Status> carry_out(Context& context, ImportPlan plan, std::uint64_t last_change,
                            std::string actor) {
  const bool nothing =
      plan.keys.empty() && plan.owners.empty() && plan.openings.empty() && plan.additions.empty();
  if (nothing) co_return Status();
  budget::Accounts& accounts = context.daemon.accounts();
  charge(accounts, plan.openings);
  charge(accounts, plan.additions);
  net::Task<Status> importing = import_durably(context, plan.keys, plan.owners, plan.openings,
                                               plan.additions, std::move(actor), last_change);
  Status imported = co_await std::move(importing);
  if (imported) co_return imported;
  take_back(accounts, plan.openings);
  take_back(accounts, plan.additions);
  co_return imported;
}

}  // namespace

net::Task<Result<Reply>> import_keys(Context& context, const Call& call) {
  const Result<KeyImport> request = decode_request<KeyImport>(call.body);
  if (!request) co_return request.error();
  for (int planned = 1;; ++planned) {
    const Result<Ground> ground = read_ground(context.daemon.store());
    if (!ground) co_return ground.error();
    Result<ImportPlan> plan = plan_on(*ground, request->document, context.daemon);
    if (!plan) co_return plan.error();
    ImportReport& report = plan->report;
    report.dry_run = request->dry_run;
    if (request->dry_run || plan->refused) co_return answer(report);
    report.imported = true;
    Reply done = answer(report);
    net::Task<Status> importing =
        carry_out(context, std::move(*plan), ground->last_change, call.peer.actor());
    const Status imported = co_await std::move(importing);
    if (imported) co_return done;
    const bool again = imported.error().code == ErrorCode::conflict && planned < most_plans;
    if (!again) co_return imported.error();
  }
}

}  // namespace litegw::control
