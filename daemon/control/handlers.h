// The handlers, by noun. Each runs on the control loop; those that change something suspend until
// the change is on disk.
#pragma once

#include "daemon/control/call.h"

namespace litegw::control {

net::Task<Result<Reply>> list_keys(Context& context, const Call& call);
net::Task<Result<Reply>> create_key(Context& context, const Call& call);
net::Task<Result<Reply>> show_key(Context& context, const Call& call);
net::Task<Result<Reply>> update_key(Context& context, const Call& call);
net::Task<Result<Reply>> delete_key(Context& context, const Call& call);
net::Task<Result<Reply>> block_key(Context& context, const Call& call);
net::Task<Result<Reply>> unblock_key(Context& context, const Call& call);
net::Task<Result<Reply>> rotate_key(Context& context, const Call& call);

// Of users and teams: the path says of which.
net::Task<Result<Reply>> list_owners(Context& context, const Call& call);
net::Task<Result<Reply>> create_owner(Context& context, const Call& call);
net::Task<Result<Reply>> show_owner(Context& context, const Call& call);
net::Task<Result<Reply>> update_owner(Context& context, const Call& call);
net::Task<Result<Reply>> delete_owner(Context& context, const Call& call);
net::Task<Result<Reply>> block_owner(Context& context, const Call& call);
net::Task<Result<Reply>> unblock_owner(Context& context, const Call& call);

net::Task<Result<Reply>> show_budgets(Context& context, const Call& call);
net::Task<Result<Reply>> reset_budget(Context& context, const Call& call);
net::Task<Result<Reply>> release_charges(Context& context, const Call& call);
net::Task<Result<Reply>> import_keys(Context& context, const Call& call);

net::Task<Result<Reply>> check_store(Context& context, const Call& call);
net::Task<Result<Reply>> backup_store(Context& context, const Call& call);

net::Task<Result<Reply>> list_models(Context& context, const Call& call);
net::Task<Result<Reply>> show_model(Context& context, const Call& call);

net::Task<Result<Reply>> list_log(Context& context, const Call& call);
net::Task<Result<Reply>> show_request(Context& context, const Call& call);
net::Task<Status> stream_log(Context& context, const Call& call, LineSink& sink);
net::Task<Result<Reply>> report_spend(Context& context, const Call& call);
net::Task<Result<Reply>> list_audit(Context& context, const Call& call);

net::Task<Result<Reply>> show_status(Context& context, const Call& call);
net::Task<Result<Reply>> show_version(Context& context, const Call& call);
net::Task<Result<Reply>> show_config(Context& context, const Call& call);
net::Task<Result<Reply>> diff_config(Context& context, const Call& call);
net::Task<Result<Reply>> query_environment(Context& context, const Call& call);
net::Task<Result<Reply>> reload(Context& context, const Call& call);

}  // namespace litegw::control
