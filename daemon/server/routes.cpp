#include "daemon/server/routes.h"

#include <array>
#include <optional>
#include <unordered_map>

#include "daemon/server/completion.h"
#include "daemon/server/exchange.h"
#include "daemon/server/health.h"
#include "daemon/server/key_info.h"
#include "daemon/server/models.h"
#include "daemon/server/path.h"
#include "daemon/server/silence.h"

namespace litegw::server {
namespace {

using enum Method;
using enum Right;
using enum Style;

// A path that ends in "/{}" stands for every longer one; what stands there is the parameter.
constexpr std::array routes{
    Route{post, "/v1/chat/completions", key, litellm, serve_completion},
    Route{post, "/chat/completions", key, litellm, serve_completion},
    Route{post, "/cursor/chat/completions", key, cursor, serve_cursor_chat},
    Route{post, "/cursor/v1/chat/completions", key, cursor, serve_cursor_chat},
    Route{post, "/v1/responses", key, litellm, serve_completion},
    Route{post, "/responses", key, litellm, serve_completion},
    Route{post, "/cursor/responses", key, cursor, serve_completion},
    Route{post, "/cursor/v1/responses", key, cursor, serve_completion},
    Route{post, "/v1/messages", key, anthropic, serve_completion},
    Route{post, "/messages", key, anthropic, serve_completion},
    Route{post, "/v1/messages/count_tokens", key, anthropic, serve_completion},
    Route{post, "/messages/count_tokens", key, anthropic, serve_completion},
    Route{post, "/openai/deployments/{}", key, cursor, serve_completion},
    Route{get, "/v1/models", key, litellm, serve_model_list},
    Route{get, "/models", key, litellm, serve_model_list},
    Route{get, "/v1/models/{}", key, litellm, serve_model},
    Route{get, "/models/{}", key, litellm, serve_model},
    Route{get, "/cursor/models", key, cursor, serve_model_list},
    Route{get, "/cursor/v1/models", key, cursor, serve_model_list},
    Route{get, "/cursor/models/{}", key, cursor, serve_model},
    Route{get, "/cursor/v1/models/{}", key, cursor, serve_model},
    Route{get, "/cursor", none, cursor, serve_cursor_probe},
    Route{get, "/cursor/v1", none, cursor, serve_cursor_probe},
    Route{get, "/cursor/health", none, cursor, serve_cursor_probe},
    Route{get, "/cursor/v1/health", none, cursor, serve_cursor_probe},
    Route{get, "/key/info", key, litellm, serve_key_info},
    Route{get, "/health/live", none, litellm, serve_alive},
    Route{get, "/health/liveness", none, litellm, serve_alive},
    Route{get, "/health/liveliness", none, litellm, serve_alive},
    Route{get, "/health/ready", none, litellm, serve_ready},
    Route{get, "/health/readiness", none, litellm, serve_ready},
};

constexpr Route not_found{get, "(unknown path)", none, litellm, refuse_path};
constexpr Route not_found_cursor{get, "(unknown path)", none, cursor, refuse_path};
constexpr Route wrong_method{get, "(wrong method)", none, litellm, refuse_method};
constexpr Route wrong_method_cursor{get, "(wrong method)", none, cursor, refuse_method};
constexpr Route preflight{get, "(preflight)", none, cursor, serve_preflight};

// The entries of one path, by method.
struct Entry {
  const Route* get = nullptr;
  const Route* post = nullptr;
};

constexpr std::string_view variable = "/{}";

struct Table {
  std::unordered_map<std::string_view, Entry> exact;
  std::unordered_map<std::string_view, Entry> prefixes;  // with the slash at their end
};

const Table& table() {
  static const Table built = [] {
    Table made;
    for (const Route& route : routes) {
      std::string_view path = route.path;
      const bool prefix = path.ends_with(variable);
      if (prefix) path.remove_suffix(variable.size() - 1);
      Entry& entry = prefix ? made.prefixes[path] : made.exact[path];
      (route.method == post ? entry.post : entry.get) = &route;
    }
    return made;
  }();
  return built;
}

Style style_of(std::string_view path) {
  return path == "/cursor" || path.starts_with("/cursor/") ? cursor : litellm;
}

RouteMatch match_method(const Entry& entry, std::string_view method, std::string_view path,
                        std::string parameter) {
  if (method == "OPTIONS") return {&preflight, {}};
  if (entry.post != nullptr && method == "POST") return {entry.post, std::move(parameter)};
  if (entry.get != nullptr && (method == "GET" || method == "HEAD"))
    return {entry.get, std::move(parameter)};
  std::string allow = entry.get != nullptr ? "GET, HEAD, " : "";
  if (entry.post != nullptr) allow.append("POST, ");
  allow.append("OPTIONS");
  return {style_of(path) == cursor ? &wrong_method_cursor : &wrong_method, std::move(allow)};
}

std::optional<RouteMatch> match_prefix(std::string_view method, std::string_view path) {
  for (const auto& [prefix, entry] : table().prefixes) {
    if (path.size() <= prefix.size() || !path.starts_with(prefix)) continue;
    std::optional<std::string> parameter = percent_decode(path.substr(prefix.size()));
    if (!parameter) return std::nullopt;
    return match_method(entry, method, path, std::move(*parameter));
  }
  return std::nullopt;
}

}  // namespace

RouteMatch find_route(std::string_view method, std::string_view path) {
  if (const auto known = table().exact.find(path); known != table().exact.end())
    return match_method(known->second, method, path, {});
  const std::string normal = normalise_path(path);
  if (const auto known = table().exact.find(normal); known != table().exact.end())
    return match_method(known->second, method, normal, {});
  if (std::optional<RouteMatch> found = match_prefix(method, normal)) return std::move(*found);
  // A page that may not ask would not read the error either.
  if (method == "OPTIONS" && style_of(normal) == cursor) return {&preflight, {}};
  return {&unmatched_route(style_of(normal)), {}};
}

const Route& unmatched_route(Style style) {
  return style == cursor ? not_found_cursor : not_found;
}

}  // namespace litegw::server
