#include "common/base/version.h"

namespace litegw {

std::string_view version() {
  return LITEGW_VERSION;
}

std::string_view compiler() {
#ifdef __clang__
  return "clang " __clang_version__;
#else
  return "g++ " __VERSION__;
#endif
}

}  // namespace litegw
