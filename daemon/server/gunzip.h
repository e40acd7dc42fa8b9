// Content-Encoding: gzip of request bodies, bounded: a few KiB must not become gigabytes. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/base/result.h"
#include "daemon/server/body_buffer.h"

namespace litegw::server {

// Appends the decoded bytes to `out`. Fails with body_too_large beyond `max_size` bytes or when
// they are over 200 times the compressed ones, with invalid_request when `compressed` is not whole
// gzip data.
Status gunzip(std::string_view compressed, std::uint64_t max_size, BodyBuffer& out);

}  // namespace litegw::server
