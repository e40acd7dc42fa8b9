#include "cmd/completion.h"

#include "cmd/registry.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

ValueKind kind_of(const std::string& value_name, const std::vector<std::string>& words) {
  if (!words.empty()) return ValueKind::words;
  if (value_name == "KEY") return ValueKind::key;
  if (value_name == "USER") return ValueKind::user;
  if (value_name == "TEAM") return ValueKind::team;
  if (value_name.starts_with("MODEL")) return ValueKind::model;
  if (value_name == "ID") return ValueKind::request;
  if (value_name.starts_with("FILE") || value_name == "PATH") return ValueKind::file;
  return ValueKind::free_text;
}

OptionShape shape_of(const Registry& registry, const CLI::Option& option) {
  OptionShape shape;
  shape.summary = option.get_description();
  shape.words = registry.values(option);
  if (!option.nonpositional()) {
    shape.kind = kind_of(option.get_name(true), shape.words);
    return shape;
  }
  for (const std::string& name : option.get_snames())
    shape.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames())
    shape.names.push_back("--" + name);
  if (option.get_items_expected_max() == 0) return shape;
  shape.kind = kind_of(option.get_type_name(), shape.words);
  shape.list = option.get_type_name().ends_with(",...");
  return shape;
}

void walk(const Registry& registry, const CLI::App& app, const std::string& path,
          std::vector<CommandShape>& out) {
  CommandShape shape;
  shape.path = path;
  auto shown = app.get_subcommands([](const CLI::App* sub) { return !sub->get_group().empty(); });
  for (const CLI::App* sub : shown)
    shape.commands.emplace_back(sub->get_name(), sub->get_description());
  for (const CLI::Option* option : app.get_options()) {
    OptionShape one = shape_of(registry, *option);
    (option->nonpositional() ? shape.options : shape.arguments).push_back(std::move(one));
  }
  out.push_back(std::move(shape));
  for (const CLI::App* sub : shown)
    walk(registry, *sub, path.empty() ? sub->get_name() : path + " " + sub->get_name(), out);
}

}  // namespace

std::vector<CommandShape> command_shapes(const Registry& registry) {
  std::vector<CommandShape> out;
  walk(registry, registry.root(), "", out);
  return out;
}

}  // namespace litegw::cmd
