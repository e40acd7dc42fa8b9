// Models as a person or a script reads them.
#pragma once

#include "cmd/output.h"
#include "cmd/render/table.h"
#include "common/control/models.h"

namespace litegw::cmd {

Table model_table(const std::vector<control::ModelItem>& models, bool cursor);
void print_model(Output& output, const control::ModelDetail& model, Time now);

}  // namespace litegw::cmd
