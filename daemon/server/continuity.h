// The states of reasoning that one caller's requests to one public model keep and look up, between
// dialects (which know calls) and the store (which knows keys). Used on the event loops.
#pragma once

#include <string>
#include <vector>

#include "daemon/dialects/neutral/continuity.h"
#include "daemon/store/continuity.h"

namespace litegw::server {

class StateScope {
 public:
  // `store` may be null: nothing is found then and nothing kept.
  StateScope(store::Continuity* store, std::string key_id, std::string model)
      : store_(store), key_id_(std::move(key_id)), model_(std::move(model)) {}

  dialects::Recall recall(Time now) const;
  void keep(std::vector<dialects::KeptState> states, Time now) const;

 private:
  store::Continuity* store_;
  std::string key_id_, model_;
};

}  // namespace litegw::server
