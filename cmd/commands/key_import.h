// key import.
#pragma once

#include <CLI/CLI.hpp>

namespace litegw::cmd {

class Registry;

void add_key_import(Registry& registry, CLI::App& key);

}  // namespace litegw::cmd
