// The request body to send upstream when both sides speak Chat Completions: the client's bytes with
// a few listed edits, as pieces for one gather write. Nothing is copied but what is inserted.
// Unknown members survive byte for byte. Pure; called on the event loops.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "common/base/json.h"
#include "daemon/dialects/chat/scan.h"

namespace litegw::dialects::chat {

struct Edits {
  std::string_view upstream_model;
  // Ask for the usage chunk of a stream (`stream_options.include_usage`). Off for providers that
  // refuse the member.
  bool ask_usage = true;
  // Members added when the client gave none: the deployment's default parameters.
  const Json* defaults = nullptr;
  // The output limit to send in place of the client's: no more of it is paid for.
  std::optional<std::int64_t> max_output;
  // OpenAI's newer models refuse max_tokens; max_completion_tokens wins when both are given.
  bool rename_max_tokens = false;
};

class SplicedBody {
 public:
  // Views into the client's body and into this object: it must not be moved while they are used.
  std::span<const std::string_view> pieces() const { return pieces_; }
  std::size_t size() const { return size_; }
  std::string joined() const;
  // We asked for the usage chunk and the client did not: take it out again.
  bool drop_usage_chunk() const { return drop_usage_chunk_; }
  // Names of members that were taken out.
  const std::vector<std::string>& removed() const { return removed_; }

 private:
  friend class Splicer;
  boost::container::small_vector<std::string_view, 9> pieces_;
  std::vector<std::string> removed_;
  std::string inserted_;
  std::size_t size_ = 0;
  bool drop_usage_chunk_ = false;
};

// `scan` is of `body`; both and `edits` must outlive `out`, which is overwritten.
void splice(std::string_view body, const Scan& scan, const Edits& edits, SplicedBody& out);

}  // namespace litegw::dialects::chat
