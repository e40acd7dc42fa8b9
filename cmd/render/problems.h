// Problems of a configuration file, as a compiler shows them.
#pragma once

#include <string>
#include <vector>

#include "common/control/api.h"

namespace litegw::cmd {

//   litegw.yaml:3:1: error: unknown key 'modle_list'
//     modle_list:
//     ^
//     did you mean 'model_list'?
std::string render_problems(const std::vector<control::Problem>& problems, bool colour);

// "litegw.yaml:3:1", as much of it as is known.
std::string position(const control::Problem& problem);

}  // namespace litegw::cmd
