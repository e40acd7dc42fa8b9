// The daemon's own log: one line per event on stderr or in a file, logfmt or JSON. Callers write
// spdlog::warn("what happened key={} other=\"{}\"", ...): words first, then pairs. Control bytes
// are escaped here, so that nothing from outside can forge a line. Thread-safe.
#pragma once

#include "common/base/result.h"
#include "daemon/config/config.h"

namespace litegw::app {

// For start-up, before there is a configuration.
void start_log();
// Level, format and file as configured. Fails with io_error when the file cannot be opened; the log
// goes on as before.
Status configure_log(const config::LogSettings& settings);
// The file was rotated away (USR1).
Status reopen_log();

}  // namespace litegw::app
