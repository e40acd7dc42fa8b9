#include "daemon/server/path.h"

#include <array>

namespace litegw::server {
namespace {

constexpr std::array<std::string_view, 4> endpoints{"/chat/completions", "/responses", "/messages",
                                                    "/models"};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void collapse_slashes(std::string& path) {
  std::size_t to = 0;
  for (std::size_t from = 0; from < path.size(); ++from)
    if (path[from] != '/' || to == 0 || path[to - 1] != '/') path[to++] = path[from];
  path.resize(to);
}

bool drop_repeated_version(std::string& path) {
  const std::size_t at = path.find("/v1/v1/");
  if (at == std::string::npos) return false;
  path.erase(at, 3);
  return true;
}

// ".../chat/completions[/v1]/chat/completions" is ".../chat/completions".
bool drop_repeated_endpoint(std::string& path) {
  for (std::string_view endpoint : endpoints) {
    if (!path.ends_with(endpoint)) continue;
    std::string_view before(path.data(), path.size() - endpoint.size());
    if (before.ends_with("/v1") && before.substr(0, before.size() - 3).ends_with(endpoint))
      before.remove_suffix(3);
    if (!before.ends_with(endpoint)) continue;
    path.resize(before.size());
    return true;
  }
  return false;
}

}  // namespace

std::string normalise_path(std::string_view path) {
  std::string out(path);
  collapse_slashes(out);
  if (out.size() > 1 && out.ends_with('/')) out.pop_back();
  while (drop_repeated_version(out) || drop_repeated_endpoint(out)) {
  }
  return out;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return std::nullopt;
    out.push_back(c);
  }
  return out;
}

}  // namespace litegw::server
