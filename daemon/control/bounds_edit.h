// What a request may say about the limits of a key, a user or a team, and the record that comes of
// it. Pure. Errors are invalid_argument with the member and the accepted form.
#pragma once

#include <string_view>

#include "common/control/owners.h"
#include "daemon/auth/owner.h"
#include "daemon/config/config.h"

namespace litegw::control {

// The members that keys, users and teams share, of one record that is being changed.
struct Bounded {
  std::string_view noun;  // "key", "user", "team": for messages
  std::string& name;
  std::vector<std::string>& models;
  std::map<std::string, std::string>& metadata;
  auth::Limits& limits;
  std::map<std::string, auth::Limits>& model_limits;
};
template <class Record>
Bounded bounded(std::string_view noun, Record& record) {
  return {noun, record.name, record.models, record.metadata, record.limits, record.model_limits};
}

// Everything but `unset`.
Status change_bounds(Bounded record, const BoundsUpdate& request, const config::Config& config);
// False when `member` is none that all records have.
bool clear_bound(Bounded record, std::string_view member);
Error cannot_unset(std::string_view member, const std::vector<std::string>& more);
BoundsUpdate update_of(const Bounds& request);

Status check_name(const std::string& name);
Status check_text(const std::string& param, std::string_view text);
Error refuse_member(std::string param, std::string message, std::string hint);
// "'the text'", safe to show.
std::string shown(std::string_view text);
// Is it the name of a model, a pattern, a group, or another word that a list of models may hold?
bool is_model_word(const std::string& model, const config::Config& config);
// Are requests for it counted under that name, so that it can have limits of its own?
bool counts_as_itself(const std::string& model, const config::Config& config);
// A time after `before` that is `now` or just behind it.
Time next_version(Time before, Time now);

Result<auth::Owner> made_owner(auth::OwnerKind kind, const OwnerCreate& request, std::string id,
                               std::string actor, const config::Config& config, Time now);
Result<auth::Owner> changed_owner(auth::Owner owner, const OwnerUpdate& request,
                                  const config::Config& config, Time now);

}  // namespace litegw::control
