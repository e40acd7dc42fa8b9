// What happens before the first loop runs, and what is said about it. Failures are the program's
// exit codes: sysexits.h's 78 for a configuration, 70 for a store.
#pragma once

#include <memory>
#include <string>

#include "common/base/result.h"
#include "daemon/app/options.h"
#include "daemon/config/loader.h"
#include "daemon/ledger/price.h"
#include "daemon/store/store.h"

namespace date {
class time_zone;
}

namespace litegw::app {

inline constexpr int exit_config = 78;
inline constexpr int exit_store = 70;
inline constexpr int exit_failed = 1;

// The file with the command line's wishes over it. No config in the result means that the report,
// or `error`, says why.
struct LoadedConfig {
  std::shared_ptr<const config::Config> config;
  config::Report report;
  Error error;
};
LoadedConfig load_config(const Options& options, std::uint64_t generation);

// litegwd --check-config: prints all problems; the exit code.
int check_config(const Options& options);
// litegwd --init-config: a file to begin with, on stdout.
int init_config();

// "litegwd: what failed" and what to do, on stderr.
void print_failure(const Error& error);

// One descriptor per connection and one per upstream: takes what the hard limit gives.
void raise_descriptor_limit();

// The price files of a configuration.
Result<std::shared_ptr<const ledger::PriceBook>> load_prices(const config::Config& config);

// Of server.timezone, for the calendar windows of budgets; nullptr = UTC.
const date::time_zone* time_zone(const config::Config& config);

}  // namespace litegw::app
