#include "common/http/head.h"

#include <cstring>
#include <string>

#include "common/base/text.h"
#include "common/http/characters.h"
#include "common/http/field_lines.h"

namespace litegw::http {
namespace {

constexpr std::string_view crlf = "\r\n";

Status refuse(const Refusal& refusal) {
  return make_error(refusal.code, "The request is refused: " + std::string(refusal.text) + ".");
}

Status refuse_response(const Refusal& refusal) {
  return make_error(ErrorCode::upstream_bad_response,
                    "The answer is no valid HTTP: " + std::string(refusal.text) + ".");
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The first line without its CRLF; what follows it is left in `head`.
Refusal take_line(std::string_view& head, std::string_view& line) {
  std::size_t lf = head.find('\n');
  if (lf == std::string_view::npos) return malformed("the head has no end");
  if (lf == 0 || head[lf - 1] != '\r') return malformed("a line that ends in a bare LF");
  line = head.substr(0, lf - 1);
  head.remove_prefix(lf + 1);
  return {};
}

// `text` is the third word of a request line.
Refusal parse_version(std::string_view text, int& minor_version) {
  if (text == "HTTP/1.1" || text == "HTTP/1.0") {
    minor_version = text.back() - '0';
    return {};
  }
  bool numbered = text.starts_with("HTTP/") && text.size() > 5 && is_digit(text[5]);
  bool whole = text.size() == 6 || (text.size() == 8 && text[6] == '.' && is_digit(text[7]));
  if (numbered && whole) return {ErrorCode::http_version, "only HTTP/1.1 and 1.0 are spoken"};
  return malformed("the request line does not end in an HTTP version");
}

Refusal check_method(std::string_view method) {
  if (method == "POST" || method == "GET") return {};
  if (method.empty()) return malformed("the request line has no method");
  for (char c : method) {
    if (!is(token_character, c)) return malformed("the method is malformed");
  }
  for (std::string_view known : {"OPTIONS", "HEAD", "DELETE", "PATCH", "PUT"}) {
    if (method == known) return {};
  }
  if (method == "CONNECT" || method == "TRACE") {
    return {ErrorCode::method_not_allowed, "CONNECT and TRACE are not allowed"};
  }
  return {ErrorCode::not_implemented, "the method is not known"};
}

bool is_valid_port(std::string_view port) {
  if (port.empty() || port.size() > 5) return false;
  unsigned number = 0;
  for (char c : port) {
    if (!is_digit(c)) return false;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  return number <= 65535;
}

bool is_valid_name(std::string_view name) {
  if (name.empty() || name.front() == '.') return false;
  char before = 0;
  for (char c : name) {
    if (!is(host_character, c) || (c == '.' && before == '.')) return false;
    before = c;
  }
  return true;
}

bool is_valid_ipv6(std::string_view address) {
  if (address.size() < 2 || address.size() > 45) return false;
  for (char c : address) {
    if (!is(hex_character, c) && c != ':' && c != '.') return false;
  }
  return address.find(':') != std::string_view::npos;
}

// host[:port], host being a name, an IPv4 address or an IPv6 address in brackets.
bool is_valid_authority(std::string_view text) {
  std::string_view host = text;
  if (text.starts_with('[')) {
    std::size_t close = text.find(']');
    if (close == std::string_view::npos || !is_valid_ipv6(text.substr(1, close - 1))) return false;
    host = text.substr(0, close + 1);
  } else {
    host = text.substr(0, text.find(':'));
    if (!is_valid_name(host)) return false;
  }
  if (host.size() == text.size()) return true;
  return text[host.size()] == ':' && is_valid_port(text.substr(host.size() + 1));
}

std::string_view without_port(std::string_view authority, std::string_view port) {
  return authority.ends_with(port) ? authority.substr(0, authority.size() - port.size())
                                   : authority;
}

// RFC 9112 section 3.2.2 lets a client send the whole URI. It must name the same host as Host does,
// or two programs on the way could disagree about where the request goes.
Refusal take_absolute_form(std::string_view host, std::string_view& target) {
  std::string_view default_port = ":80";
  std::string_view rest = target;
  if (iequals(target.substr(0, 7), "http://")) {
    rest.remove_prefix(7);
  } else if (iequals(target.substr(0, 8), "https://")) {
    rest.remove_prefix(8);
    default_port = ":443";
  } else {
    return malformed("the target does not start with '/'");
  }
  std::size_t slash = rest.find_first_of("/?");
  std::string_view authority = rest.substr(0, slash);
  bool same = iequals(without_port(authority, default_port), without_port(host, default_port));
  if (!is_valid_authority(authority) || !same) {
    return malformed("the target names another host than the Host header");
  }
  target = slash == std::string_view::npos ? std::string_view("/") : rest.substr(slash);
  if (target.front() != '/') return malformed("the target has no path");
  return {};
}

// One canonical reading of the path: escapes are whole and none of them is a NUL.
bool has_valid_escapes(std::string_view path) {
  for (std::size_t at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 3)) {
    if (at + 2 >= path.size()) return false;
    char high = path[at + 1];
    char low = path[at + 2];
    if (!is(hex_character, high) || !is(hex_character, low)) return false;
    if (high == '0' && low == '0') return false;
  }
  return true;
}

Refusal check_target_bytes(std::string_view target) {
  if (target.empty()) return malformed("the request line has no target");
  for (char c : target) {
    if (!is(target_character, c)) return malformed("a byte that may not stand in a target");
  }
  return {};
}

Refusal read_target(std::string_view host, RequestHead& out) {
  if (out.target == "*") {
    out.path = out.target;
    return out.method == "OPTIONS" ? Refusal{} : malformed("only OPTIONS may ask for '*'");
  }
  if (out.target.front() != '/') {
    if (Refusal refusal = take_absolute_form(host, out.target)) return refusal;
  }
  std::size_t question = out.target.find('?');
  out.path = out.target.substr(0, question);
  if (question != std::string_view::npos) out.query = out.target.substr(question + 1);
  return has_valid_escapes(out.path) ? Refusal{} : malformed("a malformed escape in the path");
}

Refusal parse_request_line(std::string_view line, const HeadLimits& limits, RequestHead& out) {
  std::size_t first = line.find(' ');
  std::size_t last = line.rfind(' ');
  if (first == last || first == std::string_view::npos) {
    if (line.size() > limits.max_target)
      return {ErrorCode::target_too_long, "the target is too long"};
    return malformed("the request line is not 'METHOD target HTTP/1.1'");
  }
  out.method = line.substr(0, first);
  out.target = line.substr(first + 1, last - first - 1);
  if (out.target.size() > limits.max_target) {
    return {ErrorCode::target_too_long, "the target is too long"};
  }
  if (Refusal refusal = parse_version(line.substr(last + 1), out.minor_version)) return refusal;
  if (Refusal refusal = check_target_bytes(out.target)) return refusal;
  return check_method(out.method);
}

Refusal read_host(const FieldFacts& facts, RequestHead& out) {
  if (facts.hosts > 1) return malformed("more than one Host header");
  // HTTP/1.0 knows no Host; health checks of load balancers still come without one.
  if (facts.hosts == 0 && out.minor_version == 0) return {};
  if (facts.hosts == 0) return malformed("no Host header");
  if (!is_valid_authority(facts.host)) return malformed("the Host header is no host and port");
  out.host = facts.host;
  return {};
}

Refusal read_expect(const FieldFacts& facts, RequestHead& out) {
  if (facts.expectations == 0) return {};
  if (facts.expectations > 1 || !same_name(facts.expect, "100-continue")) {
    return {ErrorCode::expectation_failed, "only Expect: 100-continue can be met"};
  }
  // RFC 9110 section 10.1.1: ignored in HTTP/1.0 and of no use without a body.
  out.expect_continue = out.minor_version == 1 && out.framing.kind != Framing::Kind::none;
  return {};
}

Refusal read_request_framing(const FieldFacts& facts, RequestHead& out) {
  if (Refusal refusal = check_framing(facts, out.minor_version)) return refusal;
  if (facts.chunked) {
    out.framing.kind = Framing::Kind::chunked;
    return {};
  }
  if (facts.length > 0) out.framing = {Framing::Kind::length, facts.length};
  bool has_length = facts.lengths > 0;
  if (has_length || out.method[0] != 'P') return {};
  return {ErrorCode::length_required, "POST, PUT and PATCH need Content-Length or chunked"};
}

bool stays_open(const FieldFacts& facts, int minor_version) {
  if (facts.close) return false;
  return minor_version == 1 || facts.keep_alive;
}

Refusal parse_request(std::string_view head, const HeadLimits& limits, RequestHead& out) {
  // RFC 9112 section 2.2: one empty line before the request line is forgiven.
  if (head.starts_with(crlf)) head.remove_prefix(crlf.size());
  std::size_t size = head.size();
  std::string_view line;
  if (Refusal refusal = take_line(head, line)) return refusal;
  if (Refusal refusal = parse_request_line(line, limits, out)) return refusal;
  if (size > limits.max_head) return {ErrorCode::header_too_large, "the head is too large"};
  FieldFacts facts;
  if (Refusal refusal = parse_field_lines(head, limits, out.fields, facts)) return refusal;
  if (Refusal refusal = read_host(facts, out)) return refusal;
  if (Refusal refusal = read_target(out.host, out)) return refusal;
  if (Refusal refusal = read_request_framing(facts, out)) return refusal;
  if (Refusal refusal = read_expect(facts, out)) return refusal;
  out.keep_alive = stays_open(facts, out.minor_version);
  return {};
}

// "HTTP/1.1 200 OK"; the reason and the blank before it may be missing.
Refusal parse_status_line(std::string_view line, ResponseHead& out) {
  constexpr std::size_t least = std::string_view("HTTP/1.1 200").size();
  bool numbered = line.size() >= least && line.starts_with("HTTP/1.") && line[8] == ' ' &&
                  (line[7] == '0' || line[7] == '1') && is_digit(line[9]) && is_digit(line[10]) &&
                  is_digit(line[11]) && (line.size() == least || line[least] == ' ');
  if (!numbered) return malformed("the status line is not 'HTTP/1.1 200 OK'");
  out.minor_version = line[7] - '0';
  out.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  if (out.status < 100 || out.status > 599) return malformed("the status is not in 100 to 599");
  if (out.status == 101) return malformed("101 was not asked for");
  out.reason = line.size() > least ? line.substr(least + 1) : std::string_view();
  if (find_value_end(out.reason.begin(), out.reason.end()) != out.reason.end()) {
    return malformed("a control byte in the status line");
  }
  return {};
}

Refusal read_response_framing(const FieldFacts& facts, std::string_view request_method,
                              ResponseHead& out) {
  if (Refusal refusal = check_framing(facts, out.minor_version)) return refusal;
  bool never_a_body = out.status < 200 || out.status == 204;
  if (never_a_body && (facts.transfer_encodings > 0 || facts.length > 0)) {
    return malformed("a body announced with a status that has none");
  }
  if (never_a_body || out.status == 304 || request_method == "HEAD") return {};
  if (facts.chunked) {
    out.framing.kind = Framing::Kind::chunked;
  } else if (facts.lengths == 0) {
    out.framing.kind = Framing::Kind::until_close;
  } else if (facts.length > 0) {
    out.framing = {Framing::Kind::length, facts.length};
  }
  return {};
}

Refusal parse_response(std::string_view head, const HeadLimits& limits,
                       std::string_view request_method, ResponseHead& out) {
  if (head.size() > limits.max_head) return malformed("the head is too large");
  std::string_view line;
  if (Refusal refusal = take_line(head, line)) return refusal;
  if (line.size() > limits.max_line) return malformed("the status line is too long");
  if (Refusal refusal = parse_status_line(line, out)) return refusal;
  FieldFacts facts;
  if (Refusal refusal = parse_field_lines(head, limits, out.fields, facts)) return refusal;
  if (Refusal refusal = read_response_framing(facts, request_method, out)) return refusal;
  out.keep_alive =
      stays_open(facts, out.minor_version) && out.framing.kind != Framing::Kind::until_close;
  return {};
}

}  // namespace

std::optional<std::string_view> Fields::find(std::string_view name) const {
  for (const Field& field : *this) {
    if (field.name.size() == name.size() && iequals(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t Fields::count(std::string_view name) const {
  std::size_t found = 0;
  for (const Field& field : *this) {
    if (field.name.size() == name.size() && iequals(field.name, name)) ++found;
  }
  return found;
}

std::size_t find_head_end(std::string_view buffer, std::size_t& scanned) {
  while (true) {
    std::size_t lf = buffer.find('\n', scanned);
    if (lf == std::string_view::npos) {
      scanned = buffer.size();
      return 0;
    }
    if (lf == 0 || buffer[lf - 1] != '\r') return lf + 1;
    std::string_view after = buffer.substr(lf + 1, 2);
    if (after == crlf) return lf + 3;
    if (after.empty() || after == "\r") {
      scanned = lf;
      return 0;
    }
    scanned = lf + 1;
  }
}

Status parse_request_head(std::string_view head, const HeadLimits& limits, RequestHead& out) {
  out.method = out.target = out.path = out.query = out.host = {};
  out.minor_version = 1;
  out.fields.clear();
  out.framing = {};
  out.keep_alive = true;
  out.expect_continue = false;
  Refusal refusal = parse_request(head, limits, out);
  if (!refusal) return {};
  out.keep_alive = false;
  return refuse(refusal);
}

Status parse_response_head(std::string_view head, const HeadLimits& limits,
                           std::string_view request_method, ResponseHead& out) {
  out.status = 0;
  out.reason = {};
  out.minor_version = 1;
  out.fields.clear();
  out.framing = {};
  out.keep_alive = true;
  Refusal refusal = parse_response(head, limits, request_method, out);
  if (!refusal) return {};
  out.keep_alive = false;
  return refuse_response(refusal);
}

Error head_too_large(std::string_view buffer, const HeadLimits& limits) {
  if (buffer.starts_with(crlf)) buffer.remove_prefix(crlf.size());
  if (buffer.find('\n') > limits.max_target) {
    return make_error(ErrorCode::target_too_long,
                      "The request is refused: the target is too long.");
  }
  return make_error(ErrorCode::header_too_large, "The request is refused: the head is too large.");
}

}  // namespace litegw::http
