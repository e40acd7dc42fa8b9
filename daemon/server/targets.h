// What is worked out once per deployment and not once per request: where it is, what it costs. One
// cache per event loop, emptied when configuration or prices change; requests under way keep the
// targets they have.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "common/http/url.h"
#include "daemon/config/config.h"
#include "daemon/ledger/price.h"
#include "daemon/providers/registry.h"
#include "daemon/providers/written.h"

namespace litegw::server {

struct Target {
  std::shared_ptr<const config::Config> config;  // keeps `deployment` alive
  const config::Deployment* deployment = nullptr;
  const providers::Provider* provider = nullptr;
  std::string upstream_model;
  http::Url url;
  std::string head;        // the part of the request's head that is always the same
  std::string count_head;  // the same for count_tokens, of Messages
  providers::Dialect dialect = providers::Dialect::chat;
  ledger::Price price;
  bool priced = false;
  bool rename_max_tokens = false;
  bool hidden_reasoning = false;  // more output is paid for than can be seen
};

using TargetPtr = std::shared_ptr<const Target>;

class Targets {
 public:
  // Fails with unsupported_provider, or config_invalid when the deployment has no usable address or
  // price.
  Result<TargetPtr> find(const std::shared_ptr<const config::Config>& config,
                         const std::shared_ptr<const ledger::PriceBook>& prices, std::size_t index,
                         const std::string& upstream_model);

 private:
  std::shared_ptr<const config::Config> config_;
  std::shared_ptr<const ledger::PriceBook> prices_;
  std::map<std::pair<std::size_t, std::string>, TargetPtr> targets_;
};

}  // namespace litegw::server
