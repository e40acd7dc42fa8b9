// A YAML file as a tree that remembers where each value was written. Called by the loader on the
// caller's thread; pure: text in, tree or problems out. Aliases share their node; the size after
// expansion is limited, so that a few lines cannot stand for millions of values.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/problem.h"

namespace litegw::config {

struct Node;
using NodePtr = std::shared_ptr<const Node>;

struct Member {
  std::string name;
  Place at;  // of the name
  NodePtr value;
};

struct Node {
  enum class Kind { null, scalar, sequence, map };

  Kind kind = Kind::null;
  Place at;
  std::string text;       // of a scalar, as written (without quotes)
  bool plain = false;     // a scalar without quotes: may stand for a number or a boolean
  bool anchored = false;  // has a name for aliases
  std::string source;     // "os.environ/NAME" when the text came from there
  std::vector<NodePtr> items;
  std::vector<Member> members;     // of a map, names unique: the last one counts
  std::vector<Member> duplicates;  // earlier members of a repeated name
  std::size_t weight = 1;          // nodes below this one, aliases counted each time

  bool is_null() const { return kind == Kind::null; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_sequence() const { return kind == Kind::sequence; }
  bool is_map() const { return kind == Kind::map; }
  const Member* find(std::string_view name) const;
};

// "a list", "a map", "text", "nothing": for messages.
std::string_view kind_name(const Node& node);

inline constexpr std::size_t max_file_bytes = 4u << 20;
inline constexpr std::size_t max_nodes = 200'000;
inline constexpr std::size_t max_depth = 64;

// The document's root; nullptr with errors in `report` when the text cannot be read. An empty file
// is an empty map. `file` is an index into report.files.
NodePtr parse_document(std::string_view text, std::size_t file, Report& report);

}  // namespace litegw::config
