// libFuzzer: bodies of clients that speak Responses, see client_body.h.
#include "tests/fuzz/client_body.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace litegw;
  fuzz::check_body(providers::Dialect::responses, {reinterpret_cast<const char*>(data), size});
  return 0;
}
