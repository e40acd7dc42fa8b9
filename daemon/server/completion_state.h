// What the completions of one event loop share; used on its thread, never across a suspension.
#pragma once

#include <random>

#include "daemon/dialects/json_reader.h"
#include "daemon/server/targets.h"

namespace litegw::server {

struct CompletionState {
  dialects::JsonReader reader;
  Targets targets;
  std::minstd_rand random{std::random_device{}()};
};

}  // namespace litegw::server
