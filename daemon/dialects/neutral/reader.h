// Reading members of a request body: the first problem is kept and names its place
// ("messages[3].content[0].type"), so parsers read straight on and ask once at the end. `null`
// counts as absent everywhere: Cursor sends it for what it does not use.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/json.h"
#include "common/base/result.h"

namespace litegw::dialects {

// Where in the body; lives on the stack, written out only for an error.
class Place {
 public:
  Place() = default;
  Place(const Place& parent, std::string_view name) : parent_(&parent), name_(name) {}
  Place(const Place& parent, std::size_t index) : parent_(&parent), index_(index) {}
  std::string text() const;

 private:
  const Place* parent_ = nullptr;
  std::string_view name_;
  std::optional<std::size_t> index_;
};

class Reader {
 public:
  bool ok() const { return !error_; }
  const Error& error() const { return *error_; }
  // Keeps the first one.
  void fail(const Place& at, std::string_view problem, ErrorCode code = ErrorCode::invalid_request);

  // The member's value, or nullptr when absent or null.
  static Json* member(Json& object, std::string_view name);

  // The value moved out when it has the type; else a problem and an empty value.
  std::string text(Json& value, const Place& at);
  bool is_object(const Json& value, const Place& at);
  bool is_array(const Json& value, const Place& at);

  // Members by name; absent gives nullopt or the empty value.
  std::string text_member(Json& object, std::string_view name, const Place& parent);
  std::string needed_text(Json& object, std::string_view name, const Place& parent);
  std::optional<bool> flag(Json& object, std::string_view name, const Place& parent);
  std::optional<double> number(Json& object, std::string_view name, const Place& parent);
  std::optional<std::int64_t> integer(Json& object, std::string_view name, const Place& parent);
  // A string or a list of strings.
  std::vector<std::string> texts(Json& object, std::string_view name, const Place& parent);

 private:
  std::optional<Error> error_;
};

// "a string", "a number", ... for messages.
std::string_view json_kind(const Json& value);

}  // namespace litegw::dialects
