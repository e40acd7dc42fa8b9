// Users and teams as a person or a script reads them.
#pragma once

#include <vector>

#include "cmd/output.h"
#include "cmd/render/table.h"
#include "common/control/owners.h"

namespace litegw::cmd {

Table owner_table(const std::vector<control::OwnerView>& owners, Time now);
// All facts, then spend by window and by model.
void print_owner(Output& output, const control::OwnerView& owner, Time now);
// "ada (user_abc, 3 keys)"
std::string owner_sentence(const control::OwnerView& owner);

}  // namespace litegw::cmd
