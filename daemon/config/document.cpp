#include "daemon/config/document.h"

#include <map>
#include <optional>
#include <sstream>

#include <fmt/format.h>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "common/base/text.h"

namespace litegw::config {
namespace {

struct Refused {  // ends the parser from within an event
  Place at;
  std::string message;
  std::string hint;
};

// Builds the tree from yaml-cpp's events; its own Node forgets duplicate names and whether a scalar
// was quoted.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(std::size_t file) : file_(file) {}

  NodePtr root() const { return root_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(node(Node::Kind::null, mark), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto found = anchors_.find(anchor);
    if (found == anchors_.end())
      throw Refused{place(mark), "an alias inside the value it stands for", ""};
    attach(found->second, place(mark));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    std::shared_ptr<Node> scalar = node(Node::Kind::scalar, mark);
    scalar->text = value;
    // yaml-cpp gives "?" for a plain scalar and "!" for a quoted one.
    scalar->plain = tag == "?" || tag.empty();
    add(std::move(scalar), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(node(Node::Kind::sequence, mark), anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(node(Node::Kind::map, mark), anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    std::shared_ptr<Node> node;
    YAML::anchor_t anchor;
    std::optional<Member> pending;  // a member whose value has not come yet
    std::vector<NodePtr> merged;    // values of "<<"
    std::map<std::string, std::size_t> names;
  };

  Place place(const YAML::Mark& mark) const { return {file_, mark.line, mark.column}; }
  std::shared_ptr<Node> node(Node::Kind kind, const YAML::Mark& mark) const {
    auto made = std::make_shared<Node>();
    made->kind = kind;
    made->at = place(mark);
    return made;
  }
  void add(std::shared_ptr<Node> made, YAML::anchor_t anchor) {
    Place at = made->at;
    made->anchored = anchor != YAML::NullAnchor;
    if (made->anchored) anchors_[anchor] = made;
    attach(std::move(made), at);
  }
  void open(std::shared_ptr<Node> made, YAML::anchor_t anchor) {
    if (frames_.size() >= max_depth)
      throw Refused{made->at, fmt::format("nested deeper than {} levels", max_depth), ""};
    frames_.push_back({std::move(made), anchor, std::nullopt, {}, {}});
  }
  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    for (const NodePtr& merged : frame.merged)
      merge(*frame.node, *merged);
    add(std::move(frame.node), frame.anchor);
  }
  // "<<: *defaults": members that the map does not have itself.
  void merge(Node& into, const Node& from) {
    for (const Member& member : from.members) {
      if (into.find(member.name) != nullptr) continue;
      into.members.push_back(member);
      into.weight += 1 + member.value->weight;
    }
    limit(into);
  }
  void limit(const Node& grown) const {
    if (grown.weight <= max_nodes) return;
    throw Refused{grown.at, fmt::format("the file stands for more than {} values", max_nodes),
                  "aliases that repeat aliases multiply; write the values out"};
  }
  void attach(NodePtr value, Place at) {
    if (frames_.empty()) {
      root_ = std::move(value);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.node->is_sequence()) {
      frame.node->weight += value->weight;
      frame.node->items.push_back(std::move(value));
      limit(*frame.node);
      return;
    }
    if (!frame.pending) {
      if (!value->is_scalar() && !value->is_null())
        throw Refused{at, "a list or a map cannot be a name", "write `name: value`"};
      frame.pending = Member{value->is_null() ? std::string("null") : value->text, at, nullptr};
      return;
    }
    Member member = std::move(*frame.pending);
    frame.pending.reset();
    frame.node->weight += value->weight;
    limit(*frame.node);
    if (member.name == "<<" && take_merge(frame, value)) return;
    member.value = std::move(value);
    set(frame, std::move(member));
  }
  bool take_merge(Frame& frame, const NodePtr& value) {
    if (value->is_map()) {
      frame.merged.push_back(value);
      return true;
    }
    if (!value->is_sequence()) return false;
    for (const NodePtr& item : value->items)
      if (!item->is_map()) return false;
    for (const NodePtr& item : value->items)
      frame.merged.push_back(item);
    return true;
  }
  void set(Frame& frame, Member member) {
    Node& map = *frame.node;
    auto [known, fresh] = frame.names.emplace(member.name, map.members.size());
    if (fresh) {
      map.members.push_back(std::move(member));
      return;
    }
    std::swap(map.members[known->second], member);
    map.duplicates.push_back(std::move(member));
  }

  std::size_t file_;
  NodePtr root_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, NodePtr> anchors_;
};

Place place_of_byte(std::string_view text, std::size_t at, std::size_t file) {
  Place place{file, 0, 0};
  for (std::size_t i = 0; i < at; ++i) {
    if (text[i] == '\n') {
      ++place.line;
      place.column = 0;
    } else {
      ++place.column;
    }
  }
  return place;
}

// The bytes yaml-cpp must not see: it treats 0x04 as the end of the file and NUL as a character.
bool check_bytes(std::string_view text, std::size_t file, Report& report) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 || byte == '\n' || byte == '\r' || byte == '\t') continue;
    report.error(place_of_byte(text, i, file), fmt::format("control byte 0x{:02x}", byte),
                 "a configuration is UTF-8 text");
    return false;
  }
  if (is_valid_utf8(text)) return true;
  std::size_t good = 0;
  std::size_t line_start = 0;
  while (line_start < text.size()) {
    std::size_t end = std::min(text.find('\n', line_start), text.size());
    if (!is_valid_utf8(text.substr(line_start, end - line_start))) break;
    good = line_start = end + 1;
  }
  report.error(place_of_byte(text, good, file), "not UTF-8 text", "save the file as UTF-8");
  return false;
}

void report_syntax(const YAML::ParserException& failure, std::string_view text, std::size_t file,
                   Report& report) {
  Place at{file, failure.mark.line, failure.mark.column};
  std::string hint;
  const std::vector<std::string>& lines = report.files[file].lines;
  for (int line = std::max(0, at.line - 1); line <= at.line; ++line) {
    if (static_cast<std::size_t>(line) >= lines.size()) break;
    std::string_view written = lines[static_cast<std::size_t>(line)];
    std::size_t tab = written.find('\t');
    if (tab == std::string_view::npos || tab != written.find_first_not_of(' ')) continue;
    at = {file, line, static_cast<int>(tab)};
    hint = "YAML does not allow tabs for indentation; use spaces";
    break;
  }
  if (hint.empty() && failure.msg.find("map") != std::string::npos)
    hint = "look at the indentation of this line and the one above";
  if (at.line < 0) at = place_of_byte(text, 0, file);
  report.error(at, "not valid YAML: " + failure.msg, hint);
}

}  // namespace

const Member* Node::find(std::string_view name) const {
  for (const Member& member : members)
    if (member.name == name) return &member;
  return nullptr;
}

std::string_view kind_name(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return "nothing";
    case Node::Kind::scalar:
      return "text";
    case Node::Kind::sequence:
      return "a list";
    case Node::Kind::map:
      return "a map";
  }
  return "";
}

NodePtr parse_document(std::string_view text, std::size_t file, Report& report) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (!check_bytes(text, file, report)) return nullptr;
  std::istringstream in{std::string(text)};
  Builder builder(file);
  try {
    YAML::Parser parser(in);
    parser.HandleNextDocument(builder);
    NodePtr root = builder.root();
    Builder second(file);
    if (parser.HandleNextDocument(second) && second.root() != nullptr &&
        !second.root()->is_null()) {
      report.error(second.root()->at, "a second YAML document",
                   "keep one document in a file; `include:` reads further files");
      return nullptr;
    }
    if (root == nullptr || root->is_null()) {
      auto empty = std::make_shared<Node>();
      empty->kind = Node::Kind::map;
      empty->at = {file, -1, 0};
      return empty;
    }
    if (!root->is_map()) {
      report.error(root->at, fmt::format("the file is {}, not a map", kind_name(*root)),
                   "a configuration begins like `model_list:`");
      return nullptr;
    }
    return root;
  } catch (const Refused& refused) {
    report.error(refused.at, refused.message, refused.hint);
  } catch (const YAML::ParserException& failure) {
    report_syntax(failure, text, file, report);
  } catch (const YAML::Exception& failure) {
    report.error({file, failure.mark.line, failure.mark.column}, "not valid YAML: " + failure.msg);
  }
  return nullptr;
}

}  // namespace litegw::config
