// Running litegwd for the commands that need no daemon: cmd never links it.
#pragma once

#include "cmd/context.h"

namespace litegw::cmd {

// Beside this program, in PATH, then where it is installed; empty when it is nowhere.
std::string find_litegwd(const Console& console);

// Runs `arguments` (the first is the program) without a shell; stdin and stderr are ours. Fails
// with io_error when it cannot be started.
Result<ProgramResult> run_program(const std::vector<std::string>& arguments);

// litegwd with these flags, found as above. Fails with io_error when it is nowhere.
Result<ProgramResult> run_litegwd(Context& context, std::vector<std::string> arguments);

}  // namespace litegw::cmd
