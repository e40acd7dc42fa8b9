// Typed readings of one YAML value. Each fails with a message that starts after the setting's name
// ("must be true or false, not 'yes'") and a hint with the accepted form. Pure.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/time.h"
#include "daemon/config/document.h"

namespace litegw::config {

Result<std::string> as_text(const Node& node);
Result<bool> as_bool(const Node& node);
Result<std::int64_t> as_integer(const Node& node, std::int64_t least,
                                std::int64_t most = std::numeric_limits<std::int64_t>::max());
Result<Duration> as_duration(const Node& node, Duration least, Duration most);
// "32MiB", "2GiB", "64KiB" or a number of bytes.
Result<std::uint64_t> as_size(const Node& node, std::uint64_t least, std::uint64_t most);
// "127.0.0.1:4000", "[::1]:4000", "localhost:4000".
Result<std::string> as_listen_address(const Node& node);
Result<std::vector<std::string>> as_listen_addresses(const Node& node);
// Seconds as LiteLLM writes them: "600", "0.5", also "30s".
Result<Duration> as_seconds(const Node& node);
Result<double> as_number(const Node& node);

std::string size_text(std::uint64_t bytes);  // the shortest exact form: "32MiB"
bool has_control_bytes(std::string_view text);
Error wrong_kind(const Node& node, std::string_view wanted, std::string hint);

}  // namespace litegw::config
