#include "daemon/server/date.h"

#include <array>
#include <ctime>

namespace litegw::server {

std::string_view http_date(Time now) {
  thread_local std::int64_t formatted = -1;
  thread_local std::array<char, 32> text{};
  thread_local std::size_t size = 0;
  const std::int64_t second = now.time_since_epoch() / seconds(1);
  if (second == formatted) return {text.data(), size};
  const std::time_t time = second;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  // The names are English in the C locale, which the daemon never leaves.
  size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  formatted = second;
  return {text.data(), size};
}

}  // namespace litegw::server
