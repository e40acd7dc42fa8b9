// Waits for the first request of Cursor: looks at the rows of the request log as they come.
#pragma once

#include <cstdint>
#include <string>

#include "cmd/context.h"
#include "common/control/log.h"

namespace litegw::cmd {

class CursorWait {
 public:
  explicit CursorWait(Context& context) : context_(context) {}

  // Notes where the log stands: only what comes later counts.
  Status begin();
  // Exit code 0 once a request with that key was answered well. What came with another key, or was
  // refused, is told meanwhile. Fails with timed_out after `limit`.
  Result<int> run(const std::string& key_id, Duration limit);

 private:
  Result<std::vector<Json>> new_rows();
  // True: that is the one.
  bool judge(const Json& row, const std::string& key_id);
  void tell(const control::RequestRow& row, const Json& raw);

  Context& context_;
  std::uint64_t last_ = 0;
};

}  // namespace litegw::cmd
