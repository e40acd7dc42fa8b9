#include "daemon/control/routes.h"

#include <array>
#include <set>

#include <fmt/format.h>

#include "common/base/text.h"
#include "common/control/log.h"
#include "daemon/control/handlers.h"

namespace litegw::control {
namespace {

constexpr std::array<Operation, 41> operations{{
    {"GET", path::keys, false, "", Access::read, list_keys},
    {"POST", path::keys, false, "", Access::change, create_key},
    {"GET", path::keys, true, "", Access::read, show_key},
    {"PATCH", path::keys, true, "", Access::change, update_key},
    {"DELETE", path::keys, true, "", Access::change, delete_key},
    {"POST", path::keys, true, "block", Access::change, block_key},
    {"POST", path::keys, true, "unblock", Access::change, unblock_key},
    {"POST", path::keys, true, "rotate", Access::change, rotate_key},
    {"GET", path::users, false, "", Access::read, list_owners},
    {"POST", path::users, false, "", Access::change, create_owner},
    {"GET", path::users, true, "", Access::read, show_owner},
    {"PATCH", path::users, true, "", Access::change, update_owner},
    {"DELETE", path::users, true, "", Access::change, delete_owner},
    {"POST", path::users, true, "block", Access::change, block_owner},
    {"POST", path::users, true, "unblock", Access::change, unblock_owner},
    {"GET", path::teams, false, "", Access::read, list_owners},
    {"POST", path::teams, false, "", Access::change, create_owner},
    {"GET", path::teams, true, "", Access::read, show_owner},
    {"PATCH", path::teams, true, "", Access::change, update_owner},
    {"DELETE", path::teams, true, "", Access::change, delete_owner},
    {"POST", path::teams, true, "block", Access::change, block_owner},
    {"POST", path::teams, true, "unblock", Access::change, unblock_owner},
    {"POST", path::key_import, false, "", Access::change, import_keys},
    {"GET", path::budgets, false, "", Access::read, show_budgets},
    {"POST", path::budget_reset, false, "", Access::change, reset_budget},
    {"POST", path::budget_release, false, "", Access::change, release_charges},
    {"POST", path::store_check, false, "", Access::read, check_store},
    {"POST", path::store_backup, false, "", Access::change, backup_store},
    {"GET", path::models, false, "", Access::read, list_models},
    {"GET", path::models, true, "", Access::read, show_model},
    {"GET", path::log, false, "", Access::read, list_log},
    {"GET", path::log, true, "", Access::read, show_request},
    {"GET", path::spend, false, "", Access::read, report_spend},
    {"GET", path::audit, false, "", Access::read, list_audit},
    {"GET", path::status, false, "", Access::read, show_status},
    {"GET", path::version, false, "", Access::read, show_version},
    {"GET", path::config, false, "", Access::read, show_config},
    {"GET", path::config_diff, false, "", Access::read, diff_config},
    {"POST", path::environment, false, "", Access::read, query_environment},
    {"POST", path::reload, false, "", Access::change, reload},
    // HEAD is answered as GET without the body, by the session.
    {"GET", "/v1", false, "", Access::read, show_version},
}};

std::string methods_of(const std::set<std::string>& methods) {
  std::vector<std::string> list(methods.begin(), methods.end());
  return join(list, ", ");
}

}  // namespace

Result<const Operation*> find_operation(Call& call) {
  std::string_view method = call.method == "HEAD" ? std::string_view("GET") : call.method;
  std::set<std::string> others;
  for (const Operation& operation : operations) {
    std::optional<ObjectPath> object = parse_object_path(operation.collection, call.path);
    if (!object || object->reference.empty() == operation.has_object ||
        object->action != operation.action)
      continue;
    if (operation.method == method) {
      call.object = std::move(*object);
      return &operation;
    }
    others.emplace(operation.method);
  }
  if (!others.empty())
    return make_error(ErrorCode::method_not_allowed,
                      fmt::format("{} is not possible here", escape_control(call.method)),
                      "possible: " + methods_of(others));
  return make_error(ErrorCode::route_not_found,
                    fmt::format("no operation {} {}", escape_control(call.method),
                                escape_control(shorten(call.path, 100))),
                    "the paths begin with /v1; is litegw newer than litegwd? litegw version");
}

bool wants_stream(const Call& call) {
  if (call.path != path::log || call.method != "GET") return false;
  Result<LogQuery> query = decode_query<LogQuery>(call.query);
  return query && (query->follow || query->export_all);
}

}  // namespace litegw::control
