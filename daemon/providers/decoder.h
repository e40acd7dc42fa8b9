// Bytes of an upstream's answer into events. The same decoder takes a stream and a whole JSON body:
// some upstreams answer a stream request with one, so the first byte decides, not the request.
// Pure; one per answer, not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/json.h"
#include "common/http/sse.h"
#include "daemon/dialects/neutral/event.h"

namespace litegw::providers {

class AnswerDecoder {
 public:
  virtual ~AnswerDecoder() = default;

  // Bytes as they came, split anywhere. Appends events; what cannot be read ends in an
  // AnswerFailure.
  void feed(std::string_view bytes, dialects::Events& out);
  // The upstream has ended its answer. An AnswerFailure when that was too early.
  void finish(dialects::Events& out);

  bool failed() const { return failed_; }
  // What the first byte told, which need not be what was asked for. Both false before it.
  bool is_stream() const { return framing_ == Framing::events; }
  bool is_whole() const { return framing_ == Framing::json; }

 protected:
  // One event of a stream. `data` may be moved from.
  virtual void stream_event(Json& data, dialects::Events& out) = 0;
  virtual void whole_body(Json& body, dialects::Events& out) = 0;
  // The upstream said how the answer ended.
  virtual bool is_complete() const = 0;
  // What is still open at the end is closed here.
  virtual void close(dialects::Events& out) = 0;

  void fail(ErrorCode code, std::string message, std::string type, dialects::Events& out);
  // With the error object that `body` holds, in any provider's shape.
  void fail_with(const Json& body, dialects::Events& out);

 private:
  enum class Framing { unknown, events, json };
  void feed_events(std::string_view bytes, dialects::Events& out);

  static constexpr std::size_t max_event = 16u << 20;  // image and encrypted items are large
  Framing framing_ = Framing::unknown;
  http::SseParser parser_{max_event};
  std::string body_;
  bool failed_ = false;
  bool done_ = false;       // "[DONE]" has come
  bool saw_event_ = false;  // before it
};

// Reads for decoders: absent, null or of another type gives the empty value.
std::string_view text_of(const Json& object, std::string_view name);
std::int64_t count_of(const Json& object, std::string_view name);
Json* member_of(Json& object, std::string_view name);
const Json* member_of(const Json& object, std::string_view name);

}  // namespace litegw::providers
