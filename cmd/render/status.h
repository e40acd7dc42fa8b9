// The daemon's state, configuration and changes as a person or a script reads them.
#pragma once

#include "cmd/output.h"
#include "common/control/daemon.h"

namespace litegw::cmd {

void print_status(Output& output, const control::StatusView& status, Time now);
void print_changes(Output& output, const std::vector<control::ConfigChange>& changes);
std::string setting_text(const Json& value);

}  // namespace litegw::cmd
