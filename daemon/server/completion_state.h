// What the completions of one event loop share; used on its thread, never across a suspension.
#pragma once

#include <random>
#include <set>
#include <string>

#include "daemon/dialects/json_reader.h"
#include "daemon/server/spending.h"
#include "daemon/server/targets.h"

namespace litegw::server {

struct CompletionState {
  dialects::JsonReader reader;
  Targets targets;
  CallerCache callers;
  std::set<std::string, std::less<>> warned_unpriced;
  std::string spare;  // memory for what a stream sends next; streams that wait hold none
  std::minstd_rand random{std::random_device{}()};
};

}  // namespace litegw::server
