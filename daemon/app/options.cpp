#include "daemon/app/options.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "common/base/version.h"

namespace litegw::app {
namespace {

constexpr const char* system_config = "/etc/litegw/litegw.yaml";
constexpr const char* system_runtime = "/run/litegw";
constexpr const char* system_state = "/var/lib/litegw";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::string default_config() {
  std::string named = environment("LITEGW_CONFIG");
  if (!named.empty()) return named;
  return std::filesystem::exists(system_config) ? system_config : "";
}

// systemd makes and owns the system's folders; whoever may not write there runs a daemon of their
// own.
bool is_system_daemon() {
  return ::geteuid() == 0 || ::access(system_runtime, W_OK) == 0;
}

}  // namespace

std::variant<Options, ExitNow> parse_options(int argc, char** argv) {
  Options options;
  options.config = default_config();
  CLI::App app("LLM gateway daemon. The command line for it is litegw.", "litegwd");
  app.add_option("--config", options.config,
                 "configuration file (LITEGW_CONFIG; /etc/litegw/litegw.yaml)");
  app.add_flag("--check-config", options.check_config, "print all problems of the file and exit");
  app.add_flag("--json", options.json, "with --check-config and --check-store: print JSON");
  app.add_flag("--init-config", options.init_config,
               "print a commented file for the providers in the environment and exit");
  app.add_flag("--check-store", options.check_store,
               "print what is wrong with the store of a stopped daemon and exit");
  app.add_option("--restore-store", options.restore_store,
                 "put a file of `litegw store backup` in place of the store and exit")
      ->type_name("FILE");
  app.add_option("--state-dir", options.state_dir, "folder of the store, in place of store.path");
  app.add_option("--socket", options.socket, "control socket that litegw talks to");
  app.add_option("--listen", options.listen, "ADDR:PORT in place of server.listen, repeatable")
      ->allow_extra_args(false);
  app.set_version_flag("--version", "litegwd " + std::string(version()));
  app.footer(
      "Signals: HUP reloads, TERM drains, a second TERM stops now, USR1 reopens the log file."
      "\nSee litegwd(8) and litegw.yaml(5).");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error, std::cout, std::cerr);
    return ExitNow{code == 0 ? 0 : 2};
  }
  return options;
}

std::string default_socket_path() {
  if (is_system_daemon()) {
    if (::geteuid() == 0) ::mkdir(system_runtime, 0755);
    return std::string(system_runtime) + "/litegwd.sock";
  }
  const std::string runtime = environment("XDG_RUNTIME_DIR");
  const std::string folder =
      runtime.empty() ? "/tmp/litegw-" + std::to_string(::geteuid()) : runtime + "/litegw";
  ::mkdir(folder.c_str(), 0700);
  return folder + "/litegwd.sock";
}

std::string state_path(const Options& options, const std::string& configured) {
  if (options.state_dir) return *options.state_dir;
  if (configured != system_state || is_system_daemon()) return configured;
  std::string state = environment("XDG_STATE_HOME");
  if (state.empty()) state = environment("HOME") + "/.local/state";
  return state + "/litegw";
}

}  // namespace litegw::app
