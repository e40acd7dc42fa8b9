// cursor setup: what to paste into Cursor, and whether it arrived.
#include "cmd/render/cursor.h"

#include <memory>

#include <fmt/format.h>

#include "cmd/commands/commands.h"
#include "cmd/registry.h"
#include "cmd/secrets.h"
#include "cmd/wait_for_cursor.h"
#include "common/base/text.h"
#include "common/control/daemon.h"
#include "common/control/keys.h"
#include "common/control/models.h"
#include "common/http/url.h"

namespace litegw::cmd {
namespace {

using control::KeyView;

constexpr const char* usual_name = "cursor";

struct SetupFlags {
  std::string base_url, key, timeout = "10m";
  std::vector<std::string> models;
  bool no_wait = false;
};

// server.public_url of the daemon that runs; empty = not set.
std::string configured_url(Context& context) {
  auto config = context.client().get<control::ConfigView>(control::path::config);
  if (!config) return {};
  for (const control::Setting& setting : config->value.settings)
    if (setting.name == "server.public_url" && setting.value.is_string())
      return setting.value.get<std::string>();
  return {};
}

Result<CursorBase> choose_base(Context& context, const SetupFlags& flags) {
  std::string typed = flags.base_url.empty() ? context.settings().base_url : flags.base_url;
  if (typed.empty()) typed = configured_url(context);
  if (typed.empty()) return CursorBase{};
  Result<http::Url> url = http::parse_url(typed);
  if (url) return cursor_base(*url);
  return make_error(ErrorCode::usage, "--base-url: " + url.error().message,
                    "write it as https://YOUR-NAME/cursor");
}

Result<KeyView> present_key(Context& context, const std::string& reference) {
  auto found = context.client().get<KeyView>(control::object_path(control::path::keys, reference));
  if (!found) return found.error();
  if (found->value.state == "active") return found->value;
  return make_error(
      ErrorCode::blocked_key,
      fmt::format("the key {} is {}", escape_control(found->value.name), found->value.state),
      "litegw key unblock, or another one with --key");
}

// The one that was named, the one of an earlier setup, or a new one.
Result<KeyView> choose_key(Context& context, const SetupFlags& flags) {
  if (!flags.key.empty()) {
    Result<std::string> reference = key_reference(context, flags.key);
    if (!reference) return reference.error();
    return present_key(context, *reference);
  }
  Result<KeyView> earlier = present_key(context, usual_name);
  if (earlier || earlier.error().code != ErrorCode::not_found) return earlier;
  control::KeyCreate request;
  request.name = usual_name;
  request.models = flags.models;
  auto made = context.client().send<KeyView>("POST", control::path::keys, request);
  if (!made) return made.error();
  return made->value;
}

Result<std::vector<control::ModelItem>> callable_models(Context& context, const KeyView& key) {
  control::ModelListQuery query{key.id, true};
  auto answer =
      context.client().get<control::ModelList>(control::path::models, control::encode_query(query));
  if (!answer) return answer.error();
  std::vector<control::ModelItem> items;
  for (control::ModelItem& item : answer->value.items)
    if (item.name.find('*') == std::string::npos) items.push_back(std::move(item));
  if (!items.empty()) return items;
  return make_error(ErrorCode::not_found,
                    fmt::format("the key {} may call no model", escape_control(key.name)),
                    "litegw model list; litegw key update KEY --models NAME");
}

std::string listen_address(Context& context) {
  auto status = context.client().get<control::StatusView>(control::path::status);
  if (status)
    for (const control::ListenerInfo& listener : status->value.listeners)
      if (listener.purpose == "public") return listener.address;
  return "127.0.0.1:4000";
}

Result<int> set_up(Context& context, const SetupFlags& flags) {
  Result<Duration> limit = parse_duration(flags.timeout);
  if (!limit)
    return make_error(ErrorCode::usage, "--timeout: " + limit.error().message, limit.error().hint);
  Result<CursorBase> base = choose_base(context, flags);
  if (!base) return base.error();
  CursorWait wait(context);
  Status begun = wait.begin();
  if (!begun) return begun.error();
  Result<KeyView> key = choose_key(context, flags);
  if (!key) return key.error();
  Result<std::vector<control::ModelItem>> models = callable_models(context, *key);
  if (!models) return models.error();
  CursorSetup setup{*base, *key, *models, listen_address(context)};
  print_setup(context.output(), setup);
  if (!flags.models.empty() && !key->created.value_or(false))
    context.output().warning(
        fmt::format("the key {} was there already: --models did not change it (litegw key update)",
                    escape_control(key->name)));
  if (flags.no_wait) return 0;
  return wait.run(key->id, *limit);
}

}  // namespace

void add_cursor_commands(Registry& registry) {
  CLI::App& cursor = registry.noun("cursor", "Connect Cursor to this gateway", "Watching");
  CLI::App& setup =
      registry.command(cursor, "setup", "Say what to paste into Cursor, and whether it arrived",
                       {"litegw cursor setup --base-url https://llm.example.com/cursor",
                        "litegw cursor setup --models team-sonnet --no-wait",
                        "litegw cursor setup   # nothing is public yet: a Caddyfile, a tunnel"});
  auto flags = std::make_shared<SetupFlags>();
  add_text(setup, "--base-url", flags->base_url,
           "Where the internet reaches this gateway; or LITEGW_BASE_URL, server.public_url", "URL");
  add_text(setup, "--key", flags->key, "Use this key (default: 'cursor', made when missing)",
           "KEY");
  add_list(setup, "--models", flags->models, "What the new key may call (default: all)", "MODEL");
  add_text(setup, "--timeout", flags->timeout, "Wait so long for Cursor (default 10m)", "DURATION");
  setup.add_flag("--no-wait", flags->no_wait, "Do not wait for Cursor's first request");
  registry.run(setup, "set up Cursor",
               [flags](Context& context) { return set_up(context, *flags); });
}

}  // namespace litegw::cmd
