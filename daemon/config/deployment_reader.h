// Reads one entry of model_list. Inside this folder only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/config/litellm_keys.h"
#include "daemon/config/loading.h"

namespace litegw::config {

using Credentials = std::map<std::string, NodePtr, std::less<>>;  // credential_name -> values

// A member that is there and not null.
const Member* value_of(const Node& map, std::string_view name);

class DeploymentReader {
 public:
  DeploymentReader(Loading& loading, const Credentials& credentials)
      : loading_(loading), credentials_(credentials) {}

  // Several when `organization` is a list; none when the entry cannot be used, with a problem.
  std::vector<Deployment> read(const Node& entry);
  // Set after `read` returned nothing because this program does not have the provider.
  const std::string& unsupported_provider() const { return unsupported_provider_; }
  const std::string& public_name() const { return deployment_.public_name; }

 private:
  bool read_names(const Node& entry);
  bool choose_provider(const Node& params);
  void read_param(const Member& member);
  void read_used_param(const Member& member);
  void read_unknown_param(const Member& member);
  void read_number(const Member& member);
  void read_headers(const Member& member);
  void read_model_info(const Node& info);
  void read_connection(const Node& params);
  bool check_api_base(Place at);
  void finish_defaults();
  std::string identity(const Node& params) const;
  std::string what(std::string_view key) const;
  Node with_credentials(const Node& params);

  Loading& loading_;
  const Credentials& credentials_;
  Deployment deployment_;
  std::vector<std::string> organizations_;
  std::string unsupported_provider_;
  Place at_;
  bool usable_ = true;
};

}  // namespace litegw::config
