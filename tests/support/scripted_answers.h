// Streams as the three kinds of upstream would send them, for one turn that a test wants: a thought
// with its signature, text, calls. The text of a call is what the upstream's tool takes.
#pragma once

#include <string>
#include <vector>

#include "common/base/json.h"
#include "daemon/providers/written.h"

namespace litegw::testing {

struct ScriptedCall {
  std::string id;
  std::string name;  // as the upstream knows it
  bool custom = false;
  std::string text;
};

struct ScriptedTurn {
  int number = 0;  // makes thoughts and ids unlike those of other turns
  bool thinks = false;
  std::string text;
  std::vector<ScriptedCall> calls;
  bool signs = false;  // Chat as Gemini speaks it: the first call is signed, none has an index
};

std::string scripted_stream(providers::Dialect upstream, const ScriptedTurn& turn);
// The same as one plain body.
std::string scripted_body(providers::Dialect upstream, const ScriptedTurn& turn);

}  // namespace litegw::testing
