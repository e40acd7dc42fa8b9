// Everything an operator can set, checked and resolved, as one immutable value. Made by loader.h;
// each event loop holds a shared_ptr<const Config>, a request keeps the one it started with. Pure
// data, no behaviour but look-ups.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/json.h"
#include "common/base/money.h"
#include "common/base/secret.h"
#include "common/base/time.h"

namespace litegw::config {

// Where a value was written, for messages and `config show --origin`.
struct Origin {
  std::string file;
  int line = 0;  // from 1; 0 = built-in default
  int column = 0;
};

// One entry of model_list: one way to reach one upstream model.
struct Deployment {
  std::string id;           // model_info.id, else a stable hash of the entry
  std::string public_name;  // model_name as written; may be a pattern with '*'
  std::string provider;     // "openai", "mock", "anthropic", ...: a row of providers/registry.cpp
  std::string upstream_model;
  std::string api_base;  // scheme://host[:port]/path, no trailing slash; the provider's default
                         // when not given
  Secret api_key;        // resolved; empty when none is set
  std::string api_key_source;  // "os.environ/NAME", "file:/path", "cred:name", "literal", ""
  std::string organization;
  std::string api_version;
  std::vector<std::pair<std::string, std::string>> extra_headers;
  Json default_params =
      Json::object();  // request members added when the client gave none (temperature, ...)
  Json model_info = Json::object();       // as written, open
  Json price_overrides = Json::object();  // LiteLLM's price members, from litellm_params and
                                          // model_info; text of numbers kept
  std::string mock_response;
  std::optional<std::int64_t> rpm, tpm, max_parallel;
  double weight = 1;
  int order = 0;
  std::optional<Duration> timeout, stream_timeout;
  // What only one provider understands (aws_region_name, vertex_project, ...), by LiteLLM's name.
  std::map<std::string, Secret, std::less<>> provider_settings;
  Origin origin;
};

struct TlsSettings {
  std::string certificate;  // PEM file, chain included; empty = plain HTTP
  std::string key;
};

struct ServerSettings {
  std::vector<std::string> listen{"127.0.0.1:4000"};
  std::vector<TlsSettings> tls;  // several = chosen by SNI, the first one without a match
  std::string public_url;
  std::uint64_t max_body = 32ull << 20;
  Duration drain_timeout = seconds(120);
  Duration header_timeout = seconds(10);
  Duration body_timeout = seconds(30);   // longest silence while a body arrives
  Duration idle_timeout = seconds(75);   // kept-alive connection without a request
  Duration write_timeout = seconds(60);  // client that does not read
  std::uint32_t max_connections = 16384;
  std::uint32_t threads = 0;  // 0 = one per core
  std::string timezone = "UTC";
};

struct UpstreamSettings {
  Duration connect_timeout = seconds(5);
  Duration first_byte_timeout = seconds(600);
  Duration stall_timeout = seconds(300);  // longest silence within an answer
  Duration idle_timeout = seconds(60);    // pooled connection without a request
  std::uint32_t max_idle_per_host = 256;
  std::string ca_file;  // in place of the system's CAs; empty = the system's
};

enum class OnFull { reject, allow };
struct StoreSettings {
  std::string path = "/var/lib/litegw";
  OnFull on_full = OnFull::reject;
};

struct RequestLogSettings {
  Duration retention = days(30);
  std::uint64_t max_size = 2ull << 30;
  bool store_bodies = false;
};

enum class Overrun { cut, refuse, allow };
enum class Journal { group, strict };
enum class OnDisconnect { cancel, drain };
struct LimitSettings {
  Overrun overrun = Overrun::cut;
  bool clamp = true;
  Journal journal = Journal::group;
  Duration journal_lag = milliseconds(250);
  OnDisconnect on_disconnect = OnDisconnect::cancel;
  std::string tokenizers;  // folder of rank files: cut answers are counted exactly; empty = guessed
};

enum class Unpriced { warn, deny, free };
struct PriceSettings {
  std::string file;  // operator's overrides; empty = none
  Unpriced unpriced = Unpriced::warn;
};

enum class CustomCalls { function, custom };
enum class Reasoning { hide, think, details, field };
enum class ContextOverflow { usage, error };
enum class CursorErrors { status, inline_text };
struct CursorSettings {  // spec of the Cursor routes; defaults are right for Cursor 3
  CustomCalls custom_calls = CustomCalls::function;
  Reasoning reasoning = Reasoning::hide;
  ContextOverflow context_overflow = ContextOverflow::usage;
  CursorErrors errors = CursorErrors::status;
  int policy_status = 400;
  bool usage_always = true;
  Duration keepalive = seconds(10);
  Duration startup_hold = seconds(15);
  Duration upstream_stall = seconds(300);
  std::string unknown_model = "error";  // or a public model name
  bool repair_history = true;
  bool verify_stub = true;
  bool capture = false;
};

enum class LogFormat { logfmt, json };
struct LogSettings {
  std::string level = "info";
  LogFormat format = LogFormat::logfmt;
  std::string file;  // empty = stderr
};

struct MetricsSettings {
  std::string listen;
  std::string otlp;
};

struct Warning {
  std::string message;
  Origin origin;
};

struct Config {
  std::vector<Deployment> deployments;  // in file order
  std::map<std::string, std::vector<std::size_t>, std::less<>>
      models;  // exact public name -> deployments
  std::vector<std::pair<std::string, std::vector<std::size_t>>>
      patterns;  // names with '*', longest pattern first
  std::map<std::string, std::string, std::less<>>
      aliases;                              // asked -> served (model_alias_map, model_group_alias)
  std::vector<std::string> hidden_aliases;  // not listed by /v1/models
  std::map<std::string, std::vector<std::string>, std::less<>>
      access_groups;  // group -> public names
  Secret master_key;
  std::string master_key_source;  // as api_key_source of a deployment
  std::string key_header;         // general_settings.litellm_key_header_name; empty = none
  ServerSettings server;
  UpstreamSettings upstream;
  std::vector<std::string> admin_listen;
  StoreSettings store;
  RequestLogSettings request_log;
  LimitSettings limits;
  PriceSettings prices;
  CursorSettings cursor;
  LogSettings log;
  MetricsSettings metrics;
  Json litellm = Json::object();  // router_settings, litellm_settings, general_settings as read,
                                  // secrets left out
  // Public names whose every deployment is of a provider that this version does not have.
  std::map<std::string, std::string, std::less<>> unsupported_models;  // name -> provider
  std::map<std::string, Origin, std::less<>> origins;  // "server.listen" -> where it was set
  std::vector<Warning> warnings;
  std::string file;
  std::uint64_t generation = 0;  // counts reloads; set by the daemon
};

// What a client's model name stands for.
struct Resolved {
  std::string name;  // public name after aliases; what scopes, prices and budgets use
  std::vector<std::size_t> deployments;
  std::vector<std::string> wildcards;  // what the stars of a pattern matched
};
// Alias, then exact name, then the longest matching pattern, then a deployment id. nullopt =
// unknown model.
std::optional<Resolved> resolve_model(const Config& config, std::string_view asked);
// The model name to send upstream: the deployment's, its stars filled with what the pattern
// matched.
std::string upstream_model_name(const Deployment& deployment, const Resolved& resolved);

}  // namespace litegw::config
