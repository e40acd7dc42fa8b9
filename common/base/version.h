// The version of this build, from CMake's project(). Both programs print it.
#pragma once

#include <string_view>

namespace litegw {

std::string_view version();   // "0.1.0"
std::string_view compiler();  // "g++ 12.2.0"

}  // namespace litegw
