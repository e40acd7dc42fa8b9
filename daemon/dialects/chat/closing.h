// The end of a Chat Completions stream that the gateway itself ends: in form, as the upstream would
// have done. Pure.
#pragma once

#include <string>
#include <string_view>

#include "daemon/ledger/usage.h"

namespace litegw::dialects::chat {

struct Closing {
  std::string_view example;     // the data of an earlier chunk: id, created and the like are its
  std::string_view model_json;  // quoted name to write; empty = the example's
  std::string_view reason;      // finish_reason: "length"
  const ledger::Usage* usage = nullptr;  // null = the client wants no usage chunk
};

// The last chunk, the usage chunk if wanted, and [DONE].
std::string closing_events(const Closing& closing);

}  // namespace litegw::dialects::chat
