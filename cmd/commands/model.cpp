#include "cmd/render/model.h"

#include <memory>

#include <fmt/format.h>

#include "cmd/commands/commands.h"
#include "cmd/registry.h"
#include "cmd/render/cursor.h"
#include "cmd/secrets.h"
#include "common/base/text.h"
#include "common/control/models.h"

namespace litegw::cmd {
namespace {

using control::ModelDetail;
using control::ModelList;

// How to serve models under the names that were proposed.
void note_aliases(Output& output, const std::vector<control::ModelItem>& models) {
  std::string aliases = alias_lines(models);
  if (aliases.empty()) return;
  aliases.pop_back();
  output.note("\nAliases, in litegw.yaml, then `litegw reload`:\n" + aliases);
}

Result<int> list_models(Context& context, control::ModelListQuery query) {
  Result<std::string> reference = key_reference(context, query.key);
  if (!reference) return reference.error();
  query.key = *reference;
  auto answer =
      context.client().get<ModelList>(control::path::models, control::encode_query(query));
  if (!answer) return answer.error();
  Output& output = context.output();
  const std::vector<control::ModelItem>& models = answer->value.items;
  if (output.raw_list(answer->raw)) return 0;
  if (output.format() == Format::name) {
    for (const control::ModelItem& model : models)
      output.line(escape_control(model.name));
  } else if (models.empty() && output.is_terminal()) {
    output.note("No models. They are in model_list of litegw.yaml; see litegw.yaml(5).");
  } else {
    model_table(models, query.cursor).print(output);
    if (query.cursor) note_aliases(output, models);
  }
  return 0;
}

Result<int> show_model(Context& context, const std::string& name) {
  context.doing = fmt::format("show model '{}'", escape_control(name));
  auto answer =
      context.client().get<ModelDetail>(control::object_path(control::path::models, name));
  if (!answer) return answer.error();
  Output& output = context.output();
  if (output.is_json())
    output.json(answer->raw);
  else if (output.format() == Format::name)
    output.line(escape_control(answer->value.name));
  else
    print_model(output, answer->value, context.console().now());
  return 0;
}

}  // namespace

void add_model_commands(Registry& registry) {
  CLI::App& model = registry.noun("model", "See what is served, at which price", "Watching");
  CLI::App& list = registry.command(
      model, "list", "List models with provider, price and state",
      {"litegw model list", "litegw model list --key ci", "litegw model list --cursor"});
  list.alias("ls");
  auto query = std::make_shared<control::ModelListQuery>();
  add_text(list, "--key", query->key, "Only what this key may call", "KEY");
  list.add_flag("--cursor", query->cursor,
                "Names that Cursor takes for its own, with an alias to use instead");
  registry.run(list, "list models",
               [query](Context& context) { return list_models(context, *query); });

  CLI::App& show = registry.command(model, "show", "Show a model's deployments, prices and errors",
                                    {"litegw model show gpt-4o"});
  auto name = std::make_shared<std::string>();
  show.add_option("MODEL", *name, "Public name")->required();
  registry.run(show, "show the model",
               [name](Context& context) { return show_model(context, *name); });
}

}  // namespace litegw::cmd
