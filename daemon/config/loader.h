// Reads a configuration file: LiteLLM's config.yaml as it is, plus our own strict sections. All
// problems are collected; one error means no Config. Called at start, on reload and by `config
// check`, on one thread at a time; the Config it returns is immutable. Reads files and variables
// only through `Environment`, opens no socket.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/config/environment.h"
#include "daemon/config/problem.h"

namespace litegw::config {

// A provider that this program can send to. The rows come from daemon/providers/registry, which is
// above this folder.
struct KnownProvider {
  std::string name;              // the prefix in `model: openai/gpt-4o`
  std::string api_base;          // used when the deployment gives none; may be empty
  std::string api_key_variable;  // read when the deployment gives no api_key; may be empty
  std::string api_base_variable;
  bool needs_api_base = false;  // there is no public endpoint: a deployment has to name one
};

struct LoadOptions {
  std::vector<KnownProvider> providers;
  // False = the variables are those of another process than the daemon's: unset ones are no
  // problem.
  bool environment_known = true;
  std::string environment_file = "/etc/litegw/litegwd.env";  // named in warnings
};

struct Loaded {
  std::shared_ptr<const Config> config;  // nullptr when the report has errors
  Report report;
};

Loaded load(const std::string& file, const Environment& environment, const LoadOptions& options);

// For callers that want one error: config_invalid with the first problem and the count.
Result<std::shared_ptr<const Config>> load_or_error(const std::string& file,
                                                    const Environment& environment,
                                                    const LoadOptions& options);

}  // namespace litegw::config
