// key list, show, block, unblock, delete. Making and changing keys: key_edit.cpp.
#include "cmd/render/key.h"

#include <memory>

#include <fmt/format.h>

#include "cmd/commands/commands.h"
#include "cmd/commands/key_edit.h"
#include "cmd/registry.h"
#include "cmd/secrets.h"
#include "common/base/text.h"
#include "common/control/keys.h"

namespace litegw::cmd {
namespace {

using control::KeyList;
using control::KeyView;

void print_one(Context& context, const Answer<KeyView>& answer) {
  Output& output = context.output();
  if (output.is_json()) return output.json(answer.raw);
  if (output.format() == Format::name) return output.line(escape_control(key_label(answer.value)));
  print_key(output, answer.value, context.console().now());
}

Result<int> list_keys(Context& context, const control::KeyListQuery& query) {
  auto answer = context.client().get<KeyList>(control::path::keys, control::encode_query(query));
  if (!answer) return answer.error();
  Output& output = context.output();
  const std::vector<KeyView>& keys = answer->value.items;
  if (output.format() == Format::json) {
    output.json(answer->raw);
  } else if (output.format() == Format::jsonl) {
    for (const Json& item : answer->raw["items"])
      output.json(item);
  } else if (output.format() == Format::name) {
    for (const KeyView& key : keys)
      output.line(escape_control(key_label(key)));
  } else if (keys.empty() && output.is_terminal()) {
    output.note("No keys. Make one: litegw key create --name NAME");
  } else {
    key_table(keys, context.console().now()).print(output);
  }
  return 0;
}

Result<int> show_key(Context& context, const std::string& typed) {
  Result<std::string> reference = key_reference(context, typed);
  if (!reference) return reference.error();
  context.doing =
      typed == "-" ? "show the key on stdin" : fmt::format("show key '{}'", escape_control(typed));
  auto answer =
      context.client().get<KeyView>(control::object_path(control::path::keys, *reference));
  if (!answer) return answer.error();
  print_one(context, *answer);
  return 0;
}

Result<int> set_blocked(Context& context, const std::string& typed, bool blocked, bool now) {
  Result<std::string> reference = key_reference(context, typed);
  if (!reference) return reference.error();
  const char* verb = blocked ? "block" : "unblock";
  context.doing = fmt::format("{} key '{}'", verb, escape_control(typed));
  auto answer = context.client().send<KeyView>(
      "POST", control::object_path(control::path::keys, *reference, verb), control::KeyBlock{now});
  if (!answer) return answer.error();
  Output& output = context.output();
  if (output.is_json())
    output.json(answer->raw);
  else if (output.format() == Format::name)
    output.line(escape_control(key_label(answer->value)));
  output.note(fmt::format("Key {} {}: counts from its next request on{}.",
                          key_sentence(answer->value), blocked ? "blocked" : "unblocked",
                          now ? "; its running streams were ended" : ""));
  return 0;
}

struct DeleteFlags {
  std::vector<std::string> keys;
  bool yes = false, dry_run = false;
};

Result<std::vector<KeyView>> find_all(Context& context, const std::vector<std::string>& typed) {
  std::vector<KeyView> found;
  for (const std::string& word : typed) {
    context.doing = fmt::format("delete key '{}'; nothing was deleted", escape_control(word));
    Result<std::string> reference = key_reference(context, word);
    if (!reference) return reference.error();
    auto answer =
        context.client().get<KeyView>(control::object_path(control::path::keys, *reference));
    if (!answer) return answer.error();
    bool twice = std::any_of(found.begin(), found.end(),
                             [&](const KeyView& key) { return key.id == answer->value.id; });
    if (!twice) found.push_back(std::move(answer->value));
  }
  return found;
}

std::string delete_question(const std::vector<KeyView>& keys) {
  if (keys.size() == 1)
    return fmt::format("Delete key {}? Its requests fail at once; this cannot be undone.",
                       key_sentence(keys.front()));
  std::string text = fmt::format(
      "Delete these {} keys? Their requests fail at once; this cannot "
      "be undone.\n",
      keys.size());
  for (const KeyView& key : keys)
    text += "  " + key_sentence(key) + "\n";
  return text;
}

void report_deleted(Context& context, const std::vector<KeyView>& keys, const Json& items,
                    bool dry_run) {
  Output& output = context.output();
  if (output.format() == Format::json)
    output.json(Json{{"schema", "litegw.key-delete.v1"}, {"dry_run", dry_run}, {"items", items}});
  if (output.format() == Format::jsonl)
    for (const Json& item : items)
      output.json(item);
  if (output.format() == Format::name)
    for (const KeyView& key : keys)
      output.line(escape_control(key_label(key)));
  for (const KeyView& key : keys)
    output.note(fmt::format("Key {} {}.", key_sentence(key),
                            dry_run ? "would be deleted" : "deleted; its usage rows stay"));
}

Result<int> delete_keys(Context& context, const DeleteFlags& flags) {
  Result<std::vector<KeyView>> keys = find_all(context, flags.keys);
  if (!keys) return keys.error();
  context.doing = fmt::format("delete key{} '{}'", keys->size() == 1 ? "" : "s",
                              escape_control(join(flags.keys, "', '")));
  Json items = Json::array();
  if (!flags.dry_run) {
    Result<bool> sure = context.confirm(delete_question(*keys), flags.yes);
    if (!sure) return sure.error();
    if (!*sure) {
      context.output().note("Nothing was deleted.");
      return 1;
    }
  }
  for (const KeyView& key : *keys) {
    if (flags.dry_run) {
      items.push_back(control::encode(key));
      continue;
    }
    context.doing = fmt::format("delete key '{}'", escape_control(key_label(key)));
    auto answer =
        context.client().send<KeyView>("DELETE", control::object_path(control::path::keys, key.id));
    if (!answer) return answer.error();
    items.push_back(std::move(answer->raw));
  }
  report_deleted(context, *keys, items, flags.dry_run);
  return 0;
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
  registry.run(list, "list keys", [query](Context& context) { return list_keys(context, *query); });
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
               [typed](Context& context) { return show_key(context, *typed); });
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
    return set_blocked(context, flags->typed, true, flags->now);
  });
  CLI::App& unblock =
      registry.command(key, "unblock", "Let a blocked key work again", {"litegw key unblock ci"});
  auto typed = std::make_shared<std::string>();
  unblock.add_option("KEY", *typed, "Name, id or - for the key on stdin")->required();
  registry.run(unblock, "unblock the key",
               [typed](Context& context) { return set_blocked(context, *typed, false, false); });
}

void add_delete(Registry& registry, CLI::App& key) {
  CLI::App& remove =
      registry.command(key, "delete", "Delete keys; their usage rows stay",
                       {"litegw key delete ci", "litegw key delete old-1 old-2 --dry-run",
                        "litegw key list --state expired -o name | xargs litegw key delete --yes"});
  remove.alias("rm");
  auto flags = std::make_shared<DeleteFlags>();
  remove.add_option("KEY", flags->keys, "Names or ids")->required();
  remove.add_flag("-y,--yes", flags->yes, "Do not ask");
  remove.add_flag("--dry-run", flags->dry_run, "Only say what would be deleted");
  registry.run(remove, "delete keys",
               [flags](Context& context) { return delete_keys(context, *flags); });
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
  add_delete(registry, key);
}

}  // namespace litegw::cmd
