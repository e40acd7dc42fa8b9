#include "cmd/commands/commands.h"

namespace litegw::cmd {
void add_test_commands(Registry&) {}
}  // namespace litegw::cmd
