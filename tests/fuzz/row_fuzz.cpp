// libFuzzer: any bytes decode to a row or an error, and a decoded row survives a round trip.
#include <cstdlib>

#include "daemon/requestlog/row.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace litegw::requestlog;
  litegw::Result<Row> row = decode({reinterpret_cast<const char*>(data), size});
  if (!row) return 0;
  std::string bytes = encode(*row);
  litegw::Result<Row> again = decode(bytes);
  if (!again || encode(*again) != bytes) std::abort();
  litegw::dump(to_json(*row));
  return 0;
}
