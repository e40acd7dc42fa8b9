// Text that must never be shown: provider keys, virtual keys, the master key. It has no formatter
// and no stream operator; `reveal` is the only way to the characters, so that a search for it lists
// every use.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace litegw {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  bool empty() const { return value_.empty(); }
  const std::string& reveal() const { return value_; }

  // "sk-...abcd": what may be shown of a key. Short secrets show nothing of themselves.
  std::string masked() const;

  // In constant time for secrets of one length.
  friend bool operator==(const Secret& a, const Secret& b) { return a.equals(b.value_); }
  bool equals(std::string_view other) const;

 private:
  std::string value_;
};

}  // namespace litegw
