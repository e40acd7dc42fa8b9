#include "cmd/gateway/address.h"

#include <array>
#include <cstdint>

#include <arpa/inet.h>

namespace litegw::cmd {
namespace {

struct Range4 {
  std::uint32_t first;
  int bits;
  const char* name;
};

// RFC 6890 and the registries it names.
constexpr std::array<Range4, 12> ranges4{{
    {0x00000000, 8, "unspecified"},
    {0x0A000000, 8, "private"},
    {0x64400000, 10, "carrier-grade NAT"},
    {0x7F000000, 8, "loopback"},
    {0xA9FE0000, 16, "link-local"},
    {0xAC100000, 12, "private"},
    {0xC0000200, 24, "documentation"},
    {0xC0A80000, 16, "private"},
    {0xC6120000, 15, "private"},
    {0xC6336400, 24, "documentation"},
    {0xCB007100, 24, "documentation"},
    {0xE0000000, 3, "multicast"},
}};

std::string range_of4(std::uint32_t address) {
  for (const Range4& range : ranges4) {
    std::uint32_t mask = ~std::uint32_t{0} << (32 - range.bits);
    if ((address & mask) == range.first) return range.name;
  }
  return {};
}

std::uint32_t last_four(const std::array<std::uint8_t, 16>& bytes) {
  return std::uint32_t{bytes[12]} << 24 | std::uint32_t{bytes[13]} << 16 |
         std::uint32_t{bytes[14]} << 8 | bytes[15];
}

std::string range_of6(const std::array<std::uint8_t, 16>& bytes) {
  bool zeros = true;
  for (std::size_t i = 0; i < 10; ++i)
    zeros = zeros && bytes[i] == 0;
  if (zeros && bytes[10] == 0xFF && bytes[11] == 0xFF) return range_of4(last_four(bytes));
  if (zeros && bytes[10] == 0 && bytes[11] == 0) {
    if (last_four(bytes) == 1) return "loopback";
    if (last_four(bytes) == 0) return "unspecified";
  }
  if ((bytes[0] & 0xFE) == 0xFC) return "unique local";
  if (bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80) return "link-local";
  if (bytes[0] == 0xFF) return "multicast";
  bool documentation = bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0D && bytes[3] == 0xB8;
  return documentation ? "documentation" : "";
}

}  // namespace

std::string private_range(std::string_view address) {
  std::string text(address.substr(0, address.find('%')));
  in_addr four{};
  if (::inet_pton(AF_INET, text.c_str(), &four) == 1) return range_of4(ntohl(four.s_addr));
  std::array<std::uint8_t, 16> six{};
  if (::inet_pton(AF_INET6, text.c_str(), six.data()) == 1) return range_of6(six);
  return "no address";
}

}  // namespace litegw::cmd
