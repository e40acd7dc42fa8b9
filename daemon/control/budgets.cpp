// Handlers: /v1/budgets.
#include "common/control/budgets.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/budget/accounts.h"
#include "daemon/control/bounds_view.h"
#include "daemon/control/durable.h"
#include "daemon/control/handlers.h"
#include "daemon/control/openings.h"
#include "daemon/control/references.h"
#include "daemon/control/unsettled_view.h"

namespace litegw::control {
namespace {

using auth::OwnerKind;

// The records whose levels a query names.
struct Subjects {
  std::vector<auth::VirtualKey> keys;
  std::vector<auth::Owner> owners;

  std::vector<Subject> all() const {
    std::vector<Subject> subjects;
    for (const auth::VirtualKey& key : keys)
      subjects.push_back(subject_of(key));
    for (const auth::Owner& owner : owners)
      subjects.push_back(subject_of(owner));
    return subjects;
  }
};

Status check_one(const std::string& key, const std::string& user, const std::string& team,
                 bool needed) {
  const int given = static_cast<int>(!key.empty()) + static_cast<int>(!user.empty()) +
                    static_cast<int>(!team.empty());
  if (given == 1 || (given == 0 && !needed)) return {};
  return make_error(
      ErrorCode::invalid_argument,
      given == 0 ? "no key, user or team was named" : "key, user and team exclude each other",
      "name one of them", given == 0 ? "key" : "team");
}

// The owners of a key that are there.
Status add_owners(Subjects& subjects, const auth::VirtualKey& key, DaemonView& daemon) {
  for (auto [kind, id] :
       {std::pair{OwnerKind::user, &key.user_id}, std::pair{OwnerKind::team, &key.team_id}}) {
    if (id->empty()) continue;
    Result<auth::OwnerPtr> owner = daemon.store().owner(kind, *id);
    if (!owner) return owner.error();
    if (*owner) subjects.owners.push_back(**owner);
  }
  return {};
}

Result<Subjects> named(DaemonView& daemon, const std::string& key, const std::string& user,
                       const std::string& team) {
  Subjects subjects;
  if (!key.empty()) {
    Result<auth::VirtualKey> found = find_key(daemon, key, "key");
    if (!found) return found.error();
    subjects.keys.push_back(std::move(*found));
  }
  for (auto [kind, word] : {std::pair{OwnerKind::user, &user}, std::pair{OwnerKind::team, &team}}) {
    if (word->empty()) continue;
    Result<auth::Owner> found = find_owner(daemon, kind, *word, std::string(auth::to_text(kind)));
    if (!found) return found.error();
    subjects.owners.push_back(std::move(*found));
  }
  return subjects;
}

Result<Subjects> everything(const store::Store& store) {
  Subjects subjects;
  Result<std::vector<auth::VirtualKey>> keys = store.list_keys();
  if (!keys) return keys.error();
  subjects.keys = std::move(*keys);
  for (const OwnerKind kind : {OwnerKind::user, OwnerKind::team}) {
    Result<std::vector<auth::Owner>> owners = store.list_owners(kind);
    if (!owners) return owners.error();
    std::move(owners->begin(), owners->end(), std::back_inserter(subjects.owners));
  }
  return subjects;
}

void add_lines(std::vector<BudgetLine>& lines, const Subject& subject, DaemonView& daemon,
               Time now) {
  auto add = [&](const std::string& model, const auth::Limits& limits) {
    const budget::LevelId level{subject.kind, subject.id, model};
    for (const auth::BudgetLimit& limit : limits.budgets) {
      const BudgetState state = budget_state(limit, level, subject, daemon, now);
      BudgetLine& line = lines.emplace_back();
      line.level = budget::to_text(subject.kind);
      line.id = subject.id;
      line.name = subject.name;
      line.model = model;
      line.window = limit.window;
      line.limit_usd = limit.amount;
      line.spent_usd = state.spent_usd;
      line.held_usd = state.held_usd;
      line.available_usd = std::max(Money(), limit.amount - state.spent_usd - state.held_usd);
      line.resets_at = state.resets_at;
    }
  };
  add({}, subject.limits);
  for (const auto& [model, limits] : subject.model_limits)
    add(model, limits);
}

HoldLine line_of(const budget::OpenHold& hold, const store::Store& store, Time now) {
  HoldLine line;
  const budget::Purpose& purpose = hold.purpose;
  line.request_id = purpose.request_id;
  line.key_id = purpose.key_id;
  line.key_name = purpose.key_name;
  if (!purpose.user_id.empty()) line.user = store.owner_label(OwnerKind::user, purpose.user_id);
  if (!purpose.team_id.empty()) line.team = store.owner_label(OwnerKind::team, purpose.team_id);
  line.model = purpose.model;
  line.provider = purpose.provider;
  line.amount_usd = hold.amount;
  line.admitted_at = hold.admitted;
  line.deadline_at = hold.deadline;
  line.overdue = hold.deadline < now;
  return line;
}

Status add_holds(BudgetReport& report, const std::vector<Subject>& subjects,
                 const store::Store& store, Time now) {
  const Result<std::vector<budget::OpenHold>> holds = store.holds();
  if (!holds) return holds.error();
  auto concerns = [&](const budget::Place& place) {
    return std::any_of(subjects.begin(), subjects.end(), [&](const Subject& subject) {
      return subject.kind == place.level.kind && subject.id == place.level.id;
    });
  };
  for (const budget::OpenHold& hold : *holds)
    if (std::any_of(hold.places.begin(), hold.places.end(), concerns))
      report.holds.push_back(line_of(hold, store, now));
  return {};
}

bool is_wanted(const BudgetLine& line, const BudgetReset& request) {
  if (!request.model.empty() && line.model != request.model) return false;
  if (request.window.empty()) return true;
  return line.window == (request.window == "never" ? std::string() : request.window);
}

// Takes out of each counter what it has spent. The entries say what was taken.
std::vector<budget::Entry> take_spent(const std::vector<BudgetLine>& lines, const Subject& subject,
                                      DaemonView& daemon, Time now) {
  std::vector<budget::Entry> entries;
  for (const BudgetLine& line : lines) {
    const Result<budget::Window> window = budget::parse_window(line.window);
    if (!window) continue;
    const budget::Period period =
        budget::period_of(*window, now, subject.created, daemon.accounts().zone());
    const budget::LevelId level{subject.kind, subject.id, line.model};
    for (const budget::CounterView& counter : daemon.accounts().view(level)) {
      if (counter.window != *window || counter.period != period || counter.spent.is_zero())
        continue;
      budget::Entry& entry = entries.emplace_back();
      entry.kind = budget::Entry::Kind::reset;
      entry.time = now;
      entry.places = {{level, *window, period}};
      entry.amount = Money() - counter.spent;
      daemon.accounts().charge(level, *window, period, entry.amount);
    }
  }
  return entries;
}

Error nothing_to_reset(const Subject& subject, const BudgetReset& request) {
  const std::string what = fmt::format("{} '{}' has no such budget", budget::to_text(subject.kind),
                                       escape_control(shorten(subject.name, 60)));
  return make_error(
      ErrorCode::not_found, what,
      fmt::format("see `litegw budget show --{} NAME`", budget::to_text(subject.kind)),
      request.model.empty() ? "window" : "model");
}

}  // namespace

net::Task<Result<Reply>> show_budgets(Context& context, const Call& call) {
  const Result<BudgetQuery> query = decode_query<BudgetQuery>(call.query);
  if (!query) co_return query.error();
  const Status one = check_one(query->key, query->user, query->team, false);
  if (!one) co_return one.error();
  DaemonView& daemon = context.daemon;
  const bool all = query->key.empty() && query->user.empty() && query->team.empty();
  Result<Subjects> subjects =
      all ? everything(daemon.store()) : named(daemon, query->key, query->user, query->team);
  if (!subjects) co_return subjects.error();
  if (!query->key.empty())
    if (const Status added = add_owners(*subjects, subjects->keys[0], daemon); !added)
      co_return added.error();
  const Time now = wall_clock();
  BudgetReport report;
  const std::vector<Subject> list = subjects->all();
  for (const Subject& subject : list)
    add_lines(report.items, subject, daemon, now);
  const Status held = add_holds(report, list, daemon.store(), now);
  if (!held) co_return held.error();
  const Status charged = add_unsettled(report, all ? nullptr : &list, daemon.store());
  if (!charged) co_return charged.error();
  co_return answer(report);
}

net::Task<Result<Reply>> reset_budget(Context& context, const Call& call) {
  const Result<BudgetReset> request = decode_request<BudgetReset>(call.body);
  if (!request) co_return request.error();
  const Status one = check_one(request->key, request->user, request->team, true);
  if (!one) co_return one.error();
  const Result<Subjects> subjects =
      named(context.daemon, request->key, request->user, request->team);
  if (!subjects) co_return subjects.error();
  const Subject subject = subjects->all().front();
  net::Task<Status> waiting = no_release(context);
  const Status quiet = co_await std::move(waiting);
  if (!quiet) co_return quiet.error();
  const Time now = wall_clock();
  BudgetResetAnswer before;
  before.dry_run = request->dry_run;
  add_lines(before.items, subject, context.daemon, now);
  std::erase_if(before.items, [&](const BudgetLine& line) { return !is_wanted(line, *request); });
  if (before.items.empty()) co_return nothing_to_reset(subject, *request);
  if (request->dry_run) co_return answer(before);
  const std::vector<budget::Entry> entries = take_spent(before.items, subject, context.daemon, now);
  if (entries.empty()) co_return answer(before);
  net::Task<Status> adjusting = adjust_durably(context, entries, "budget reset", call.peer.actor());
  const Status adjusted = co_await std::move(adjusting);
  if (!adjusted) {
    take_back(context.daemon.accounts(), entries);
    co_return adjusted.error();
  }
  co_return answer(before);
}

}  // namespace litegw::control
