// Who spent what, with bars on a terminal.
#pragma once

#include "cmd/output.h"
#include "common/control/log.h"

namespace litegw::cmd {

void print_spend(Output& output, const control::SpendReport& report);
// `share` of `whole` as a bar of at most `width` cells, in eighths.
std::string bar(Money share, Money whole, std::size_t width);

}  // namespace litegw::cmd
