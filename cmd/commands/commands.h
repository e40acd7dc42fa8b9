// Each adds the commands of one noun to the tree. One file per noun.
#pragma once

namespace litegw::cmd {

class Registry;

void add_key_commands(Registry& registry);
void add_owner_commands(Registry& registry);  // user, team
void add_budget_commands(Registry& registry);
void add_model_commands(Registry& registry);
void add_log_commands(Registry& registry);
void add_spend_commands(Registry& registry);
void add_audit_commands(Registry& registry);
void add_status_commands(Registry& registry);  // status, reload
void add_store_commands(Registry& registry);
void add_config_commands(Registry& registry);
void add_test_commands(Registry& registry);
void add_cursor_commands(Registry& registry);
void add_program_commands(Registry& registry);  // completion, version, help

}  // namespace litegw::cmd
