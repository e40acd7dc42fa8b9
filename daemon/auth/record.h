// The parts that the records of keys, users and teams have in common, to and from JSON. Used by
// auth alone. The `to_` functions throw nlohmann's exceptions on a member of the wrong type;
// `read_record` turns them into errors.
#pragma once

#include <exception>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "daemon/auth/virtual_key.h"

namespace litegw::auth {

// Times are whole microseconds since 1970 in records: exact, and quick to read.
Json from_time(Time time);
Time to_time(const Json& value);

Json from_limits(const Limits& limits);
Limits to_limits(const Json& record);
// Under "model_limits".
void add_model_limits(Json& record, const std::map<std::string, Limits>& limits);
std::map<std::string, Limits> to_model_limits(const Json& record);

Json from_map(const std::map<std::string, std::string>& map);
std::map<std::string, std::string> to_map(const Json& record, const char* name);
std::vector<std::string> to_list(const Json& record, const char* name);
std::string to_string(const Json& record, const char* name);

// store_unavailable for a newer version, internal for a record without one. `what`: "key".
Status check_version(const Json& record, int newest, const char* what);

// A damaged record must not end the daemon.
template <class Read>
auto read_record(const Json& record, int newest, const char* what, const Read& read)
    -> Result<decltype(read(record))> {
  if (Status known = check_version(record, newest, what); !known) return known.error();
  try {
    return read(record);
  } catch (const std::exception& error) {
    return make_error(ErrorCode::internal,
                      fmt::format("a damaged {} record: {}", what, error.what()),
                      "litegw store check lists damaged records");
  }
}

}  // namespace litegw::auth
