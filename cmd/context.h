// What a running command has at hand.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cmd/console.h"
#include "cmd/control_client.h"
#include "cmd/output.h"
#include "cmd/transport.h"

namespace litegw::cmd {

// Global flags after flag, environment, ~/.config/litegw/config.yaml and default were weighed.
struct Settings {
  std::string socket;  // empty = look for a daemon where one may be (sockets.h)
  Format format = Format::table;
  ColourMode colour = ColourMode::automatic;
  bool quiet = false;
  bool no_input = false;
  std::string base_url;  // for `test`
  std::string key_file;  // for `test`
};

// Opens the way to a daemon; tests put their own in.
using TransportFactory = std::function<std::unique_ptr<Transport>(const std::string& socket)>;
// Runs a program to its end: exit status (128 + signal when killed) and what it wrote to stdout.
// Its stderr is ours.
struct ProgramResult {
  int exit_status = 0;
  std::string output;
};
using ProgramRunner =
    std::function<Result<ProgramResult>(const std::vector<std::string>& arguments)>;

class Context {
 public:
  Context(Console& console, Settings settings, TransportFactory transports, ProgramRunner programs);

  Console& console() { return console_; }
  Output& output() { return output_; }
  const Settings& settings() const { return settings_; }
  // Made at the first call; later calls give the same one.
  ControlClient& client();
  Result<ProgramResult> run_program(const std::vector<std::string>& arguments);

  // May a question be asked? Only on a terminal, and not with --no-input.
  bool may_ask() const;
  // Asks on a terminal; `yes` answers for the user. Elsewhere without `yes` fails with usage.
  Result<bool> confirm(const std::string& question, bool yes);

  // "make the key", for "cannot make the key"; commands make it more exact as they go.
  std::string doing;

 private:
  Console& console_;
  Settings settings_;
  Output output_;
  TransportFactory transports_;
  ProgramRunner programs_;
  std::unique_ptr<Transport> transport_;
  std::optional<ControlClient> client_;
};

}  // namespace litegw::cmd
