#include "daemon/config/values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "common/base/text.h"

namespace litegw::config {
namespace {

Error refuse(std::string message, std::string hint) {
  return make_error(ErrorCode::config_invalid, std::move(message), std::move(hint));
}

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array<Unit, 8> size_units{{{"GiB", 1ull << 30},
                                          {"MiB", 1ull << 20},
                                          {"KiB", 1ull << 10},
                                          {"GB", 1'000'000'000},
                                          {"MB", 1'000'000},
                                          {"kB", 1'000},
                                          {"KB", 1'000},
                                          {"B", 1}}};
constexpr std::string_view size_form = "write a number and a unit: 512KiB, 32MiB, 2GiB";
constexpr std::string_view duration_form =
    "write a whole number and a unit: 250ms, 30s, 5m, 24h, 7d";
constexpr std::string_view listen_form = "write ADDRESS:PORT: 127.0.0.1:4000, [::1]:4000";

bool is_address(const std::string& host, int family) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(family, host.c_str(), bytes.data()) == 1;
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  return !text.empty() && failure == std::errc{} && end == text.data() + text.size() &&
         port <= 65535;
}

}  // namespace

Error wrong_kind(const Node& node, std::string_view wanted, std::string hint) {
  return refuse(fmt::format("must be {}, not {}", wanted, kind_name(node)), std::move(hint));
}

bool has_control_bytes(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
}

Result<std::string> as_text(const Node& node) {
  if (!node.is_scalar()) return wrong_kind(node, "text", "");
  if (has_control_bytes(node.text)) return refuse("must be one line without control bytes", "");
  return node.text;
}

Result<bool> as_bool(const Node& node) {
  if (!node.is_scalar()) return wrong_kind(node, "true or false", "write true or false");
  if (node.text == "true" || node.text == "True" || node.text == "TRUE") return true;
  if (node.text == "false" || node.text == "False" || node.text == "FALSE") return false;
  return refuse(fmt::format("must be true or false, not {}", shown(node.text)),
                "write true or false");
}

Result<std::int64_t> as_integer(const Node& node, std::int64_t least, std::int64_t most) {
  std::string form = most == std::numeric_limits<std::int64_t>::max()
                         ? fmt::format("write a whole number from {} on", least)
                         : fmt::format("write a whole number from {} to {}", least, most);
  if (!node.is_scalar()) return wrong_kind(node, "a number", form);
  std::string_view text = node.text;
  std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.size() > 1 && digits.front() == '0' &&
      digits.find_first_not_of("0123456789") == std::string_view::npos)
    return refuse(fmt::format("{} has a leading zero", shown(text)),
                  "YAML would read that as octal; write it without the zero");
  std::int64_t value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure == std::errc::result_out_of_range)
    return refuse(fmt::format("{} is too large", shown(text)), form);
  if (failure != std::errc{} || end != text.data() + text.size())
    return refuse(fmt::format("must be a whole number, not {}", shown(text)), form);
  if (value < least || value > most) return refuse(fmt::format("{} is out of range", value), form);
  return value;
}

Result<Duration> as_duration(const Node& node, Duration least, Duration most) {
  if (!node.is_scalar()) return wrong_kind(node, "a duration", std::string(duration_form));
  Result<Duration> parsed = parse_duration(node.text);
  if (!parsed) {
    bool bare =
        !node.text.empty() && node.text.find_first_not_of("0123456789") == std::string::npos;
    if (bare)
      return refuse(fmt::format("{} has no unit", shown(node.text)),
                    node.text == "0" ? std::string(duration_form)
                                     : fmt::format("write {}s for seconds", node.text));
    return refuse(fmt::format("must be a duration, not {}", shown(node.text)),
                  std::string(duration_form));
  }
  if (*parsed < least || *parsed > most)
    return refuse(fmt::format("{} is out of range", shown(node.text)),
                  fmt::format("write a duration from {} to {}", to_text(least), to_text(most)));
  return *parsed;
}

Result<std::uint64_t> as_size(const Node& node, std::uint64_t least, std::uint64_t most) {
  if (!node.is_scalar()) return wrong_kind(node, "a size", std::string(size_form));
  std::string_view text = node.text;
  std::uint64_t count = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
  std::string_view unit = trim(text.substr(static_cast<std::size_t>(end - text.data())));
  Error bad = refuse(fmt::format("must be a size, not {}", shown(text)), std::string(size_form));
  if (failure != std::errc{}) return bad;
  std::uint64_t factor = unit.empty() ? 1 : 0;
  for (const Unit& known : size_units)
    if (unit == known.name) factor = known.bytes;
  if (factor == 0) return bad;
  std::uint64_t bytes = 0;
  bool overflow = __builtin_mul_overflow(count, factor, &bytes);
  if (overflow || bytes < least || bytes > most)
    return refuse(fmt::format("{} is out of range", shown(text)),
                  fmt::format("write a size from {} to {}", size_text(least), size_text(most)));
  return bytes;
}

std::string size_text(std::uint64_t bytes) {
  for (const Unit& unit : size_units)
    if (unit.bytes % 1024 == 0 && bytes >= unit.bytes && bytes % unit.bytes == 0)
      return fmt::format("{}{}", bytes / unit.bytes, unit.name);
  return fmt::format("{}B", bytes);
}

Result<std::string> as_listen_address(const Node& node) {
  if (!node.is_scalar()) return wrong_kind(node, "an address and a port", std::string(listen_form));
  const std::string& text = node.text;
  std::size_t colon = text.rfind(':');
  Error bad =
      refuse(fmt::format("{} is no address and port", shown(text)), std::string(listen_form));
  if (colon == std::string::npos || !is_port(std::string_view(text).substr(colon + 1))) {
    if (is_port(text))
      bad.hint = fmt::format("write 127.0.0.1:{0} for this machine or 0.0.0.0:{0} for all", text);
    return bad;
  }
  std::string host = text.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    if (is_address(host.substr(1, host.size() - 2), AF_INET6)) return text;
    return bad;
  }
  if (is_address(host, AF_INET6)) {
    bad.hint =
        fmt::format("write an IPv6 address in brackets: [{}]:{}", host, text.substr(colon + 1));
    return bad;
  }
  if (host.empty())
    bad.hint = fmt::format("write 0.0.0.0{0} for all IPv4 addresses or [::]{0} for all",
                           text.substr(colon));
  if (host == "localhost" || is_address(host, AF_INET)) return text;
  return bad;
}

Result<std::vector<std::string>> as_listen_addresses(const Node& node) {
  std::vector<std::string> addresses;
  if (node.is_scalar()) {
    Result<std::string> one = as_listen_address(node);
    if (!one) return one.error();
    addresses.push_back(*one);
    return addresses;
  }
  if (!node.is_sequence())
    return wrong_kind(node, "a list of addresses", R"(write ["127.0.0.1:4000"])");
  for (const NodePtr& item : node.items) {
    Result<std::string> one = as_listen_address(*item);
    if (!one) return one.error();
    if (std::find(addresses.begin(), addresses.end(), *one) != addresses.end())
      return refuse(fmt::format("{} is listed twice", shown(*one)), "");
    addresses.push_back(*one);
  }
  return addresses;
}

Result<double> as_number(const Node& node) {
  if (!node.is_scalar()) return wrong_kind(node, "a number", "");
  double value = 0;
  const std::string& text = node.text;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return refuse(fmt::format("must be a number, not {}", shown(text)), "");
  return value;
}

Result<Duration> as_seconds(const Node& node) {
  if (!node.is_scalar()) return wrong_kind(node, "a number of seconds", "");
  if (Result<Duration> with_unit = parse_duration(node.text)) return *with_unit;
  Result<double> number = as_number(node);
  if (!number || *number <= 0 || *number > 1e9)
    return refuse(fmt::format("must be a number of seconds, not {}", shown(node.text)),
                  "write 600 or 30s");
  return Duration(static_cast<std::int64_t>(*number * 1e6));
}

}  // namespace litegw::config
