#include "daemon/app/startup.h"

#include <filesystem>
#include <iostream>

#include <date/tz.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include "daemon/config/starter.h"
#include "daemon/config/system_environment.h"
#include "daemon/ledger/price_files.h"
#include "daemon/providers/registry.h"

namespace litegw::app {
namespace {

config::LoadOptions load_options() {
  config::LoadOptions options;
  for (const providers::Provider& provider : providers::all()) {
    config::KnownProvider known;
    known.name = provider.name;
    known.api_base = provider.api_base;
    known.api_key_variable = provider.api_key_variable;
    known.api_base_variable = provider.api_base_variable;
    known.needs_api_base = provider.api_base.empty() && provider.api != providers::Api::mock;
    options.providers.push_back(std::move(known));
  }
  return options;
}

Error no_config() {
  return make_error(
      ErrorCode::config_invalid, "No configuration: /etc/litegw/litegw.yaml does not exist.",
      "name one with --config or LITEGW_CONFIG; `litegw config init --output litegw.yaml` writes "
      "one to begin with");
}

bool file_missing(const std::string& file) {
  std::error_code error;
  return !std::filesystem::exists(file, error);
}

}  // namespace

LoadedConfig load_config(const Options& options, std::uint64_t generation) {
  LoadedConfig loaded;
  if (options.config.empty()) {
    loaded.error = no_config();
    return loaded;
  }
  const config::SystemEnvironment environment;
  config::Loaded read = config::load(options.config, environment, load_options());
  loaded.report = std::move(read.report);
  if (!read.config) {
    const std::size_t errors = loaded.report.errors();
    loaded.error = make_error(ErrorCode::config_invalid,
                              fmt::format("{} cannot be used: {} error{}.", options.config, errors,
                                          errors == 1 ? "" : "s"),
                              file_missing(options.config)
                                  ? "`litegw config init --output FILE` writes one to begin with"
                                  : "correct the file, `litegw config check` shows what is left");
    return loaded;
  }
  auto config = std::make_shared<config::Config>(*read.config);
  config->generation = generation;
  config->store.path = state_path(options, config->store.path);
  if (!options.listen.empty()) config->server.listen = options.listen;
  loaded.config = std::move(config);
  return loaded;
}

int check_config(const Options& options) {
  const LoadedConfig loaded = load_config(options, 0);
  if (options.config.empty()) {
    print_failure(loaded.error);
    return exit_config;
  }
  if (options.json) {
    const Json out = config::render_json(loaded.report, options.config, loaded.config.get());
    std::cout << out.dump(2) << "\n";
  } else {
    std::cerr << config::render_text(loaded.report);
    if (loaded.config)
      std::cerr << fmt::format("{}: ok, {} models, {} deployments\n", options.config,
                               loaded.config->models.size(), loaded.config->deployments.size());
  }
  return loaded.config ? 0 : exit_config;
}

int init_config() {
  std::cout << config::starter_file(config::SystemEnvironment(), load_options());
  return std::cout.flush() ? 0 : exit_failed;
}

void print_failure(const Error& error) {
  std::cerr << "litegwd: " << error.message << "\n";
  if (!error.hint.empty()) std::cerr << "  " << error.hint << "\n";
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Result<std::shared_ptr<const ledger::PriceBook>> load_prices(const config::Config& config) {
  const std::string built_in = ledger::find_price_file();
  // Costs of zero that nobody notices are worse than a line in the log.
  if (built_in.empty())
    spdlog::warn(
        "no built-in price list (share/litegw/prices.json) is installed: only models in "
        "prices.file have a price");
  return ledger::load_price_book(built_in, config.prices.file);
}

const date::time_zone* time_zone(const config::Config& config) {
  if (config.server.timezone == "UTC") return nullptr;
  try {
    return date::locate_zone(config.server.timezone);
  } catch (const std::exception& failure) {
    spdlog::warn("server.timezone={} is not known here, UTC counts instead: {}",
                 config.server.timezone, failure.what());
    return nullptr;
  }
}

}  // namespace litegw::app
