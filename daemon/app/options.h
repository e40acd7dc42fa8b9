// litegwd's command line.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace litegw::app {

struct Options {
  std::string config;  // file; empty = none was named and none is there
  std::optional<std::string> state_dir;
  std::optional<std::string> socket;
  std::vector<std::string> listen;  // in place of server.listen
  bool check_config = false;
  bool json = false;  // with check_config, check_store and restore_store
  bool init_config = false;
  bool check_store = false;
  std::string restore_store;  // the file
};

struct ExitNow {
  int code = 0;
};

// Prints help, version and what is wrong; then the program is to end with that code.
std::variant<Options, ExitNow> parse_options(int argc, char** argv);

// Where the control socket goes without --socket: /run/litegw for the system's daemon, else
// $XDG_RUNTIME_DIR/litegw, else /tmp/litegw-UID. The folder is made (0700) when it is the user's.
std::string default_socket_path();
// store.path, moved to $XDG_STATE_HOME/litegw for a user's daemon that kept the default.
std::string state_path(const Options& options, const std::string& configured);

}  // namespace litegw::app
