// Handlers: /v1/spend and /v1/audit.
#include <algorithm>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

#include "common/base/text.h"
#include "common/control/log.h"
#include "daemon/control/audit_view.h"
#include "daemon/control/handlers.h"
#include "daemon/control/on_a_thread.h"

namespace litegw::control {
namespace {

const std::vector<std::string>& dimensions() {
  static const std::vector<std::string> names{"key", "model",    "provider", "user", "team",
                                              "tag", "end_user", "day",      "hour"};
  return names;
}

Status check(const SpendQuery& query) {
  std::set<std::string> seen;
  for (const std::string& name : query.by) {
    const std::vector<std::string>& known = dimensions();
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      std::string guess = nearest(name, known);
      return make_error(ErrorCode::invalid_argument,
                        fmt::format("no report by '{}'{}", escape_control(shorten(name, 40)),
                                    guess.empty() ? "" : "; did you mean '" + guess + "'?"),
                        "one or several of: " + join(known, ", "), "by");
    }
    if (!seen.insert(name).second)
      return make_error(ErrorCode::invalid_argument, fmt::format("'{}' is given twice", name),
                        "each once", "by");
  }
  if (query.since && query.until && *query.since >= *query.until)
    return make_error(ErrorCode::invalid_argument, "until is not after since",
                      "an interval with something in it", "until");
  return {};
}

SpendItem item_of(const store::Sum& sum) {
  SpendItem item;
  item.by = sum.by;
  item.requests = sum.requests;
  item.errors = sum.errors;
  item.unpriced = sum.unpriced;
  item.tokens_in = sum.usage.total_input();
  item.tokens_out = sum.usage.total_output();
  item.cost_usd = sum.cost;
  item.unsettled = sum.unsettled;
  item.over_usd = sum.over;
  return item;
}

void add(SpendItem& total, const SpendItem& item) {
  total.requests += item.requests;
  total.errors += item.errors;
  total.unpriced += item.unpriced;
  total.tokens_in += item.tokens_in;
  total.tokens_out += item.tokens_out;
  total.cost_usd += item.cost_usd;
  total.unsettled += item.unsettled;
  total.over_usd += item.over_usd;
}

// Without `by`, and by tag (a request has several or none), the items do not add up to the total.
Result<SpendItem> total_of(const store::Store& store, const SpendQuery& query) {
  Result<std::vector<store::Sum>> sums = store.sums({"model"}, query.since, query.until);
  if (!sums) return sums.error();
  SpendItem total;
  for (const store::Sum& sum : *sums)
    add(total, item_of(sum));
  return total;
}

// Keys, users and teams by name; what had none keeps its empty word. A report names few, often.
void show_names(SpendReport& report, const store::Store& store) {
  for (std::size_t place = 0; place < report.by.size(); ++place) {
    const std::string& by = report.by[place];
    if (by != "key" && by != "user" && by != "team") continue;
    std::unordered_map<std::string, std::string> names;
    for (SpendItem& item : report.items) {
      if (place >= item.by.size() || item.by[place].empty()) continue;
      std::string& word = item.by[place];
      auto [name, fresh] = names.try_emplace(word);
      if (fresh && by == "key") name->second = store.key_label(word);
      if (fresh && by == "user") name->second = store.owner_label(auth::OwnerKind::user, word);
      if (fresh && by == "team") name->second = store.owner_label(auth::OwnerKind::team, word);
      word = name->second;
    }
  }
}

void sort_items(std::vector<SpendItem>& items, const std::vector<std::string>& by) {
  bool by_time = !by.empty() && (by.front() == "day" || by.front() == "hour");
  std::stable_sort(items.begin(), items.end(), [&](const SpendItem& a, const SpendItem& b) {
    if (by_time && a.by.front() != b.by.front()) return a.by.front() < b.by.front();
    return a.cost_usd > b.cost_usd;
  });
}

Result<Reply> spend_report(const store::Store& store, const SpendQuery& query) {
  SpendReport report;
  report.by = query.by;
  report.since = query.since;
  report.until = query.until;
  if (!query.by.empty()) {
    const Result<std::vector<store::Sum>> sums = store.sums(query.by, query.since, query.until);
    if (!sums) return sums.error();
    report.items.reserve(sums->size());
    for (const store::Sum& sum : *sums)
      report.items.push_back(item_of(sum));
  }
  show_names(report, store);
  sort_items(report.items, query.by);
  const Result<SpendItem> total = total_of(store, query);
  if (!total) return total.error();
  report.total = *total;
  return answer(report);
}

}  // namespace

net::Task<Result<Reply>> report_spend(Context& context, const Call& call) {
  const Result<SpendQuery> query = decode_query<SpendQuery>(call.query);
  if (!query) co_return query.error();
  if (const Status checked = check(*query); !checked) co_return checked.error();
  auto make = [&] {
    return spend_report(context.daemon.store(), *query);
  };
  // Hundreds of thousands of lines when it goes by the hour.
  net::Task<Result<Reply>> making = on_a_thread<Result<Reply>>(context, make);
  Result<Reply> report = co_await std::move(making);
  co_return report;
}

net::Task<Result<Reply>> list_audit(Context& context, const Call& call) {
  const Result<AuditQuery> query = decode_query<AuditQuery>(call.query);
  if (!query) co_return query.error();
  store::AuditFilter filter;
  filter.since = query->since;
  filter.actor = query->actor;
  filter.target = query->target;
  if (query->limit > 0) filter.limit = static_cast<std::size_t>(query->limit);
  const Result<std::vector<store::AuditEntry>> entries = context.daemon.store().audit(filter);
  if (!entries) co_return entries.error();
  AuditList list;
  for (const store::AuditEntry& entry : *entries) {
    if (query->until && entry.time >= *query->until) continue;
    AuditItem item;
    item.at = entry.time;
    item.actor = entry.actor;
    item.action = entry.action;
    item.target = entry.target_name.empty() ? entry.target : entry.target_name;
    item.change = Json::object();
    item.change["before"] = audit_view(entry.before);
    item.change["after"] = audit_view(entry.after);
    list.items.push_back(std::move(item));
  }
  co_return answer(list);
}

}  // namespace litegw::control
