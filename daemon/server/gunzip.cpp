#include "daemon/server/gunzip.h"

#include <array>
#include <memory>

#include <fmt/format.h>
#include <zlib.h>

namespace litegw::server {
namespace {

constexpr std::uint64_t max_ratio = 200;      // chat bodies reach 5 to 20, long repetitions 60
constexpr std::uint64_t free_size = 1 << 20;  // small bodies may be as repetitive as they like

Error not_gzip() {
  return make_error(ErrorCode::invalid_request,
                    "The request body is not whole gzip data, as its Content-Encoding says.");
}

}  // namespace

Status gunzip(std::string_view compressed, std::uint64_t max_size, BodyBuffer& out) {
  z_stream stream{};
  constexpr int gzip_only = 15 + 16;
  if (inflateInit2(&stream, gzip_only) != Z_OK)
    return make_error(ErrorCode::internal, "zlib could not be started.");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> ended(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  const std::uint64_t limit = std::max(free_size, compressed.size() * max_ratio);
  std::array<char, 16384> part;
  for (;;) {
    stream.next_out = reinterpret_cast<Bytef*>(part.data());
    stream.avail_out = part.size();
    const int state = inflate(&stream, Z_NO_FLUSH);
    if (state != Z_OK && state != Z_STREAM_END) return not_gzip();
    out.append({part.data(), part.size() - stream.avail_out});
    if (out.size() > max_size || out.size() > limit)
      return make_error(ErrorCode::body_too_large,
                        fmt::format("The request body decompresses to more than {} bytes.",
                                    std::min(max_size, limit)),
                        "server.max_body sets the limit", "body");
    if (state != Z_STREAM_END) continue;
    if (stream.avail_in == 0) return {};
    // RFC 1952 allows several members in a row.
    if (inflateReset(&stream) != Z_OK) return not_gzip();
  }
}

}  // namespace litegw::server
