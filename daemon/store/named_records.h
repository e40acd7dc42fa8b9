// Records of one kind (keys, users, teams) in the state environment: by id, found by a unique name,
// remembered after their deletion for the names in old rows. Bytes only: KeyTable and OwnerTable
// know what is in them. Changes run on the writer's thread inside its transaction, reads on any.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/time.h"
#include "daemon/store/environment.h"

namespace litegw::store {

class NamedRecords {
 public:
  // "key": for messages, and the command that lists them.
  explicit NamedRecords(std::string_view noun) : noun_(noun) {}
  void open(WriteTxn& txn, const char* records, const char* names, const char* deleted);

  // Is the id well-formed and the name free, or this record's own? invalid_argument,
  // already_exists.
  Status check_free(WriteTxn& txn, std::string_view id, std::string_view name);
  std::optional<std::string_view> get(WriteTxn& txn, std::string_view id) {
    return txn.get(records_, id);
  }
  void write(WriteTxn& txn, std::string_view id, std::string_view name, std::string_view record);
  void forget_name(WriteTxn& txn, std::string_view name) { txn.remove(by_name_, name); }
  void forget_names(WriteTxn& txn) { txn.clear(by_name_); }  // all, before they are written anew
  void remove(WriteTxn& txn, std::string_view id, std::string_view name, std::string_view record);
  std::uint64_t count(WriteTxn& txn) { return txn.count(records_); }
  Status each(WriteTxn& txn, const Visit& visit) const { return txn.each(records_, visit); }

  std::optional<std::string_view> get(ReadTxn& txn, std::string_view id) const {
    return txn.get(records_, id);
  }
  // By name, id, or the beginning of one id (6 bytes at least).
  Result<std::optional<std::string>> find(const Environment& state,
                                          std::string_view name_or_id) const;
  // The record, also of one that was deleted.
  std::optional<std::string> find_ever(const Environment& state, std::string_view id) const;
  Status each(const Environment& state, const Visit& visit) const {
    return state.scan(records_, {}, false, visit);
  }
  // Does the name lead to the id?
  bool leads_to(ReadTxn& txn, std::string_view name, std::string_view id) const {
    return txn.get(by_name_, name) == id;
  }
  std::uint64_t names(ReadTxn& txn) const { return txn.count(by_name_); }

  Error not_there(std::string_view id) const;
  Error taken(std::string_view what, std::string_view which) const;
  Error changed_meanwhile(std::string_view name_or_id) const;

 private:
  std::string noun_;
  MDB_dbi records_ = 0;  // id -> JSON record
  MDB_dbi by_name_ = 0;  // name -> id
  MDB_dbi deleted_ = 0;  // id -> JSON record
};

// What a thread has parsed last, by the record's own bytes: the record is read from LMDB every
// time, only an unchanged one is not parsed again.
template <class Record>
class ParsedRecords {
 public:
  // `place`: a hash of what the record was asked by.
  template <class Parse>
  Result<std::shared_ptr<const Record>> get(std::uint64_t place, std::string_view bytes,
                                            const Parse& parse) {
    auto known = parsed_.find(place);
    if (known != parsed_.end() && known->second.bytes == bytes) return known->second.record;
    Result<Record> record = parse(bytes);
    if (!record) return record.error();
    if (parsed_.size() >= most_parsed) parsed_.clear();
    Parsed& parsed = parsed_[place];
    parsed = {std::string(bytes), std::make_shared<const Record>(std::move(*record))};
    return parsed.record;
  }

 private:
  static constexpr std::size_t most_parsed = 20'000;
  struct Parsed {
    std::string bytes;
    std::shared_ptr<const Record> record;
  };
  std::unordered_map<std::uint64_t, Parsed> parsed_;
};

}  // namespace litegw::store
