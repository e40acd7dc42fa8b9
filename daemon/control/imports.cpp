// Handler: /v1/import/keys.
#include "common/base/ids.h"
#include "daemon/control/durable.h"
#include "daemon/control/handlers.h"
#include "daemon/control/import_plan.h"
#include "daemon/control/openings.h"

namespace litegw::control {

namespace {

// All in one transaction: an import that died in the middle has not happened.
net::Task<Status> carry_out(Context& context, ImportPlan plan, std::string actor) {
  const bool nothing =
      plan.keys.empty() && plan.owners.empty() && plan.openings.empty() && plan.additions.empty();
  if (nothing) co_return Status();
  budget::Accounts& accounts = context.daemon.accounts();
  charge(accounts, plan.openings);
  charge(accounts, plan.additions);
  net::Task<Status> importing = import_durably(context, plan.keys, plan.owners, plan.openings,
                                               plan.additions, std::move(actor));
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
  DaemonView& daemon = context.daemon;
  const Result<std::vector<auth::VirtualKey>> keys = daemon.store().list_keys();
  if (!keys) co_return keys.error();
  std::vector<auth::Owner> owners;
  for (const auth::OwnerKind kind : {auth::OwnerKind::user, auth::OwnerKind::team}) {
    const Result<std::vector<auth::Owner>> some = daemon.store().list_owners(kind);
    if (!some) co_return some.error();
    owners.insert(owners.end(), some->begin(), some->end());
  }
  const std::shared_ptr<const config::Config> config = daemon.config();
  auto new_id = [] {
    return new_object_id("key_");
  };
  const ImportGround ground{*config, *keys, owners, daemon.accounts().zone(), wall_clock(), new_id};
  Result<ImportPlan> plan = plan_import(request->document, ground);
  if (!plan) co_return plan.error();
  ImportReport& report = plan->report;
  report.dry_run = request->dry_run;
  if (request->dry_run || plan->refused) co_return answer(report);
  report.imported = true;
  Reply done = answer(report);
  net::Task<Status> importing = carry_out(context, std::move(*plan), call.peer.actor());
  const Status imported = co_await std::move(importing);
  if (!imported) co_return imported.error();
  co_return done;
}

}  // namespace litegw::control
