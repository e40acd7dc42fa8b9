// Files, `include:`, `environment_variables:`, `os.environ/NAME` and secrets by reference.
#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/config/loading.h"
#include "daemon/config/redact.h"
#include "daemon/config/values.h"

namespace litegw::config {
namespace {

constexpr std::string_view variable_prefix = "os.environ/";
constexpr std::size_t max_secret_bytes = 64u << 10;
constexpr std::size_t max_files = 100;

NodePtr read_one(const std::string& path, Place wanted_at, Loading& loading,
                 bool& others_can_read) {
  Result<FileText> file = loading.environment.read_file(path, max_file_bytes);
  if (!file) {
    Report& report = loading.report;
    std::string message = fmt::format("cannot read {}: {}", shown(path), file.error().message);
    if (file.error().code == ErrorCode::body_too_large)
      message = fmt::format("{} is larger than {}", shown(path), size_text(max_file_bytes));
    if (wanted_at.line < 0) wanted_at.file = report.add_file(path, "");
    report.error(wanted_at, message);
    return nullptr;
  }
  others_can_read = file->others_can_read;
  std::size_t index = loading.report.add_file(path, file->text);
  return parse_document(file->text, index, loading.report);
}

// Literal secrets in a file that any user may read.
void warn_literal_secrets(const Node& node, std::string_view name, Loading& loading) {
  if (node.is_scalar() && is_secret_name(name) && !node.text.empty() && !is_reference(node.text)) {
    loading.warn_once(
        "literal secret " + std::to_string(node.at.file), node.at,
        fmt::format("a literal {} in a file that every user of this machine can read", shown(name)),
        fmt::format("chmod 640 {}, or write os.environ/NAME, file:/path or cred:name",
                    loading.report.files[node.at.file].name));
  }
  for (const Member& member : node.members)
    warn_literal_secrets(*member.value, member.name, loading);
  for (const NodePtr& item : node.items)
    warn_literal_secrets(*item, name, loading);
}

void report_duplicates(const Node& node, bool strict, Loading& loading) {
  for (const Member& earlier : node.duplicates) {
    const Member* last = node.find(earlier.name);
    std::string message = fmt::format("{} is given twice; line {} counts", shown(earlier.name),
                                      last == nullptr ? 0 : last->at.line + 1);
    if (strict)
      loading.report.error(earlier.at, message, "remove one of them", earlier.name.size());
    else
      loading.report.warn(earlier.at, message, "remove one of them", earlier.name.size());
  }
  for (const Member& member : node.members)
    report_duplicates(*member.value, strict, loading);
  for (const NodePtr& item : node.items)
    report_duplicates(*item, strict, loading);
}

// As LiteLLM merges: lists are appended; maps by member, the included value wins.
NodePtr merged(const NodePtr& base, const NodePtr& added, const std::string& path,
               Loading& loading) {
  if (base->is_sequence() && added->is_sequence()) {
    auto list = std::make_shared<Node>(*base);
    list->items.insert(list->items.end(), added->items.begin(), added->items.end());
    return list;
  }
  if (!base->is_map() || !added->is_map()) {
    loading.report.warn(
        added->at,
        fmt::format("{} is given here and in the including file; this one counts", shown(path)));
    return added;
  }
  auto map = std::make_shared<Node>(*base);
  for (const Member& member : added->members) {
    auto known = std::find_if(map->members.begin(), map->members.end(),
                              [&](const Member& other) { return other.name == member.name; });
    std::string name = path.empty() ? member.name : path + "." + member.name;
    if (known == map->members.end())
      map->members.push_back(member);
    else
      known->value = merged(known->value, member.value, name, loading);
  }
  return map;
}

class Includer {
 public:
  explicit Includer(Loading& loading) : loading_(loading) {}

  NodePtr read(const std::string& path, Place wanted_at) {
    std::string identity = std::filesystem::path(path).lexically_normal().string();
    if (std::find(open_.begin(), open_.end(), identity) != open_.end()) {
      loading_.report.error(wanted_at, fmt::format("{} includes itself", shown(path)),
                            "remove this include");
      return nullptr;
    }
    if (++files_ > max_files) {
      loading_.report.error(wanted_at, fmt::format("more than {} files", max_files));
      return nullptr;
    }
    open_.push_back(identity);
    NodePtr root = read_with_includes(path, wanted_at);
    open_.pop_back();
    return root;
  }

 private:
  NodePtr read_with_includes(const std::string& path, Place wanted_at) {
    bool others_can_read = false;
    NodePtr root = read_one(path, wanted_at, loading_, others_can_read);
    if (root == nullptr) return nullptr;
    if (others_can_read) warn_literal_secrets(*root, "", loading_);
    for (const Member& earlier : root->duplicates)
      report_duplicates(one_duplicate(earlier, *root), is_own_section(earlier.name), loading_);
    for (const Member& member : root->members)
      report_duplicates(*member.value, is_own_section(member.name), loading_);
    const Member* include = root->find("include");
    if (include == nullptr) return root;
    return with_included(root, *include, path);
  }

  static Node one_duplicate(const Member& earlier, const Node& root) {
    Node node;
    node.duplicates.push_back(earlier);
    Member last = *root.find(earlier.name);
    last.value = std::make_shared<Node>();
    node.members.push_back(last);
    return node;
  }

  NodePtr with_included(NodePtr root, const Member& include, const std::string& path) {
    std::vector<NodePtr> names = include.value->items;
    if (include.value->is_scalar()) names.push_back(include.value);
    if (include.value->is_map()) {
      loading_.report.error(include.at, "include must be a list of files, not a map",
                            "write include: [models.yaml]");
      return nullptr;
    }
    bool failed = false;
    for (const NodePtr& name : names) {
      if (!name->is_scalar()) {
        loading_.report.error(name->at, "include needs file names", "write include: [models.yaml]");
        failed = true;
        continue;
      }
      std::filesystem::path wanted(name->text);
      if (wanted.is_relative()) wanted = std::filesystem::path(path).parent_path() / wanted;
      NodePtr added = read(wanted.string(), name->at);
      failed = failed || added == nullptr;
      if (added != nullptr) root = merged(root, without_include(*added), "", loading_);
    }
    return failed ? nullptr : root;
  }

  static NodePtr without_include(const Node& root) {
    auto rest = std::make_shared<Node>(root);
    std::erase_if(rest->members, [](const Member& member) { return member.name == "include"; });
    return rest;
  }

  Loading& loading_;
  std::vector<std::string> open_;
  std::size_t files_ = 0;
};

// Which model or section a value belongs to, for the warning about an unset variable.
std::string subject_of(const std::string& section, const Node& item) {
  const Member* name = item.find("model_name");
  if (section == "model_list" && name != nullptr && name->value->is_scalar())
    return fmt::format("model {}", shown(name->value->text));
  return section;
}

class Substitution {
 public:
  explicit Substitution(Loading& loading) : loading_(loading) {}

  NodePtr apply(const NodePtr& node, const std::string& subject) {
    if (node->is_scalar()) return scalar(node, subject);
    if (node->is_null()) return node;
    auto copy = std::make_shared<Node>(*node);
    for (Member& member : copy->members)
      member.value = apply(member.value, subject.empty() ? member.name : subject);
    for (NodePtr& item : copy->items)
      item = apply(item, subject_of(subject, *item));
    return copy;
  }

 private:
  NodePtr scalar(const NodePtr& node, const std::string& subject) {
    if (!node->text.starts_with(variable_prefix)) return node;
    std::string name = node->text.substr(variable_prefix.size());
    auto copy = std::make_shared<Node>(*node);
    copy->source = node->text;
    copy->plain = false;
    std::optional<std::string> value = loading_.variable(name);
    if (value && !value->empty()) {
      copy->text = *value;
      if (is_secret_name(name)) loading_.report.keep_secret(*value);
      return copy;
    }
    copy->kind = Node::Kind::null;
    copy->text.clear();
    if (!loading_.options.environment_known) return copy;
    std::size_t before = loading_.report.problems.size();
    loading_.warn_once(
        "variable " + name + " of " + subject, node->at,
        fmt::format("{}: environment variable {} is {}", subject, shown(name),
                    value ? "empty" : "not set"),
        fmt::format("set it in {} and restart litegwd", loading_.options.environment_file),
        node->text.size());
    if (loading_.report.problems.size() > before) loading_.report.problems.back().variable = name;
    return copy;
  }

  Loading& loading_;
};

SecretText read_secret_file(const std::string& path, const std::string& source, Place at,
                            const std::string& what, Loading& loading) {
  if (!loading.options.environment_known) return {Secret(), source};
  Result<FileText> file = loading.environment.read_file(path, max_secret_bytes);
  if (!file) {
    loading.report.warn(
        at, fmt::format("{}: cannot read {}: {}", what, shown(source), file.error().message),
        "until it can be read, requests to this provider fail", source.size());
    return {Secret(), source};
  }
  if (file->others_can_read)
    loading.report.warn(
        at, fmt::format("{}: every user of this machine can read {}", what, shown(path)),
        fmt::format("chmod 640 {}", path), source.size());
  return {Secret(file->text), source};
}

}  // namespace

std::optional<std::string> Loading::variable(std::string_view name) const {
  auto own = variables.find(name);
  if (own != variables.end()) return own->second;
  return environment.variable(name);
}

const KnownProvider* Loading::provider(std::string_view name) const {
  for (const KnownProvider& known : options.providers)
    if (known.name == name) return &known;
  return nullptr;
}

void Loading::warn_once(const std::string& subject, Place at, std::string message, std::string hint,
                        std::size_t length) {
  auto [seen, fresh] = seen_.emplace(subject, Seen{report.problems.size(), 1});
  if (fresh)
    report.warn(at, std::move(message), std::move(hint), length);
  else
    ++seen->second.count;
}

void Loading::finish() {
  for (const auto& [subject, seen] : seen_) {
    if (seen.count < 2) continue;
    report.problems[seen.problem].message +=
        fmt::format(" (and in {} more place{})", seen.count - 1, seen.count == 2 ? "" : "s");
  }
  std::stable_sort(report.problems.begin(), report.problems.end(),
                   [](const Problem& a, const Problem& b) {
                     return std::tie(a.at.file, a.at.line, a.at.column) <
                            std::tie(b.at.file, b.at.line, b.at.column);
                   });
}

NodePtr read_sources(const std::string& file, Loading& loading) {
  return Includer(loading).read(file, Place{0, -1, 0});
}

void set_variables(const Node& root, Loading& loading) {
  const Member* section = root.find("environment_variables");
  if (section == nullptr || section->value->is_null()) return;
  if (!section->value->is_map()) {
    loading.report.error(section->at, "environment_variables must be a map of names and values",
                         "write NAME: value, one a line");
    return;
  }
  for (const Member& member : section->value->members) {
    if (!member.value->is_scalar()) continue;
    std::string value = member.value->text;
    if (value.starts_with(variable_prefix)) {
      std::optional<std::string> other =
          loading.variable(std::string_view(value).substr(variable_prefix.size()));
      if (!other) continue;
      value = *other;
    }
    if (is_secret_name(member.name)) loading.report.keep_secret(value);
    loading.variables[member.name] = value;
  }
}

NodePtr resolve_variables(const NodePtr& root, Loading& loading) {
  return Substitution(loading).apply(root, "");
}

SecretText read_secret(const Node& node, const std::string& what, Loading& loading) {
  if (!node.is_scalar()) return {Secret(), node.source};
  SecretText secret;
  if (!node.source.empty()) {
    secret = {Secret(node.text), node.source};
  } else if (node.text.starts_with("file:/")) {
    secret = read_secret_file(node.text.substr(5), node.text, node.at, what, loading);
  } else if (node.text.starts_with("cred:")) {
    std::string name = node.text.substr(5);
    std::optional<std::string> directory = loading.variable("CREDENTIALS_DIRECTORY");
    if (name.empty() || name.find('/') != std::string::npos || name.front() == '.') {
      loading.report.error(node.at,
                           fmt::format("{}: {} names no credential", what, shown(node.text)),
                           "write cred:NAME as in LoadCredential=NAME:/path", node.text.size());
      return {Secret(), node.text};
    }
    if (!directory) {
      if (loading.options.environment_known)
        loading.report.warn(
            node.at, fmt::format("{}: no credentials were given to this process", what),
            fmt::format("add LoadCredential={}:/path to the unit", name), node.text.size());
      return {Secret(), node.text};
    }
    secret = read_secret_file(*directory + "/" + name, node.text, node.at, what, loading);
  } else {
    secret = {Secret(node.text), "literal"};
  }
  std::string text = secret.value.reveal();
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.pop_back();
  text.erase(0, text.find_first_not_of(' ') == std::string::npos ? 0 : text.find_first_not_of(' '));
  loading.report.keep_secret(text);
  if (has_control_bytes(text)) {
    loading.report.error(node.at, fmt::format("{} holds a line break or a control byte", what),
                         "it must be one line of text");
    return {Secret(), secret.source};
  }
  return {Secret(text), secret.source};
}

}  // namespace litegw::config
