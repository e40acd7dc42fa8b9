// key list, show, block, unblock, delete. Making and changing keys: key_edit.cpp.
#include "cmd/render/key.h"

#include <memory>

#include <fmt/format.h>

#include "cmd/commands/commands.h"
#include "cmd/commands/key_edit.h"
#include "cmd/commands/key_import.h"
#include "cmd/commands/records.h"
#include "cmd/registry.h"
#include "cmd/secrets.h"
#include "common/base/text.h"
#include "common/control/keys.h"

namespace litegw::cmd {
namespace {

using control::KeyList;
using control::KeyView;

const RecordKind<KeyView>& keys() {
  static const RecordKind<KeyView> kind{"key",
                                        control::path::keys,
                                        "No keys. Make one: litegw key create --name NAME",
                                        "Its requests fail at once",
                                        "Their requests fail at once",
                                        "its usage rows stay",
                                        key_reference,
                                        key_sentence,
                                        key_table,
                                        print_key};
  return kind;
}

void add_list(Registry& registry, CLI::App& key) {
  CLI::App& list = registry.command(key, "list", "List keys with their spend and state",
                                    {"litegw key list", "litegw key list --state blocked",
                                     "litegw key list --sort spend --limit 10 --json"});
  list.alias("ls");
  auto query = std::make_shared<control::KeyListQuery>();
  add_text(list, "--user", query->user, "Keys of this user", "USER")->group(filters_group);
  add_text(list, "--team", query->team, "Keys of this team", "TEAM")->group(filters_group);
  add_text(list, "--model", query->model, "Keys that may call this model", "MODEL")
      ->group(filters_group);
  add_text(list, "--state", query->state, "Keys in this state", "active|blocked|expired")
      ->group(filters_group);
  add_text(list, "--sort", query->sort, "Newest, dearest or last used first", "created|spend|used");
  list.add_option("--limit", query->limit, "At most so many")->type_name("N");
  registry.run(list, "list keys", [query](Context& context) {
    return list_records<KeyList>(context, keys(), *query);
  });
}

void add_show(Registry& registry, CLI::App& key) {
  CLI::App& show = registry.command(
      key, "show", "Show everything about a key but the key itself",
      {"litegw key show ci", "litegw key show key_7dz1pq --json", "litegw key show - < key-file"});
  auto typed = std::make_shared<std::string>();
  show.add_option("KEY", *typed,
                  "Name, id, 6 or more characters of the id, or - for the key on stdin")
      ->required();
  registry.run(show, "show the key",
               [typed](Context& context) { return show_record(context, keys(), *typed); });
}

void add_block(Registry& registry, CLI::App& key) {
  struct Flags {
    std::string typed;
    bool now = false;
  };
  CLI::App& block = registry.command(key, "block", "Refuse a key from its next request on",
                                     {"litegw key block ci", "litegw key block ci --now"});
  auto flags = std::make_shared<Flags>();
  block.add_option("KEY", flags->typed, "Name, id or - for the key on stdin")->required();
  block.add_flag("--now", flags->now, "Also end its running streams");
  registry.run(block, "block the key", [flags](Context& context) {
    return set_blocked(context, keys(), flags->typed, true, flags->now);
  });
  CLI::App& unblock =
      registry.command(key, "unblock", "Let a blocked key work again", {"litegw key unblock ci"});
  auto typed = std::make_shared<std::string>();
  unblock.add_option("KEY", *typed, "Name, id or - for the key on stdin")->required();
  registry.run(unblock, "unblock the key", [typed](Context& context) {
    return set_blocked(context, keys(), *typed, false, false);
  });
}

void add_delete(Registry& registry, CLI::App& key) {
  CLI::App& remove =
      registry.command(key, "delete", "Delete keys; their usage rows stay",
                       {"litegw key delete ci", "litegw key delete old-1 old-2 --dry-run",
                        "litegw key list --state expired -o name | xargs litegw key delete --yes"});
  remove.alias("rm");
  auto flags = std::make_shared<DeleteFlags>();
  remove.add_option("KEY", flags->names, "Names or ids")->required();
  remove.add_flag("-y,--yes", flags->yes, "Do not ask");
  remove.add_flag("--dry-run", flags->dry_run, "Only say what would be deleted");
  registry.run(remove, "delete keys",
               [flags](Context& context) { return delete_records(context, keys(), *flags); });
}

}  // namespace

void add_key_commands(Registry& registry) {
  CLI::App& key = registry.noun("key", "Make, change and watch virtual keys", "Keys and money");
  add_key_create(registry, key);
  add_list(registry, key);
  add_show(registry, key);
  add_key_update(registry, key);
  add_block(registry, key);
  add_key_rotate(registry, key);
  add_key_import(registry, key);
  add_delete(registry, key);
}

}  // namespace litegw::cmd
