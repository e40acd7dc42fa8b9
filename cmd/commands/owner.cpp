// user and team: create, list, show, update, block, unblock, delete. One implementation for both.
#include "cmd/render/owner.h"

#include <memory>

#include "cmd/commands/bounds_flags.h"
#include "cmd/commands/commands.h"
#include "cmd/commands/records.h"
#include "cmd/render/bounds.h"

namespace litegw::cmd {
namespace {

using control::OwnerList;
using control::OwnerView;
using Kind = RecordKind<OwnerView>;

// Owners have no secret: what was typed is the reference.
Result<std::string> as_typed(Context&, const std::string& typed) {
  return typed;
}

Kind kind_of(const std::string& noun, std::string_view path) {
  return {noun,
          path,
          fmt::format("No {0}s. Make one: litegw {0} create --name NAME", noun),
          "Its budget and limits go with it",
          "Their budgets and limits go with them",
          "its usage rows stay",
          as_typed,
          owner_sentence,
          owner_table,
          print_owner};
}

struct CreateFlags {
  BoundsFlags bounds;
  bool if_missing = false;
};

std::string capital(std::string noun) {
  noun[0] = static_cast<char>(noun[0] - 'a' + 'A');
  return noun;
}

// What a change leaves behind, for a script on stdout, for a person in words.
void print_result(Context& context, const Kind& kind, const Answer<OwnerView>& answer,
                  std::string_view done) {
  Output& output = context.output();
  const bool for_person = output.format() == Format::table && output.is_terminal();
  if (!for_person) print_record(context, kind, answer);
  output.note(fmt::format("{} {} {}{}", capital(kind.noun), owner_sentence(answer.value), done,
                          for_person ? "\n" + bounds_summary(answer.value) : ""));
}

Result<int> create(Context& context, const Kind& kind, const CreateFlags& flags) {
  context.doing =
      fmt::format("make {} '{}'", kind.noun, escape_control(shorten(flags.bounds.name, 60)));
  control::OwnerCreate request;
  if (Status read = read_bounds(flags.bounds, request); !read) return read.error();
  request.if_missing = flags.if_missing;
  auto answer = context.client().send<OwnerView>("POST", kind.path, request);
  if (!answer) return answer.error();
  const bool made = answer->value.created != false;
  print_result(context, kind, *answer, made ? "made." : "exists; nothing was changed.");
  return 0;
}

struct UpdateFlags {
  std::string typed;
  BoundsFlags bounds;
  BoundsChanges changes;
};

Result<int> update(Context& context, const Kind& kind, const UpdateFlags& flags) {
  context.doing =
      fmt::format("change {} '{}'", kind.noun, escape_control(shorten(flags.typed, 60)));
  control::OwnerUpdate request;
  if (Status read = read_changes(flags.bounds, flags.changes, {}, request); !read)
    return read.error();
  if (control::encode(request, control::Absent::omit).empty())
    return make_error(ErrorCode::usage, "nothing to change was given",
                      fmt::format("see the flags: litegw {} update --help", kind.noun));
  auto answer = context.client().send<OwnerView>(
      "PATCH", control::object_path(kind.path, flags.typed), request);
  if (!answer) return answer.error();
  print_result(context, kind, *answer, "changed.");
  return 0;
}

// The commands of one noun.
class Commands {
 public:
  Commands(Registry& registry, CLI::App& parent, Kind kind)
      : registry_(registry), parent_(parent), kind_(std::move(kind)) {
    argument_ = capital(kind_.noun);
    for (char& c : argument_)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }

  void add_create();
  void add_list();
  void add_show();
  void add_update();
  void add_block();
  void add_delete();

 private:
  CLI::App& command(const std::string& verb, const std::string& summary,
                    std::vector<std::string> examples) {
    for (std::string& example : examples)
      example = fmt::format("litegw {} {}", kind_.noun, example);
    return registry_.command(parent_, verb, summary, examples);
  }
  template <class Work>
  void run(CLI::App& command, const std::string& verb, Work work) {
    registry_.run(command, fmt::format("{} the {}", verb, kind_.noun), std::move(work));
  }

  Registry& registry_;
  CLI::App& parent_;
  Kind kind_;
  std::string argument_;  // "USER"
};

void Commands::add_create() {
  CLI::App& create_command = command(
      "create", fmt::format("Make a {}; its limits bound all its keys together", kind_.noun),
      {"create --name ada --budget 100/month",
       "create --name ada --models 'gpt-*' --model-budget o3=5/day"});
  auto flags = std::make_shared<CreateFlags>();
  add_bounds_flags(create_command, kind_.noun, flags->bounds);
  create_command.get_option("--name")->required();
  create_command.add_flag("--if-missing", flags->if_missing,
                          fmt::format("A {} of that name exists: leave it, exit 0", kind_.noun));
  run(create_command, "make",
      [kind = kind_, flags](Context& context) { return create(context, kind, *flags); });
}

void Commands::add_list() {
  CLI::App& list = command("list", fmt::format("List {}s with their spend and state", kind_.noun),
                           {"list", "list --sort spend --limit 10 --json"});
  list.alias("ls");
  auto query = std::make_shared<control::OwnerListQuery>();
  add_text(list, "--model", query->model, "Those whose keys may call this model", "MODEL")
      ->group(filters_group);
  add_text(list, "--state", query->state, "Those in this state", "active|blocked")
      ->group(filters_group);
  add_text(list, "--sort", query->sort, "Newest, dearest or last used first", "created|spend|used");
  list.add_option("--limit", query->limit, "At most so many")->type_name("N");
  registry_.run(list, fmt::format("list {}s", kind_.noun), [kind = kind_, query](Context& context) {
    return list_records<OwnerList>(context, kind, *query);
  });
}

void Commands::add_show() {
  CLI::App& show = command("show", fmt::format("Show everything about a {}", kind_.noun),
                           {"show ada", "show ada --json"});
  auto typed = std::make_shared<std::string>();
  show.add_option(argument_, *typed, "Name, id, or 6 or more characters of the id")->required();
  run(show, "show",
      [kind = kind_, typed](Context& context) { return show_record(context, kind, *typed); });
}

void Commands::add_update() {
  CLI::App& update_command =
      command("update", fmt::format("Change a {}'s limits, models or name", kind_.noun),
              {"update ada --budget 200/month", "update ada --add-models o3 --unset rpm"});
  auto flags = std::make_shared<UpdateFlags>();
  update_command.add_option(argument_, flags->typed, "Name or id")->required();
  add_bounds_flags(update_command, kind_.noun, flags->bounds);
  add_change_flags(registry_, update_command, flags->changes, {});
  run(update_command, "change",
      [kind = kind_, flags](Context& context) { return update(context, kind, *flags); });
}

void Commands::add_block() {
  struct Flags {
    std::string typed;
    bool now = false;
  };
  CLI::App& block = command(
      "block", fmt::format("Refuse all keys of a {} from their next request on", kind_.noun),
      {"block ada", "block ada --now"});
  auto flags = std::make_shared<Flags>();
  block.add_option(argument_, flags->typed, "Name or id")->required();
  block.add_flag("--now", flags->now, "Also end their running streams");
  run(block, "block", [kind = kind_, flags](Context& context) {
    return set_blocked(context, kind, flags->typed, true, flags->now);
  });
  CLI::App& unblock = command(
      "unblock", fmt::format("Let a blocked {}'s keys work again", kind_.noun), {"unblock ada"});
  auto typed = std::make_shared<std::string>();
  unblock.add_option(argument_, *typed, "Name or id")->required();
  run(unblock, "unblock", [kind = kind_, typed](Context& context) {
    return set_blocked(context, kind, *typed, false, false);
  });
}

void Commands::add_delete() {
  CLI::App& remove = command("delete", fmt::format("Delete {}s that no key belongs to", kind_.noun),
                             {"delete ada", "delete ada bob --dry-run"});
  remove.alias("rm");
  auto flags = std::make_shared<DeleteFlags>();
  remove.add_option(argument_, flags->names, "Names or ids")->required();
  remove.add_flag("-y,--yes", flags->yes, "Do not ask");
  remove.add_flag("--dry-run", flags->dry_run, "Only say what would be deleted");
  run(remove, "delete",
      [kind = kind_, flags](Context& context) { return delete_records(context, kind, *flags); });
}

void add_noun(Registry& registry, const std::string& noun, std::string_view path,
              const std::string& summary) {
  Commands commands(registry, registry.noun(noun, summary, "Keys and money"), kind_of(noun, path));
  commands.add_create();
  commands.add_list();
  commands.add_show();
  commands.add_update();
  commands.add_block();
  commands.add_delete();
}

}  // namespace

void add_owner_commands(Registry& registry) {
  add_noun(registry, "user", control::path::users, "Make and change users: owners of keys");
  add_noun(registry, "team", control::path::teams, "Make and change teams: owners of keys");
}

}  // namespace litegw::cmd
