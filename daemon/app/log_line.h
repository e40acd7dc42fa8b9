// How one log event is written. Pure.
#pragma once

#include <string>
#include <string_view>

#include <spdlog/common.h>

#include "common/base/time.h"

namespace litegw::app {

struct LogStyle {
  bool json = false;
  bool journal = false;  // "<N>" in front, no time
};

// `text` is words, then key=value or key="value" pairs.
std::string log_line(const LogStyle& style, Time time, spdlog::level::level_enum level,
                     std::string_view text);

}  // namespace litegw::app
