// key create, update, rotate.
#pragma once

#include <CLI/CLI.hpp>

namespace litegw::cmd {

class Registry;

void add_key_create(Registry& registry, CLI::App& key);
void add_key_update(Registry& registry, CLI::App& key);
void add_key_rotate(Registry& registry, CLI::App& key);

}  // namespace litegw::cmd
