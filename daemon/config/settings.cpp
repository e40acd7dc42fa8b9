#include "daemon/config/settings.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/config/values.h"

namespace litegw::config {
namespace {

Error refuse(std::string message, std::string hint) {
  return make_error(ErrorCode::config_invalid, std::move(message), std::move(hint));
}

// ---- one maker per kind of value; `get` reaches the member in a Config

template <class Get>
Setting duration(std::string section, std::string name, Get get, Duration least, Duration most) {
  Setting setting{std::move(section), std::move(name), false, false, false, {}, {}};
  setting.read = [get, least, most](Config& config, const Node& node) -> Status {
    Result<Duration> value = as_duration(node, least, most);
    if (!value) return value.error();
    get(config) = *value;
    return {};
  };
  setting.show = [get](const Config& config) {
    return Json(to_text(get(config)));
  };
  return setting;
}

template <class Get>
Setting size(std::string section, std::string name, Get get, std::uint64_t least,
             std::uint64_t most) {
  Setting setting{std::move(section), std::move(name), false, false, false, {}, {}};
  setting.read = [get, least, most](Config& config, const Node& node) -> Status {
    Result<std::uint64_t> value = as_size(node, least, most);
    if (!value) return value.error();
    get(config) = *value;
    return {};
  };
  setting.show = [get](const Config& config) {
    return Json(size_text(get(config)));
  };
  return setting;
}

template <class Get>
Setting integer(std::string section, std::string name, Get get, std::int64_t least,
                std::int64_t most) {
  Setting setting{std::move(section), std::move(name), false, false, false, {}, {}};
  setting.read = [get, least, most](Config& config, const Node& node) -> Status {
    Result<std::int64_t> value = as_integer(node, least, most);
    if (!value) return value.error();
    auto& member = get(config);
    member = static_cast<std::remove_reference_t<decltype(member)>>(*value);
    return {};
  };
  setting.show = [get](const Config& config) {
    return Json(get(config));
  };
  return setting;
}

template <class Get>
Setting boolean(std::string section, std::string name, Get get) {
  Setting setting{std::move(section), std::move(name), false, false, false, {}, {}};
  setting.read = [get](Config& config, const Node& node) -> Status {
    Result<bool> value = as_bool(node);
    if (!value) return value.error();
    get(config) = *value;
    return {};
  };
  setting.show = [get](const Config& config) {
    return Json(get(config));
  };
  return setting;
}

using Check = Status (*)(const std::string&);

template <class Get>
Setting text(std::string section, std::string name, Get get, bool may_be_null, Check check) {
  Setting setting{std::move(section), std::move(name), false, may_be_null, false, {}, {}};
  setting.read = [get, check](Config& config, const Node& node) -> Status {
    Result<std::string> value = as_text(node);
    if (!value) return value.error();
    if (Status checked = check(*value); !checked) return checked.error();
    get(config) = *value;
    return {};
  };
  setting.show = [get, may_be_null](const Config& config) {
    const std::string& value = get(config);
    return may_be_null && value.empty() ? Json() : Json(value);
  };
  return setting;
}

template <class Value>
using Choices = std::vector<std::pair<std::string, Value>>;

template <class Value, class Get>
Setting choice(std::string section, std::string name, Get get, const Choices<Value>& choices) {
  Setting setting{std::move(section), std::move(name), false, false, false, {}, {}};
  setting.read = [get, choices](Config& config, const Node& node) -> Status {
    std::vector<std::string> names;
    for (const auto& [word, value] : choices)
      names.push_back(word);
    std::string form = "write one of: " + join(names, ", ");
    if (!node.is_scalar()) return wrong_kind(node, "a word", form);
    for (const auto& [word, value] : choices) {
      if (node.text != word) continue;
      get(config) = value;
      return {};
    }
    return refuse(
        fmt::format("has no choice {}{}", shown(node.text), did_you_mean(node.text, names)), form);
  };
  setting.show = [get, choices](const Config& config) {
    for (const auto& [word, value] : choices)
      if (get(config) == value) return Json(word);
    return Json();
  };
  return setting;
}

template <class Get>
Setting addresses(std::string section, std::string name, Get get) {
  Setting setting{std::move(section), std::move(name), false, false, false, {}, {}};
  setting.read = [get](Config& config, const Node& node) -> Status {
    Result<std::vector<std::string>> value = as_listen_addresses(node);
    if (!value) return value.error();
    get(config) = *value;
    return {};
  };
  setting.show = [get](const Config& config) {
    return Json(get(config));
  };
  return setting;
}

// ---- checks of texts

Status any_text(const std::string&) {
  return {};
}

Status absolute_path(const std::string& value) {
  if (value.empty() || value.front() == '/') return {};
  return refuse(fmt::format("must be an absolute path, not {}", shown(value)), "begin it with /");
}

Status not_empty_path(const std::string& value) {
  if (value.empty()) return refuse("must not be empty", "write a path like /var/lib/litegw");
  return {};
}

Status base_url(const std::string& value) {
  std::string_view rest = value;
  for (std::string_view scheme : {"https://", "http://"})
    if (rest.starts_with(scheme)) rest.remove_prefix(scheme.size());
  bool good = rest.size() < value.size() && !rest.empty() && rest.front() != '/' &&
              rest.find_first_of(" ?#@") == std::string_view::npos;
  if (value.empty() || good) return {};
  return refuse(fmt::format("must be a URL, not {}", shown(value)),
                "write https://llm.example.com, without query and password");
}

Status log_level(const std::string& value) {
  static const std::vector<std::string> levels{"trace", "debug", "info", "warn", "error"};
  if (std::find(levels.begin(), levels.end(), value) != levels.end()) return {};
  return refuse(fmt::format("has no level {}{}", shown(value), did_you_mean(value, levels)),
                "write one of: " + join(levels, ", "));
}

Status listen_or_empty(const std::string& value) {
  if (value.empty()) return {};
  Node node;
  node.kind = Node::Kind::scalar;
  node.text = value;
  Result<std::string> address = as_listen_address(node);
  if (!address) return address.error();
  return {};
}

// ---- tls: a map, or a list of maps chosen by SNI

Result<TlsSettings> read_certificate(const Node& node) {
  static const std::vector<std::string> names{"certificate", "key"};
  constexpr std::string_view form = "write {certificate: /path/chain.pem, key: /path/key.pem}";
  if (!node.is_map()) return wrong_kind(node, "a map", std::string(form));
  TlsSettings tls;
  for (const Member& member : node.members) {
    if (member.name != "certificate" && member.name != "key")
      return refuse(
          fmt::format("has no member {}{}", shown(member.name), did_you_mean(member.name, names)),
          std::string(form));
    Result<std::string> path = as_text(*member.value);
    if (!path) return path.error();
    (member.name == "key" ? tls.key : tls.certificate) = *path;
  }
  if (tls.certificate.empty() || tls.key.empty())
    return refuse("needs both certificate and key", std::string(form));
  return tls;
}

Setting tls_setting() {
  Setting setting{"server", "tls", false, true, false, {}, {}};
  setting.read = [](Config& config, const Node& node) -> Status {
    std::vector<TlsSettings> all;
    std::vector<const Node*> items{&node};
    if (node.is_sequence()) {
      items.clear();
      for (const NodePtr& item : node.items)
        items.push_back(item.get());
    }
    for (const Node* item : items) {
      Result<TlsSettings> one = read_certificate(*item);
      if (!one) return one.error();
      all.push_back(*one);
    }
    config.server.tls = std::move(all);
    return {};
  };
  setting.show = [](const Config& config) {
    Json out = Json::array();
    for (const TlsSettings& one : config.server.tls)
      out.push_back(Json{{"certificate", one.certificate}, {"key", one.key}});
    return out.empty() ? Json() : out;
  };
  return setting;
}

// Reaches a member of a Config, const or not.
#define LITEGW_AT(path) ([](auto& config) -> auto& { return config.path; })

constexpr std::uint64_t KiB = 1ull << 10;
constexpr std::uint64_t MiB = 1ull << 20;
constexpr std::uint64_t GiB = 1ull << 30;

void add_server(std::vector<Setting>& all) {
  all.push_back(addresses("server", "listen", LITEGW_AT(server.listen)));
  all.push_back(tls_setting());
  all.push_back(text("server", "public_url", LITEGW_AT(server.public_url), true, base_url));
  all.push_back(size("server", "max_body", LITEGW_AT(server.max_body), KiB, GiB));
  all.push_back(duration("server", "drain_timeout", LITEGW_AT(server.drain_timeout),
                         milliseconds(1), hours(24)));
  all.push_back(duration("server", "header_timeout", LITEGW_AT(server.header_timeout),
                         milliseconds(10), hours(1)));
  all.push_back(duration("server", "body_timeout", LITEGW_AT(server.body_timeout), milliseconds(10),
                         hours(1)));
  all.push_back(duration("server", "idle_timeout", LITEGW_AT(server.idle_timeout), milliseconds(10),
                         hours(24)));
  all.push_back(duration("server", "write_timeout", LITEGW_AT(server.write_timeout),
                         milliseconds(10), hours(24)));
  all.push_back(
      integer("server", "max_connections", LITEGW_AT(server.max_connections), 1, 1'000'000));
  all.push_back(integer("server", "threads", LITEGW_AT(server.threads), 0, 256));
  all.back().needs_restart = true;
  all.push_back(text("server", "timezone", LITEGW_AT(server.timezone), false, any_text));
  all.push_back(addresses("admin", "listen", LITEGW_AT(admin_listen)));
}

void add_upstream(std::vector<Setting>& all) {
  all.push_back(duration("upstream", "connect_timeout", LITEGW_AT(upstream.connect_timeout),
                         milliseconds(10), minutes(10)));
  all.push_back(duration("upstream", "first_byte_timeout", LITEGW_AT(upstream.first_byte_timeout),
                         milliseconds(10), hours(24)));
  all.push_back(duration("upstream", "stall_timeout", LITEGW_AT(upstream.stall_timeout),
                         milliseconds(10), hours(24)));
  all.push_back(duration("upstream", "idle_timeout", LITEGW_AT(upstream.idle_timeout),
                         milliseconds(10), hours(24)));
  all.push_back(
      integer("upstream", "max_idle_per_host", LITEGW_AT(upstream.max_idle_per_host), 0, 65536));
  all.push_back(text("upstream", "ca_file", LITEGW_AT(upstream.ca_file), true, absolute_path));
}

void add_store(std::vector<Setting>& all) {
  std::size_t first = all.size();
  all.push_back(text("store", "path", LITEGW_AT(store.path), false, not_empty_path));
  all.push_back(choice<OnFull>("store", "on_full", LITEGW_AT(store.on_full),
                               {{"reject", OnFull::reject}, {"allow", OnFull::allow}}));
  all.push_back(
      duration("request_log", "retention", LITEGW_AT(request_log.retention), hours(1), days(3660)));
  all.push_back(
      size("request_log", "max_size", LITEGW_AT(request_log.max_size), 16 * MiB, 1024 * GiB));
  all.push_back(boolean("request_log", "store_bodies", LITEGW_AT(request_log.store_bodies)));
  for (std::size_t i = first; i < all.size(); ++i)
    all[i].needs_restart = true;  // the store takes them when it is opened
}

void add_limits(std::vector<Setting>& all) {
  all.push_back(choice<Overrun>(
      "limits", "overrun", LITEGW_AT(limits.overrun),
      {{"cut", Overrun::cut}, {"refuse", Overrun::refuse}, {"allow", Overrun::allow}}));
  all.push_back(boolean("limits", "clamp", LITEGW_AT(limits.clamp)));
  all.push_back(choice<Journal>("limits", "journal", LITEGW_AT(limits.journal),
                                {{"group", Journal::group}, {"strict", Journal::strict}}));
  all.push_back(duration("limits", "journal_lag", LITEGW_AT(limits.journal_lag), milliseconds(1),
                         minutes(1)));
  all.push_back(
      choice<OnDisconnect>("limits", "on_disconnect", LITEGW_AT(limits.on_disconnect),
                           {{"cancel", OnDisconnect::cancel}, {"drain", OnDisconnect::drain}}));
  all.push_back(text("limits", "tokenizers", LITEGW_AT(limits.tokenizers), true, absolute_path));
  all.push_back(text("prices", "file", LITEGW_AT(prices.file), true, absolute_path));
  all.push_back(choice<Unpriced>(
      "prices", "unpriced", LITEGW_AT(prices.unpriced),
      {{"warn", Unpriced::warn}, {"deny", Unpriced::deny}, {"free", Unpriced::free}}));
}

void add_cursor(std::vector<Setting>& all) {
  all.push_back(
      choice<CustomCalls>("cursor", "custom_calls", LITEGW_AT(cursor.custom_calls),
                          {{"function", CustomCalls::function}, {"custom", CustomCalls::custom}}));
  all.push_back(choice<Reasoning>("cursor", "reasoning", LITEGW_AT(cursor.reasoning),
                                  {{"hide", Reasoning::hide},
                                   {"think", Reasoning::think},
                                   {"details", Reasoning::details},
                                   {"field", Reasoning::field}}));
  all.push_back(choice<ContextOverflow>(
      "cursor", "context_overflow", LITEGW_AT(cursor.context_overflow),
      {{"usage", ContextOverflow::usage}, {"error", ContextOverflow::error}}));
  all.push_back(choice<CursorErrors>(
      "cursor", "errors", LITEGW_AT(cursor.errors),
      {{"status", CursorErrors::status}, {"inline", CursorErrors::inline_text}}));
  all.push_back(integer("cursor", "policy_status", LITEGW_AT(cursor.policy_status), 400, 599));
  all.push_back(boolean("cursor", "usage_always", LITEGW_AT(cursor.usage_always)));
  all.push_back(
      duration("cursor", "keepalive", LITEGW_AT(cursor.keepalive), milliseconds(10), hours(1)));
  all.push_back(duration("cursor", "startup_hold", LITEGW_AT(cursor.startup_hold), milliseconds(10),
                         minutes(10)));
  all.push_back(duration("cursor", "upstream_stall", LITEGW_AT(cursor.upstream_stall),
                         milliseconds(10), hours(24)));
  all.push_back(text("cursor", "unknown_model", LITEGW_AT(cursor.unknown_model), false, any_text));
  all.push_back(boolean("cursor", "repair_history", LITEGW_AT(cursor.repair_history)));
  all.push_back(boolean("cursor", "verify_stub", LITEGW_AT(cursor.verify_stub)));
  all.push_back(boolean("cursor", "capture", LITEGW_AT(cursor.capture)));
}

void add_log(std::vector<Setting>& all) {
  all.push_back(text("log", "level", LITEGW_AT(log.level), false, log_level));
  all.push_back(choice<LogFormat>("log", "format", LITEGW_AT(log.format),
                                  {{"logfmt", LogFormat::logfmt}, {"json", LogFormat::json}}));
  all.push_back(text("log", "file", LITEGW_AT(log.file), true, absolute_path));
  all.push_back(text("metrics", "listen", LITEGW_AT(metrics.listen), true, listen_or_empty));
  all.back().needs_restart = true;
  all.push_back(text("metrics", "otlp", LITEGW_AT(metrics.otlp), true, base_url));
}

#undef LITEGW_AT

bool is_without_effect(const Setting& setting) {
  for (std::string_view section : {"admin", "metrics"})
    if (setting.section == section) return true;
  return setting.path() == "request_log.store_bodies";
}

}  // namespace

const std::vector<Setting>& settings() {
  static const std::vector<Setting> table = [] {
    std::vector<Setting> all;
    add_server(all);
    add_upstream(all);
    add_store(all);
    add_limits(all);
    add_cursor(all);
    add_log(all);
    for (Setting& setting : all)
      setting.without_effect = is_without_effect(setting);
    return all;
  }();
  return table;
}

const Setting* find_setting(std::string_view section, std::string_view name) {
  for (const Setting& setting : settings())
    if (setting.section == section && setting.name == name) return &setting;
  return nullptr;
}

}  // namespace litegw::config
