// Global settings: flag before environment before ~/.config/litegw/config.yaml before default.
#pragma once

#include "cmd/console.h"
#include "cmd/context.h"
#include "cmd/registry.h"

namespace litegw::cmd {

// Fails with usage: a value that is none, or a member of the file that does not exist.
Result<Settings> resolve_settings(const GlobalFlags& flags, const Console& console);

// $XDG_CONFIG_HOME/litegw/config.yaml or ~/.config/litegw/config.yaml; empty without a home.
std::string settings_file(const Console& console);

}  // namespace litegw::cmd
