#include "daemon/control/import_plan.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/control/bounds_edit.h"
#include "daemon/control/bounds_view.h"
#include "daemon/control/litellm_record.h"

namespace litegw::control {
namespace {

constexpr std::size_t most_records = 100'000;

Error no_key_list() {
  return make_error(ErrorCode::invalid_argument, "this is no key list of LiteLLM",
                    "save the answer of GET /key/list?return_full_object=true&size=100 "
                    "(several pages: one after the other in an array)",
                    "document");
}

std::int64_t number_of(const Json& page, const char* name) {
  auto found = page.find(name);
  return found != page.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

// One page, an array of pages, or the bare records.
Result<std::vector<const Json*>> records_of(const Json& document, std::int64_t& total) {
  std::vector<const Json*> records;
  auto add_page = [&](const Json& page) {
    auto keys = page.find("keys");
    if (keys == page.end() || !keys->is_array()) return false;
    for (const Json& record : *keys)
      records.push_back(&record);
    total = std::max(total, number_of(page, "total_count"));
    return true;
  };
  if (document.is_object() && !add_page(document)) return no_key_list();
  if (!document.is_object() && !document.is_array()) return no_key_list();
  if (document.is_array())
    for (const Json& item : document)
      if (!item.is_object() || !add_page(item)) records.push_back(&item);
  if (records.size() <= most_records) return records;
  return make_error(ErrorCode::invalid_argument, fmt::format("{} records", records.size()),
                    fmt::format("at most {} at once", most_records), "document");
}

// The same, whenever it was written?
bool is_same(auth::VirtualKey a, auth::VirtualKey b) {
  for (auth::VirtualKey* key : {&a, &b}) {
    key->updated = {};
    key->metadata.erase(imported_spend_at);
  }
  return auth::to_record(a) == auth::to_record(b);
}

class Planner {
 public:
  explicit Planner(const ImportGround& ground) : ground_(ground) {
    for (const auth::VirtualKey& key : ground.keys) {
      here_[key.hash] = &key;
      if (!key.name.empty()) names_[key.name] = key.hash;
    }
    for (const auth::Owner& owner : ground.owners) {
      owner_ids_.insert({owner.kind, owner.id});
      owner_names_[{owner.kind, owner.name}] = owner.id;
    }
  }

  void add(const Json& record, std::int64_t row);
  ImportPlan take(std::int64_t total);

 private:
  using OwnerName = std::pair<auth::OwnerKind, std::string>;

  std::optional<std::string> conflict(const auth::VirtualKey& key, std::int64_t row);
  void settle_identity(ImportedKey& read, const auth::VirtualKey* before) const;
  void open(const ImportedKey& read, const auth::VirtualKey* before, ImportLine& line);
  void add_owner(ImportedOwner owner);
  budget::Entry opening(const budget::LevelId& level, const ImportedSpend& spend,
                        Time created) const;

  const ImportGround& ground_;
  std::map<Sha256, const auth::VirtualKey*> here_;
  std::map<std::string, Sha256> names_;
  std::map<Sha256, std::int64_t> rows_;
  std::set<OwnerName> owner_ids_;
  std::map<OwnerName, std::string> owner_names_;
  ImportPlan plan_;
};

std::optional<std::string> Planner::conflict(const auth::VirtualKey& key, std::int64_t row) {
  auto [first, is_first] = rows_.emplace(key.hash, row);
  if (!is_first) return fmt::format("the same key as row {}", first->second);
  if (key.name.empty()) return std::nullopt;
  auto [owner, is_free] = names_.emplace(key.name, key.hash);
  if (is_free || owner->second == key.hash) return std::nullopt;
  auto here = here_.find(owner->second);
  if (here == here_.end())
    return fmt::format("two keys of this list are called {}", shown(key.name));
  return fmt::format("{} is the name of another key here ({}): rename one of them", shown(key.name),
                     here->second->id);
}

// What stays as it is here when the same key comes again.
void Planner::settle_identity(ImportedKey& read, const auth::VirtualKey* before) const {
  auth::VirtualKey& key = read.key;
  if (key.created == Time{} || key.created > ground_.now) key.created = ground_.now;
  key.updated = ground_.now;
  if (read.spend.amount > Money()) {
    key.metadata[imported_spend] = to_decimal(read.spend.amount);
    key.metadata[imported_spend_at] = to_rfc3339(ground_.now);
  }
  if (before == nullptr) {
    key.id = ground_.new_key_id();
    return;
  }
  key.id = before->id;
  key.created = before->created;
  key.created_by = before->created_by;
  key.updated = next_version(before->updated, ground_.now);
  if (key.last_four.empty()) key.last_four = before->last_four;
  if (before->blocked && !key.blocked) {
    key.blocked = true;
    read.notes.emplace_back("is blocked here and stays so");
  }
}

budget::Entry Planner::opening(const budget::LevelId& level, const ImportedSpend& spend,
                               Time created) const {
  const Result<budget::Window> parsed = budget::parse_window(spend.window);
  const budget::Window window = parsed ? *parsed : budget::Window{};
  budget::Entry entry;
  entry.kind = budget::Entry::Kind::opening;
  entry.time = ground_.now;
  entry.amount = spend.amount;
  entry.places = {{level, window, budget::period_of(window, ground_.now, created, ground_.zone)}};
  return entry;
}

void Planner::open(const ImportedKey& read, const auth::VirtualKey* before, ImportLine& line) {
  const auth::VirtualKey& key = read.key;
  budget::Entry entry = opening({budget::LevelKind::key, key.id, {}}, read.spend, key.created);
  line.spend_usd = read.spend.amount;
  if (before != nullptr) {
    auto amount = before->metadata.find(imported_spend);
    auto at = before->metadata.find(imported_spend_at);
    if (amount != before->metadata.end() && at != before->metadata.end()) {
      const std::optional<Time> time = parse_rfc3339(at->second);
      const Result<Money> known = parse_dollars(amount->second);
      if (time && known && entry.places[0].period.contains(*time)) entry.amount -= *known;
    }
  }
  if (entry.amount <= Money()) return;
  entry.purpose.key_id = key.id;
  entry.purpose.key_name = key.name;
  entry.purpose.user_id = key.user_id;
  entry.purpose.team_id = key.team_id;
  (before == nullptr ? plan_.openings : plan_.additions).push_back(std::move(entry));
}

// One that is here already stays as it is: its budget may have been given a window since.
void Planner::add_owner(ImportedOwner imported) {
  auth::Owner& owner = imported.owner;
  if (!owner_ids_.insert({owner.kind, owner.id}).second) return;
  auto [named, is_free] = owner_names_.emplace(OwnerName{owner.kind, owner.name}, owner.id);
  if (!is_free) {
    imported.notes.push_back(fmt::format("{} is the name of another {}: it is called by its id",
                                         shown(owner.name), auth::to_text(owner.kind)));
    owner.name = owner.id;
  }
  owner.created = owner.updated = ground_.now;
  owner.created_by = "litellm import";
  ImportLine& line = plan_.report.items.emplace_back();
  line.kind = auth::to_text(owner.kind);
  line.name = owner.name;
  line.id = owner.id;
  line.result = "new";
  line.spend_usd = imported.spend.amount;
  line.notes = std::move(imported.notes);
  if (imported.spend.amount > Money()) {
    const bool user = owner.kind == auth::OwnerKind::user;
    budget::Entry entry =
        opening({level_of(owner.kind), owner.id, {}}, imported.spend, owner.created);
    (user ? entry.purpose.user_id : entry.purpose.team_id) = owner.id;
    plan_.openings.push_back(std::move(entry));
  }
  plan_.owners.push_back(std::move(owner));
}

void Planner::add(const Json& record, std::int64_t row) {
  ImportedKey read = read_litellm_record(record, ground_.config);
  ImportLine line;
  line.row = row;
  line.name = read.label;
  if (!read.refused && !read.skipped) read.refused = conflict(read.key, row);
  if (read.refused || read.skipped) {
    plan_.refused = plan_.refused || read.refused.has_value();
    line.result = read.refused ? "refused" : "skipped";
    line.notes.push_back(read.refused ? *read.refused : *read.skipped);
    plan_.report.items.push_back(std::move(line));
    return;
  }
  auto found = here_.find(read.key.hash);
  const auth::VirtualKey* before = found == here_.end() ? nullptr : found->second;
  settle_identity(read, before);
  line.id = read.key.id;
  const bool same = before != nullptr && is_same(*before, read.key);
  line.result = before == nullptr ? "new" : same ? "same" : "changed";
  const std::size_t additions = plan_.additions.size();
  open(read, before, line);
  const bool added = plan_.additions.size() > additions;
  line.notes = std::move(read.notes);
  plan_.report.items.push_back(std::move(line));
  for (ImportedOwner& owner : read.owners)
    add_owner(std::move(owner));
  // What was added is in the record, else it would be added again.
  if (!same || added) plan_.keys.push_back(std::move(read.key));
}

ImportPlan Planner::take(std::int64_t total) {
  const auto read = std::count_if(plan_.report.items.begin(), plan_.report.items.end(),
                                  [](const ImportLine& line) { return line.kind == "key"; });
  if (total > read)
    plan_.report.notes.push_back(fmt::format(
        "the list holds {} of {} keys: get the other pages too (&page=2, ...)", read, total));
  return std::move(plan_);
}

}  // namespace

Money imported_spend_of(const auth::VirtualKey& key) {
  auto found = key.metadata.find(imported_spend);
  if (found == key.metadata.end()) return {};
  const Result<Money> amount = parse_dollars(found->second);
  return amount ? *amount : Money();
}

Result<ImportPlan> plan_import(const Json& document, const ImportGround& ground) {
  std::int64_t total = 0;
  const Result<std::vector<const Json*>> records = records_of(document, total);
  if (!records) return records.error();
  Planner planner(ground);
  std::int64_t row = 0;
  for (const Json* record : *records)
    planner.add(*record, ++row);
  return planner.take(total);
}

}  // namespace litegw::control
