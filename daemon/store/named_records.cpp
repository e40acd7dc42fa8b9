#include "daemon/store/named_records.h"

#include <fmt/format.h>

#include "common/base/text.h"

namespace litegw::store {
namespace {

constexpr std::size_t longest_name = 255;  // LMDB keys hold 511 bytes
constexpr std::size_t shortest_prefix = 6;

std::string shown(std::string_view text) {
  return escape_control(shorten(text, 80));
}

}  // namespace

void NamedRecords::open(WriteTxn& txn, const char* records, const char* names,
                        const char* deleted) {
  records_ = txn.open_table(records);
  by_name_ = txn.open_table(names);
  deleted_ = txn.open_table(deleted);
}

Error NamedRecords::not_there(std::string_view id) const {
  return make_error(ErrorCode::not_found, fmt::format("there is no {} '{}'", noun_, shown(id)),
                    fmt::format("litegw {0} list shows the {0}s that exist", noun_));
}

Error NamedRecords::taken(std::string_view what, std::string_view which) const {
  return make_error(ErrorCode::already_exists,
                    fmt::format("a {} with {} '{}' exists already", noun_, what, shown(which)),
                    fmt::format("choose another name, or delete that {} first", noun_),
                    std::string(what));
}

Error NamedRecords::changed_meanwhile(std::string_view name_or_id) const {
  return make_error(ErrorCode::conflict,
                    fmt::format("{} '{}' was changed meanwhile", noun_, shown(name_or_id)),
                    "look at it again and repeat the change");
}

Status NamedRecords::check_free(WriteTxn& txn, std::string_view id, std::string_view name) {
  if (id.empty() || id.size() > longest_name)
    return make_error(ErrorCode::invalid_argument, fmt::format("a {} needs an id", noun_), {},
                      "id");
  if (name.size() > longest_name)
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("the name of a {} has at most {} bytes, this one has {}", noun_,
                                  longest_name, name.size()),
                      {}, "name");
  std::optional<std::string_view> owner = txn.get(by_name_, name);
  if (owner && *owner != id) return taken("name", name);
  return {};
}

void NamedRecords::write(WriteTxn& txn, std::string_view id, std::string_view name,
                         std::string_view record) {
  txn.put(records_, id, record);
  if (!name.empty()) txn.put(by_name_, name, id);
}

void NamedRecords::remove(WriteTxn& txn, std::string_view id, std::string_view name,
                          std::string_view record) {
  txn.remove(by_name_, name);
  txn.remove(records_, id);
  txn.put(deleted_, id, record);
}

Result<std::optional<std::string>> NamedRecords::find(const Environment& state,
                                                      std::string_view name_or_id) const {
  {
    ReadTxn txn(state.readers());
    if (txn.failure() != 0)
      return lmdb_error(txn.failure(), fmt::format("cannot read the {} table", noun_));
    std::string_view id = txn.get(by_name_, name_or_id).value_or(name_or_id);
    if (std::optional<std::string_view> record = txn.get(records_, id))
      return std::optional<std::string>(*record);
  }
  if (name_or_id.size() < shortest_prefix || name_or_id.size() > longest_name)
    return std::optional<std::string>();
  std::vector<std::pair<std::string, std::string>> found;
  Status read = state.scan(records_, std::string(name_or_id), false,
                           [&](std::string_view id, std::string_view record) {
                             if (!id.starts_with(name_or_id)) return false;
                             found.emplace_back(id, record);
                             return found.size() < 2;
                           });
  if (!read) return read.error();
  if (found.empty()) return std::optional<std::string>();
  if (found.size() > 1)
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("'{}' is the beginning of several ids, among them {} and {}",
                                  name_or_id, found[0].first, found[1].first),
                      "write more of the id");
  return std::optional<std::string>(std::move(found[0].second));
}

std::optional<std::string> NamedRecords::find_ever(const Environment& state,
                                                   std::string_view id) const {
  ReadTxn txn(state.readers());
  for (MDB_dbi table : {records_, deleted_})
    if (std::optional<std::string_view> record = txn.get(table, id)) return std::string(*record);
  return std::nullopt;
}

}  // namespace litegw::store
