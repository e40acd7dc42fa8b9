#include "daemon/store/name_table.h"

#include "common/base/text.h"

namespace litegw::store {
namespace {

constexpr std::size_t longest_name = 400;        // LMDB keys hold 511 bytes
constexpr std::size_t most_names_held = 50'000;  // ids kept in memory

}  // namespace

void NameTable::open(WriteTxn& txn) {
  names_ = txn.open_table("names");
  ids_by_name_ = txn.open_table("name_ids");
}

std::uint32_t NameTable::id(WriteTxn& txn, std::string_view name) {
  if (name.empty()) return 0;
  std::string longer = name.size() > longest_name ? shorten(name, longest_name) : std::string();
  std::string_view text = longer.empty() ? name : longer;
  auto known = ids_.find(text);
  if (known != ids_.end()) return known->second;
  std::uint32_t id = 0;
  if (std::optional<std::string_view> stored = txn.get(ids_by_name_, text)) {
    id = static_cast<std::uint32_t>(from_big_endian(*stored));
  } else {
    id = static_cast<std::uint32_t>(txn.count(names_) + 1);
    txn.put(names_, big_endian32(id), text);
    txn.put(ids_by_name_, text, big_endian32(id));
  }
  if (ids_.size() >= most_names_held) ids_.clear();
  ids_.emplace(text, id);
  return id;
}

std::string NameTable::name(ReadTxn& txn, std::uint32_t id) const {
  if (id == 0) return {};
  return std::string(txn.get(names_, big_endian32(id)).value_or("?"));
}

std::string NameTable::name(const Environment& state, std::uint32_t id) const {
  if (id == 0) return {};
  ReadTxn txn(state.readers());
  return name(txn, id);
}

}  // namespace litegw::store
