// Virtual keys as a person or a script reads them.
#pragma once

#include <vector>

#include "cmd/output.h"
#include "cmd/render/table.h"
#include "common/control/keys.h"

namespace litegw::cmd {

Table key_table(const std::vector<control::KeyView>& keys, Time now);
// All facts, then spend by window and by model.
void print_key(Output& output, const control::KeyView& key, Time now);
// "ci (key_abc, sk-...wxyz)"
std::string key_sentence(const control::KeyView& key);
// Limits in words, one a line: what a person wants to see after making a key.
std::string limits_summary(const control::KeyView& key, Time now);

}  // namespace litegw::cmd
