// Fits tools to an upstream and undoes it in the answer: custom tools become functions with one
// string `input` where the upstream knows no custom tools, names become at most 64 characters of
// [a-zA-Z0-9_-]. Pure; the map belongs to one request.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "daemon/dialects/neutral/event.h"
#include "daemon/dialects/neutral/request.h"

namespace litegw::dialects {

// What was changed, by the name the upstream sees.
struct ToolMap {
  std::unordered_map<std::string, std::string> original_names;
  std::unordered_set<std::string> lowered;  // custom tools sent as functions
  std::unordered_set<std::string> custom;   // custom tools sent as custom tools
};

// Changes tools, tool_choice and the calls in history.
ToolMap lower_tools(Request& request, bool upstream_has_custom_tools);

// At most 64 characters of [a-zA-Z0-9_-]: a name that needs a change keeps its first 55 and gets
// "_" and 8 hex digits of its SHA-256.
std::string fitting_name(std::string_view name);

// Decodes {"input":"..."} while it arrives, into the raw text. Text of another form passes as it
// is.
class InputUnwrapper {
 public:
  void feed(std::string_view json, std::string& out);
  // The call is over: what was held back and never became the expected form.
  void finish(std::string& out);

 private:
  enum class State {
    before_object,
    before_key,
    in_key,
    before_colon,
    before_value,
    text,
    done,
    raw
  };
  void step(char c, std::string& out);
  void escape(char c, std::string& out);
  void code_unit(std::uint32_t unit, std::string& out);
  void give_up(std::string& out);

  State state_ = State::before_object;
  std::string held_;    // bytes before the text, in case they turn out to be no object
  std::string escape_;  // an escape sequence in parts
  std::uint32_t high_surrogate_ = 0;
};

// Undoes lower_tools on the events of an answer.
class ToolRestorer {
 public:
  explicit ToolRestorer(ToolMap map) : map_(std::move(map)) {}
  // Moves `event` into `out`, changed or not.
  void restore(Event event, Events& out);

 private:
  ToolMap map_;
  std::unordered_map<int, InputUnwrapper> unwrapping_;
};

}  // namespace litegw::dialects
