#include "common/base/ids.h"

#include <array>
#include <stdexcept>
#include <string_view>

#include <openssl/rand.h>

namespace litegw {
namespace {

constexpr std::string_view crockford = "0123456789abcdefghjkmnpqrstvwxyz";

// A request id needs to be unique, not secret: one draw of the generator serves many.
struct RandomPool {
  std::array<std::uint8_t, 4000> bytes{};
  std::size_t used = bytes.size();

  std::span<const std::uint8_t, 10> next() {
    if (used + 10 > bytes.size()) {
      random_bytes(bytes);
      used = 0;
    }
    std::span<const std::uint8_t, 10> out(bytes.data() + used, 10);
    used += 10;
    return out;
  }
};

}  // namespace

void random_bytes(std::span<std::uint8_t> out) {
  if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1)
    throw std::runtime_error("no random bytes from the system");
}

std::string time_ordered_id(Time now, std::span<const std::uint8_t, 10> random,
                            std::string_view prefix) {
  auto millis =
      static_cast<std::uint64_t>(std::chrono::floor<milliseconds>(now).time_since_epoch().count());
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 6; ++i)
    bytes[i] = static_cast<std::uint8_t>(millis >> (8 * (5 - i)));
  std::copy(random.begin(), random.end(), bytes.begin() + 6);
  // 26 characters hold 130 bits: the first one carries the two leading zero bits.
  std::string out;
  out.reserve(prefix.size() + 26);
  out = prefix;
  unsigned buffer = 0;
  int bits = 2;
  for (std::uint8_t byte : bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out.push_back(crockford[(buffer >> bits) & 31]);
    }
  }
  return out;
}

std::string new_request_id(Time now) {
  thread_local RandomPool pool;
  return time_ordered_id(now, pool.next(), "req_");
}

std::string new_object_id(const char* prefix) {
  std::array<std::uint8_t, 12> random{};
  random_bytes(random);
  std::string out(prefix);
  for (std::uint8_t byte : random)
    out.push_back(crockford[byte & 31]);
  return out;
}

std::string base64url(std::span<const std::uint8_t> bytes) {
  static constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  unsigned buffer = 0;
  int bits = 0;
  for (std::uint8_t byte : bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      out.push_back(alphabet[(buffer >> bits) & 63]);
    }
  }
  if (bits > 0) out.push_back(alphabet[(buffer << (6 - bits)) & 63]);
  return out;
}

Secret new_virtual_key() {
  std::array<std::uint8_t, 16> random{};
  random_bytes(random);
  return Secret("sk-" + base64url(random));
}

}  // namespace litegw
