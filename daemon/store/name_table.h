// Names (of keys, models, tags, ...) as numbers, so that aggregates and ledger rows stay small.
// `id` runs on the writer's thread, `name` on any.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "daemon/store/environment.h"

namespace litegw::store {

class NameTable {
 public:
  void open(WriteTxn& txn);

  // 0 for the empty name; a new one is interned.
  std::uint32_t id(WriteTxn& txn, std::string_view name);
  // After a transaction that did not commit: the names it interned are not known.
  void forget() { ids_.clear(); }

  std::string name(ReadTxn& txn, std::uint32_t id) const;
  std::string name(const Environment& state, std::uint32_t id) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  MDB_dbi names_ = 0;  // id -> name
  MDB_dbi ids_by_name_ = 0;
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> ids_;
};

}  // namespace litegw::store
