// What the parts of the loader share while one file is read. Inside this folder only.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "daemon/config/document.h"
#include "daemon/config/loader.h"

namespace litegw::config {

struct Loading {
  Loading(const Environment& outside, const LoadOptions& given)
      : environment(outside), options(given) {}

  Report report;
  const Environment& environment;
  const LoadOptions& options;
  // `environment_variables:` of the file; they win over the process's own, as in LiteLLM.
  std::map<std::string, std::string, std::less<>> variables;

  std::optional<std::string> variable(std::string_view name) const;
  const KnownProvider* provider(std::string_view name) const;

  // One warning for one subject, however often it occurs; `finish` adds how often.
  void warn_once(const std::string& subject, Place at, std::string message, std::string hint = {},
                 std::size_t length = 1);
  void finish();

 private:
  struct Seen {
    std::size_t problem;
    std::size_t count;
  };
  std::map<std::string, Seen> seen_;
};

// The file and all it includes as one tree; nullptr on errors.
NodePtr read_sources(const std::string& file, Loading& loading);

// Takes over `environment_variables:`, then replaces each scalar "os.environ/NAME".
void set_variables(const Node& root, Loading& loading);
NodePtr resolve_variables(const NodePtr& root, Loading& loading);

// A secret's text from "file:/path", "cred:name" or the scalar itself; `what` names it in messages
// ("api_key of model 'gpt-4o'"). An empty one when it cannot be read, with a warning.
struct SecretText {
  Secret value;
  std::string source;  // "os.environ/NAME", "file:/path", "cred:name", "literal", ""
};
SecretText read_secret(const Node& node, const std::string& what, Loading& loading);

// Our own sections, strictly.
void read_settings(const Node& root, Loading& loading, Config& config);
bool is_own_section(std::string_view name);
std::vector<std::string> own_sections();

// model_list and credential_list.
void read_model_list(const Node& root, Loading& loading, Config& config);
// litellm_settings, router_settings, general_settings and the other sections of LiteLLM.
void read_litellm_sections(const Node& root, Loading& loading, Config& config);

// A YAML value as JSON, by YAML's core rules; `as_text` keeps numbers as the text they were written
// as.
Json to_json(const Node& node, bool as_text = false);

}  // namespace litegw::config
