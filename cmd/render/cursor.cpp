#include "cmd/render/cursor.h"

#include <algorithm>

#include <fmt/format.h>

#include "cmd/gateway/address.h"
#include "cmd/gateway/gateway.h"
#include "cmd/render/table.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

constexpr std::size_t shown_models = 5;

constexpr const char* no_public_url = R"(
Cursor's servers call from the internet; {listener} is not there yet. Either
Caddy, with a name that leads to this machine (/etc/caddy/Caddyfile):

  llm.example.com {{
      reverse_proxy {listener} {{
          flush_interval -1
      }}
  }}

or a Cloudflare tunnel (no name needed; a new address at each start):

  cloudflared tunnel --url http://{listener}

Then: litegw cursor setup --base-url https://YOUR-NAME/cursor
      litegw test --base-url https://YOUR-NAME/cursor --deep
)";

// 0.0.0.0 is no address to send to.
std::string reachable(const std::string& listener) {
  std::size_t colon = listener.rfind(':');
  std::string host = listener.substr(0, colon);
  if (host == "0.0.0.0" || host == "[::]" || host == "*")
    return "127.0.0.1" + listener.substr(colon);
  return listener;
}

const std::string& name_for_cursor(const control::ModelItem& model) {
  return model.cursor_alias ? *model.cursor_alias : model.name;
}

std::string shown_key(const control::KeyView& key) {
  if (key.key) return key.key->reveal();
  return fmt::format("{} (made before; litegw shows a key only once)", key.masked);
}

Json to_json(const CursorSetup& setup) {
  Json answer = Json::object();
  answer["schema"] = "litegw.cursor-setup.v1";
  answer["base_url"] = setup.base.openai.empty() ? Json() : Json(setup.base.openai);
  answer["azure_base_url"] = setup.base.azure.empty() ? Json() : Json(setup.base.azure);
  answer["api_key"] = setup.key.key ? Json(setup.key.key->reveal()) : Json();
  answer["key_id"] = setup.key.id;
  answer["key_name"] = setup.key.name;
  answer["created"] = setup.key.created.value_or(false);
  answer["listener"] = setup.listener;
  answer["models"] = Json::array();
  for (const control::ModelItem& model : setup.models)
    answer["models"].push_back(
        Json{{"name", model.name},
             {"cursor_alias", model.cursor_alias ? Json(*model.cursor_alias) : Json()}});
  return answer;
}

void print_fields(Output& output, const CursorSetup& setup) {
  std::vector<std::string> names;
  for (const control::ModelItem& model : setup.models)
    if (names.size() < shown_models) names.push_back(name_for_cursor(model));
  std::string base = setup.base.openai.empty() ? "https://YOUR-NAME/cursor" : setup.base.openai;
  std::string azure = setup.base.azure.empty() ? "https://YOUR-NAME" : setup.base.azure;
  output.note("Cursor Settings, Models: paste these, switch both fields on.\n");
  Facts facts;
  facts.add("OpenAI API Key", text_cell(shown_key(setup.key), Colour::bold));
  facts.add("Override OpenAI Base URL", text_cell(base, Colour::bold));
  facts.add("Add Custom Model", text_cell(join(names, ", "), Colour::bold));
  facts.add("Azure OpenAI Base URL", text_cell(azure));
  facts.add("Azure Deployment Name", text_cell(names.front()));
  facts.print(output);
  output.note("\nThe Azure fields are for builds of Cursor without a base URL field.");
}

void note_names(Output& output, const CursorSetup& setup) {
  const std::string aliases = alias_lines(setup.models);
  if (aliases.empty()) return;
  output.note(
      "\nCursor takes the models' own names for its own, or refuses them. The aliases go\n"
      "into litegw.yaml first:\n\n" +
      aliases + "\nthen litegw reload; all names: litegw model list --cursor");
}

}  // namespace

std::string alias_lines(const std::vector<control::ModelItem>& models) {
  std::string lines;
  for (const control::ModelItem& model : models)
    if (model.cursor_alias)
      lines += fmt::format("      {}: {}\n", escape_control(*model.cursor_alias),
                           escape_control(model.name));
  return lines.empty() ? lines : "  router_settings:\n    model_group_alias:\n" + lines;
}

CursorBase cursor_base(const http::Url& url) {
  Gateway gateway(url, Secret(), seconds(1));
  CursorBase base;
  base.azure = gateway.origin() + gateway.prefix();
  base.openai = base.azure + "/cursor";
  std::string range = url.host == "localhost" ? "loopback" : private_range(url.host);
  if (!range.empty() && range != "no address")
    base.doubt =
        fmt::format("{} is a {} address: Cursor's servers cannot reach it", url.host, range);
  else if (url.scheme != "https")
    base.doubt = "without https the key travels in the clear, and Cursor may refuse the address";
  return base;
}

void print_setup(Output& output, const CursorSetup& setup) {
  if (output.is_json()) return output.json(to_json(setup));
  print_fields(output, setup);
  if (!setup.key.key)
    output.note(fmt::format("Is the key lost? litegw key rotate {} makes a new one.",
                            escape_control(setup.key.name)));
  note_names(output, setup);
  if (!setup.base.doubt.empty()) output.warning(setup.base.doubt);
  if (setup.base.openai.empty() || !setup.base.doubt.empty())
    output.note(
        fmt::format(fmt::runtime(no_public_url), fmt::arg("listener", reachable(setup.listener))));
}

}  // namespace litegw::cmd
