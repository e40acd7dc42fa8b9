// Handler: /v1/budgets/release.
#include <algorithm>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/control/durable.h"
#include "daemon/control/handlers.h"
#include "daemon/control/unsettled_view.h"

namespace litegw::control {
namespace {

using budget::UnsettledCharge;

constexpr std::size_t most_at_once = 1000;

std::string shown(const std::string& id) {
  return escape_control(shorten(id, 60));
}

Status check_ids(const std::vector<std::string>& ids) {
  if (ids.empty())
    return make_error(ErrorCode::invalid_argument, "no request was named",
                      "name requests that litegw budget show lists as unsettled", "request_ids");
  if (ids.size() > most_at_once)
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("{} requests at once are too many", ids.size()),
                      fmt::format("name at most {}", most_at_once), "request_ids");
  return {};
}

Error released_before(const UnsettledCharge& charge) {
  return make_error(ErrorCode::conflict,
                    fmt::format("the charge of request '{}' was released already, at {} by {}",
                                shown(charge.purpose.request_id), to_rfc3339(*charge.released),
                                escape_control(charge.released_by)),
                    "nothing is left to release; see litegw audit list", "request_ids");
}

std::string reset_command(const requestlog::Row& row) {
  const std::string& key = row.key_name.empty() ? row.key_id : row.key_name;
  return "litegw budget reset --key " + (key.empty() ? "KEY" : escape_control(key));
}

// Why a request has no charge that could be released.
Error no_charge(const std::string& id, const store::Store& store) {
  const Result<std::vector<budget::OpenHold>> holds = store.holds();
  if (!holds) return holds.error();
  const Result<std::optional<requestlog::Row>> row = store.row(id);
  if (!row) return row.error();
  for (const budget::OpenHold& hold : *holds)
    if (hold.purpose.request_id == id)
      return make_error(
          ErrorCode::conflict,
          fmt::format("request '{}' is under way: what is held for it is no charge", shown(id)),
          "its end frees what it does not cost", "request_ids");
  if (!*row)
    return make_error(ErrorCode::not_found, fmt::format("no request '{}'", shown(id)),
                      "litegw budget show lists the charges that can be released", "request_ids");
  if (!(*row)->unsettled)
    return make_error(ErrorCode::conflict,
                      fmt::format("request '{}' was settled at {}: that is what it cost", shown(id),
                                  to_display((*row)->cost)),
                      "only what a crash has charged can be released; to forgive what a key has "
                      "spent: " +
                          reset_command(**row),
                      "request_ids");
  if ((*row)->cost.is_zero())
    return make_error(ErrorCode::conflict, fmt::format("request '{}' was charged $0.00", shown(id)),
                      "there is nothing to release", "request_ids");
  return make_error(ErrorCode::conflict,
                    fmt::format("the charge of request '{}' can no longer be released: it is older "
                                "than what is kept for that",
                                shown(id)),
                    "to forgive what its key has spent: " + reset_command(**row), "request_ids");
}

// The charges of these requests, in their order; of a request with several holds all that are open.
Result<std::vector<UnsettledCharge>> find_charges(const std::vector<std::string>& ids,
                                                  const store::Store& store) {
  const std::set<std::string_view> wanted(ids.begin(), ids.end());
  std::vector<UnsettledCharge> known;
  const Status read = store.unsettled_charges([&](const UnsettledCharge& charge) {
    if (wanted.contains(charge.purpose.request_id)) known.push_back(charge);
    return true;
  });
  if (!read) return read.error();
  std::vector<UnsettledCharge> found;
  for (const std::string& id : ids) {
    const std::size_t before = found.size();
    const UnsettledCharge* released = nullptr;
    for (const UnsettledCharge& charge : known) {
      if (charge.purpose.request_id != id) continue;
      if (charge.released)
        released = &charge;
      else
        found.push_back(charge);
    }
    if (found.size() > before) continue;
    return released != nullptr ? released_before(*released) : no_charge(id, store);
  }
  return found;
}

std::vector<std::string> without_doubles(const std::vector<std::string>& ids) {
  std::vector<std::string> out;
  for (const std::string& id : ids)
    if (std::find(out.begin(), out.end(), id) == out.end()) out.push_back(id);
  return out;
}

}  // namespace

net::Task<Result<Reply>> release_charges(Context& context, const Call& call) {
  const Result<BudgetRelease> request = decode_request<BudgetRelease>(call.body);
  if (!request) co_return request.error();
  const Status named = check_ids(request->request_ids);
  if (!named) co_return named.error();
  const store::Store& store = context.daemon.store();
  const std::vector<std::string> ids = without_doubles(request->request_ids);
  const Result<std::vector<UnsettledCharge>> charges = find_charges(ids, store);
  if (!charges) co_return charges.error();
  BudgetReleaseAnswer done;
  done.dry_run = request->dry_run;
  std::vector<std::uint64_t> holds;
  for (const UnsettledCharge& charge : *charges) {
    done.items.push_back(line_of(charge, store));
    holds.push_back(charge.number);
    if (request->dry_run) add_released_from(done, release_of(charge), store, wall_clock());
  }
  if (request->dry_run) co_return answer(done);
  net::Task<Result<std::vector<budget::Entry>>> releasing =
      release_durably(context, std::move(holds), call.peer.actor());
  const Result<std::vector<budget::Entry>> released = co_await std::move(releasing);
  if (!released) co_return released.error();
  for (const budget::Entry& entry : *released)
    add_released_from(done, entry, store, wall_clock());
  co_return answer(done);
}

}  // namespace litegw::control
