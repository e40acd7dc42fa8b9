#include "daemon/control/references.h"

#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/control/bounds_edit.h"

namespace litegw::control {
namespace {

Error not_there(std::string_view noun, const std::string& reference,
                const std::vector<std::string>& names, const std::string& param) {
  const std::string guess = nearest(reference, names);
  return make_error(
      ErrorCode::not_found, fmt::format("no {} '{}'", noun, escape_control(shorten(reference, 60))),
      guess.empty() ? fmt::format("see `litegw {} list`", noun)
                    : fmt::format("did you mean '{}'?", escape_control(shorten(guess, 60))),
      param);
}

Error no_such_key(DaemonView& daemon, const std::string& reference, const std::string& param) {
  std::vector<std::string> names;
  if (Result<std::vector<auth::VirtualKey>> keys = daemon.store().list_keys())
    for (const auth::VirtualKey& key : *keys)
      names.push_back(key.name);
  return not_there("key", reference, names, param);
}

bool is_hash(const std::string& reference) {
  return reference.size() == 64 &&
         reference.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

Result<auth::VirtualKey> find_key(DaemonView& daemon, const std::string& reference,
                                  const std::string& param) {
  if (reference.starts_with("sk-"))
    return make_error(ErrorCode::invalid_argument, "a key itself is no reference",
                      "give its name or id; `-` reads the key from stdin", param);
  Result<std::optional<auth::VirtualKey>> found = daemon.store().find_key_by(reference);
  if (!found) return found.error();
  if (*found) return std::move(**found);
  if (!is_hash(reference)) return no_such_key(daemon, reference, param);
  Result<std::vector<auth::VirtualKey>> keys = daemon.store().list_keys();
  if (!keys) return keys.error();
  for (auth::VirtualKey& key : *keys)
    if (to_hex(key.hash) == reference) return std::move(key);
  return no_such_key(daemon, reference, param);
}

Result<auth::Owner> find_owner(DaemonView& daemon, auth::OwnerKind kind,
                               const std::string& reference, const std::string& param) {
  Result<std::optional<auth::Owner>> found = daemon.store().find_owner_by(kind, reference);
  if (!found) return found.error();
  if (*found) return std::move(**found);
  std::vector<std::string> names;
  if (Result<std::vector<auth::Owner>> owners = daemon.store().list_owners(kind))
    for (const auth::Owner& owner : *owners)
      names.push_back(owner.name);
  return not_there(auth::to_text(kind), reference, names, param);
}

Status resolve_owners(DaemonView& daemon, std::string& user, std::string& team) {
  for (auto [kind, word] :
       {std::pair{auth::OwnerKind::user, &user}, std::pair{auth::OwnerKind::team, &team}}) {
    if (word->empty()) continue;
    const std::string param(auth::to_text(kind));
    if (Status text = check_text(param, *word); !text) return text;
    Result<auth::Owner> owner = find_owner(daemon, kind, *word, param);
    if (!owner) return owner.error();
    *word = owner->id;
  }
  return {};
}

void resolve_owner_filters(const store::Store& store, std::string& user, std::string& team) {
  for (auto [kind, word] :
       {std::pair{auth::OwnerKind::user, &user}, std::pair{auth::OwnerKind::team, &team}}) {
    if (word->empty()) continue;
    Result<std::optional<auth::Owner>> found = store.find_owner_by(kind, *word);
    if (found && *found) *word = (*found)->id;
  }
}

}  // namespace litegw::control
