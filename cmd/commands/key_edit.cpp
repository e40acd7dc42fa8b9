#include "cmd/commands/key_edit.h"

#include <memory>

#include <fmt/format.h>

#include "cmd/commands/key_flags.h"
#include "cmd/commands/records.h"
#include "cmd/registry.h"
#include "cmd/render/cells.h"
#include "cmd/render/key.h"
#include "cmd/secrets.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

using control::KeyView;

struct CreateFlags {
  KeyFlags key;
  std::string key_file, output_file;
  bool if_missing = false;
};

// The one moment at which a key's secret is seen: stdout or a file, never both.
Status hand_over(Context& context, Answer<KeyView>& answer, const Secret& own,
                 std::optional<SecretFile>& file, const std::string& path) {
  Output& output = context.output();
  Secret secret = answer.value.key.value_or(own);
  if (file && !secret.empty()) {
    Status written = file->commit(secret);
    if (!written) return written.error();
    answer.raw["key"] = nullptr;
    answer.raw["key_file"] = path;
  } else if (!secret.empty()) {
    answer.raw["key"] = secret.reveal();
  }
  if (output.is_json()) {
    output.json(answer.raw);
  } else if (output.format() == Format::name) {
    output.line(escape_control(label_of(answer.value)));
  } else if (output.format() == Format::csv) {
    print_key(output, answer.value, context.console().now());
  } else if (!file && !secret.empty()) {
    output.line(secret.reveal());
  }
  return {};
}

// A form that leaves the key out would lose it for good: it is shown once.
Status check_shows_key(Context& context, bool to_file, bool own) {
  Format format = context.output().format();
  if (to_file || own || (format != Format::name && format != Format::csv)) return {};
  return make_error(ErrorCode::usage,
                    "-o name and -o csv leave the key out, and it is shown only once",
                    "leave -o away, take --json, or add --output-file FILE");
}

void explain_new(Context& context, const KeyView& key, bool own, const std::string& path) {
  Output& output = context.output();
  std::string where = "It is shown only this once.";
  if (!path.empty()) where = fmt::format("Written to {} (0600).", escape_control(path));
  if (own && path.empty()) where = "It is the one that you brought.";
  output.note(fmt::format("Key {} made. {}\n{}", key_sentence(key), where,
                          limits_summary(key, context.console().now())));
}

Result<int> already_there(Context& context, Answer<KeyView>& answer) {
  answer.raw["created"] = false;
  answer.raw.erase("key");
  Output& output = context.output();
  if (output.is_json()) output.json(answer.raw);
  if (output.format() == Format::name) output.line(escape_control(label_of(answer.value)));
  if (output.format() == Format::csv) print_key(output, answer.value, context.console().now());
  output.note(fmt::format("Key {} exists; nothing was changed.", key_sentence(answer.value)));
  return 0;
}

Result<int> create_key(Context& context, const CreateFlags& flags) {
  if (!flags.key.name.empty())
    context.doing = fmt::format("make key '{}'", escape_control(shorten(flags.key.name, 60)));
  if (flags.if_missing && flags.key.name.empty())
    return make_error(ErrorCode::usage, "--if-missing goes by the name, and there is none",
                      "add --name NAME");
  Result<control::KeyCreate> request = to_create(flags.key, context.console().now());
  if (!request) return request.error();
  if (!flags.key_file.empty()) {
    Result<Secret> own = read_key(context, flags.key_file);
    if (!own) return own.error();
    request->key = std::move(*own);
  }
  Status shown = check_shows_key(context, !flags.output_file.empty(), !request->key.empty());
  if (!shown) return shown.error();
  request->if_missing = flags.if_missing;
  if (flags.if_missing) {
    auto existing =
        context.client().get<KeyView>(control::object_path(control::path::keys, request->name));
    if (existing && existing->value.name == request->name) return already_there(context, *existing);
    if (!existing && existing.error().code != ErrorCode::not_found) return existing.error();
  }
  // Before the key is made: a file that cannot be written must not cost a key nobody has seen.
  std::optional<SecretFile> file;
  if (!flags.output_file.empty()) {
    Result<SecretFile> prepared = SecretFile::prepare(flags.output_file, false);
    if (!prepared) return prepared.error();
    file.emplace(std::move(*prepared));
  }
  auto answer = context.client().send<KeyView>("POST", control::path::keys, *request);
  if (!answer) return answer.error();
  if (answer->value.created == false) return already_there(context, *answer);
  answer->raw["created"] = true;
  Status handed = hand_over(context, *answer, request->key, file, flags.output_file);
  if (!handed) return handed.error();
  explain_new(context, answer->value, !request->key.empty(), flags.output_file);
  return 0;
}

struct UpdateFlags {
  std::string typed;
  KeyFlags key;
  BoundsChanges changes;
};

void print_changed(Context& context, const Answer<KeyView>& answer) {
  Output& output = context.output();
  if (output.is_json()) return output.json(answer.raw);
  if (output.format() == Format::name) return output.line(escape_control(label_of(answer.value)));
  if (output.format() == Format::csv || !output.is_terminal())
    return print_key(output, answer.value, context.console().now());
  output.note(fmt::format("Key {} changed.\n{}", key_sentence(answer.value),
                          limits_summary(answer.value, context.console().now())));
}

Result<int> update_key(Context& context, const UpdateFlags& flags) {
  context.doing = fmt::format("change key '{}'", escape_control(flags.typed));
  Result<control::KeyUpdate> request = to_update(flags.key, flags.changes, context.console().now());
  if (!request) return request.error();
  if (control::encode(*request, control::Absent::omit).empty())
    return make_error(ErrorCode::usage, "nothing to change was given",
                      "see the flags: litegw key update --help");
  Result<std::string> reference = key_reference(context, flags.typed);
  if (!reference) return reference.error();
  auto answer = context.client().send<KeyView>(
      "PATCH", control::object_path(control::path::keys, *reference), *request);
  if (!answer) return answer.error();
  print_changed(context, *answer);
  return 0;
}

struct RotateFlags {
  std::string typed, grace, key_file, output_file;
};

Result<control::KeyRotate> rotate_request(Context& context, const RotateFlags& flags) {
  control::KeyRotate request;
  if (!flags.grace.empty() && flags.grace != "0") {
    Result<Duration> grace = parse_duration(flags.grace);
    if (!grace)
      return make_error(ErrorCode::usage, "--grace: " + grace.error().message, grace.error().hint);
    request.grace_seconds = *grace / seconds(1);
  }
  if (flags.key_file.empty()) return request;
  Result<Secret> own = read_key(context, flags.key_file);
  if (!own) return own.error();
  request.key = std::move(*own);
  return request;
}

Result<int> rotate_key(Context& context, const RotateFlags& flags) {
  context.doing = fmt::format("rotate key '{}'", escape_control(flags.typed));
  Result<control::KeyRotate> request = rotate_request(context, flags);
  if (!request) return request.error();
  Status shown = check_shows_key(context, !flags.output_file.empty(), !request->key.empty());
  if (!shown) return shown.error();
  Result<std::string> reference = key_reference(context, flags.typed);
  if (!reference) return reference.error();
  std::optional<SecretFile> file;
  if (!flags.output_file.empty()) {
    Result<SecretFile> prepared = SecretFile::prepare(flags.output_file, true);
    if (!prepared) return prepared.error();
    file.emplace(std::move(*prepared));
  }
  auto answer = context.client().send<KeyView>(
      "POST", control::object_path(control::path::keys, *reference, "rotate"), *request);
  if (!answer) return answer.error();
  Status handed = hand_over(context, *answer, request->key, file, flags.output_file);
  if (!handed) return handed.error();
  const KeyView& key = answer->value;
  std::string old = "The old one is refused from now on.";
  if (key.old_key_valid_until)
    old = fmt::format("The old one works until {}.", local_minute(*key.old_key_valid_until));
  context.output().note(fmt::format("Key {} has a new secret{}. {}", key_sentence(key),
                                    file ? "" : ", shown only this once", old));
  return 0;
}

}  // namespace

void add_key_create(Registry& registry, CLI::App& key) {
  CLI::App& create =
      registry.command(key, "create", "Make a virtual key and print it, once",
                       {"litegw key create --name me",
                        "litegw key create --name ci --models gpt-4o,o3 --budget 100/month",
                        "KEY=$(litegw key create --name app)    # in a pipe: the key alone"});
  auto flags = std::make_shared<CreateFlags>();
  add_key_flags(create, flags->key);
  add_text(create, "--key-file", flags->key_file,
           "Bring your own sk- key of 16 or more characters; - reads stdin", "FILE|-");
  add_text(create, "--output-file", flags->output_file,
           "Write the key to a new file of mode 0600, not to stdout", "FILE")
      ->group(output_group);
  create.add_flag("--if-missing", flags->if_missing,
                  "A key of that name exists: leave it, exit 0, print no key");
  registry.run(create, "make a key",
               [flags](Context& context) { return create_key(context, *flags); });
}

void add_key_update(Registry& registry, CLI::App& key) {
  CLI::App& update = registry.command(key, "update", "Change a key's limits, models or owner",
                                      {"litegw key update ci --budget 200/month",
                                       "litegw key update ci --add-models o3 --unset expires",
                                       "litegw key update ci --name ci-old"});
  auto flags = std::make_shared<UpdateFlags>();
  update.add_option("KEY", flags->typed, "Name, id or - for the key on stdin")->required();
  add_key_flags(update, flags->key);
  add_key_changes(registry, update, flags->changes);
  registry.run(update, "change the key",
               [flags](Context& context) { return update_key(context, *flags); });
}

void add_key_rotate(Registry& registry, CLI::App& key) {
  CLI::App& rotate = registry.command(
      key, "rotate", "Give a key a new secret; id, spend and limits stay",
      {"litegw key rotate ci", "litegw key rotate ci --grace 24h --output-file ci.key"});
  auto flags = std::make_shared<RotateFlags>();
  rotate.add_option("KEY", flags->typed, "Name, id or - for the key on stdin")->required();
  add_text(rotate, "--grace", flags->grace, "How long the old secret still works (default 0)",
           "DURATION");
  add_text(rotate, "--key-file", flags->key_file,
           "Bring your own sk- key of 16 or more characters; - reads stdin", "FILE|-");
  add_text(rotate, "--output-file", flags->output_file,
           "Write the key to a file of mode 0600, not to stdout", "FILE")
      ->group(output_group);
  registry.run(rotate, "rotate the key",
               [flags](Context& context) { return rotate_key(context, *flags); });
}

}  // namespace litegw::cmd
