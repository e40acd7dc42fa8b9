// Request rows as a person or a script reads them.
#pragma once

#include <string>

#include "cmd/output.h"
#include "cmd/render/table.h"
#include "common/control/log.h"

namespace litegw::cmd {

// Writes rows one by one, as they come, in the output's format. On a terminal each row is fitted
// to the width, an error stands below its row; ids are shown by their last eight characters, which
// `log show` takes as well.
class RequestPrinter {
 public:
  // `clock` = times of day (for following), else how long ago.
  RequestPrinter(Output& output, bool clock);

  void print(const Json& row);
  std::int64_t printed() const { return printed_; }

 private:
  void print_aligned(const control::RequestRow& row);

  Output& output_;
  bool clock_;
  Table table_;
  Table::Layout layout_;
  std::int64_t printed_ = 0;
};

// One request with attempts, cost and bodies.
void print_request(Output& output, const control::RequestDetail& detail,
                   const control::RequestRow& row);

// "zk3f9x2a" of "req_01jd...zk3f9x2a".
std::string short_request_id(const std::string& id);

}  // namespace litegw::cmd
