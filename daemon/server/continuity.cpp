#include "daemon/server/continuity.h"

#include <utility>

namespace litegw::server {

dialects::Recall StateScope::recall(Time now) const {
  if (store_ == nullptr) return {};
  return [scope = *this, now](std::string_view call_id) {
    return scope.store_->find(store::continuity_key(scope.key_id_, scope.model_, call_id), now);
  };
}

void StateScope::keep(std::vector<dialects::KeptState> states, Time now) const {
  if (store_ == nullptr) return;
  for (dialects::KeptState& state : states)
    store_->keep(store::continuity_key(key_id_, model_, state.call_id), std::move(state.value),
                 now);
}

}  // namespace litegw::server
