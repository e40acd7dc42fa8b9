// One run of litegw: words in, exit code out. main.cpp gives it the real world, tests their own.
#pragma once

#include <string>
#include <vector>

#include "cmd/console.h"
#include "cmd/context.h"

namespace litegw::cmd {

// `arguments` without the program's name. Throws nothing.
int run(const std::vector<std::string>& arguments, Console& console,
        const TransportFactory& transports, const ProgramRunner& programs);

}  // namespace litegw::cmd
