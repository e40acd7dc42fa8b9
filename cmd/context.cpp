#include "cmd/context.h"

#include "common/base/text.h"

namespace litegw::cmd {

Context::Context(Console& console, Settings settings, TransportFactory transports,
                 ProgramRunner programs)
    : console_(console),
      settings_(std::move(settings)),
      output_(console, settings_.format, settings_.colour, settings_.quiet),
      transports_(std::move(transports)),
      programs_(std::move(programs)) {}

ControlClient& Context::client() {
  if (!client_) {
    transport_ = transports_(settings_.socket);
    client_.emplace(*transport_);
  }
  return *client_;
}

Result<ProgramResult> Context::run_program(const std::vector<std::string>& arguments) {
  return programs_(arguments);
}

bool Context::may_ask() const {
  return !settings_.no_input && console_.is_terminal(Stream::in) &&
         console_.is_terminal(Stream::error);
}

Result<bool> Context::confirm(const std::string& question, bool yes) {
  if (yes) return true;
  if (!may_ask())
    return make_error(ErrorCode::usage, "this cannot be undone and nobody can be asked here",
                      "add --yes to go ahead; nothing was done");
  console_.write_error(question + " [y/N] ");
  std::string answer = to_lower(trim(console_.read_line(false).value_or("")));
  return answer == "y" || answer == "yes";
}

}  // namespace litegw::cmd
