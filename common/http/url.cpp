#include "common/http/url.h"

#include <algorithm>
#include <charconv>

#include "common/base/text.h"
#include "common/http/characters.h"

namespace litegw::http {
namespace {

Error bad_url(std::string_view text, std::string_view reason) {
  return make_error(
      ErrorCode::invalid_argument,
      "'" + escape_control(shorten(text, 120)) + "' is no usable URL: " + std::string(reason) + ".",
      "Write it as https://host[:port][/path].");
}

bool parse_port(std::string_view text, std::uint16_t& port) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port != 0;
}

bool all(CharacterClass wanted, std::string_view text) {
  return std::all_of(text.begin(), text.end(), [&](char c) { return is(wanted, c); });
}

bool is_ipv6(std::string_view text) {
  auto fits = [](char c) {
    return is(hex_character, c) || c == ':' || c == '.';
  };
  return text.find(':') != text.npos && std::all_of(text.begin(), text.end(), fits);
}

// Null, or what is wrong.
const char* parse_authority(std::string_view authority, Url& url) {
  std::string_view port;
  bool bracketed = authority.starts_with('[');
  std::size_t host_end = bracketed ? authority.find(']') : authority.find(':');
  if (bracketed && host_end == authority.npos) return "a bracket is not closed";
  std::string_view host = authority.substr(bracketed ? 1 : 0, host_end - (bracketed ? 1 : 0));
  if (!bracketed) host = authority.substr(0, host_end);
  std::string_view rest = host_end == authority.npos ? "" : authority.substr(host_end);
  if (bracketed) rest.remove_prefix(1);
  if (host.empty()) return "it has no host";
  bool valid = bracketed ? is_ipv6(host) : all(host_character, host);
  if (!valid) return "the host holds a character that no host has";
  url.host = to_lower(host);
  url.port = url.scheme == "https" ? 443 : 80;
  if (rest.empty()) return nullptr;
  if (rest.front() != ':') return "something stands between host and port";
  return parse_port(rest.substr(1), url.port) ? nullptr : "the port is no number from 1 to 65535";
}

}  // namespace

std::string make_authority(std::string_view host, std::uint16_t port, std::uint16_t default_port) {
  bool is_address = host.find(':') != std::string_view::npos;
  std::string text = is_address ? "[" + std::string(host) + "]" : std::string(host);
  if (port != default_port) text += ":" + std::to_string(port);
  return text;
}

std::string Url::authority() const {
  return make_authority(host, port, scheme == "https" ? 443 : 80);
}

Result<Url> parse_url(std::string_view text, bool allow_query) {
  std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return bad_url(text, "it has no http:// or https://");
  Url url;
  url.scheme = to_lower(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https") {
    return bad_url(text, "only http and https are spoken");
  }
  std::string_view rest = text.substr(colon + 3);
  std::size_t slash = rest.find_first_of("/?#");
  std::string_view authority = rest.substr(0, slash);
  // Not shown: what stands before the '@' may be a password.
  if (authority.find('@') != std::string_view::npos) {
    return bad_url("...", "a user name or password may not stand in it");
  }
  if (const char* wrong = parse_authority(authority, url)) return bad_url(text, wrong);
  rest = slash == std::string_view::npos ? "" : rest.substr(slash);
  if (!all(target_character, rest))
    return bad_url(text, "'#', blanks and bytes above ASCII do not fit");
  std::size_t question = rest.find('?');
  if (question != std::string_view::npos) {
    if (!allow_query) return bad_url(text, "a query ('?') may not stand in it");
    url.query = rest.substr(question + 1);
  }
  url.path = rest.substr(0, question);
  if (url.path.empty()) url.path = "/";
  return url;
}

}  // namespace litegw::http
