// The filters that `log tail` and `log export` share.
#pragma once

#include <string>
#include <vector>

#include "cmd/registry.h"
#include "common/control/log.h"

namespace litegw::cmd {

struct LogFlags {  // as typed
  std::string since, until, after, key, user, team, model, provider, min_cost, min_latency,
      user_agent, grep;
  std::vector<std::string> status;
  bool stream = false;
};

void add_log_flags(CLI::App& command, LogFlags& flags);
// Fails with usage, naming the flag. `key` may be "-" (the key on stdin).
Result<control::LogQuery> to_query(Context& context, const LogFlags& flags);

}  // namespace litegw::cmd
