#include "cmd/follow.h"

#include <optional>

#include <fmt/format.h>

namespace litegw::cmd {
namespace {

constexpr Duration first_wait = milliseconds(200);
constexpr Duration longest_wait = seconds(2);

bool may_pass(ErrorCode code) {
  switch (code) {
    case ErrorCode::daemon_not_running:
    case ErrorCode::upstream_bad_response:
    case ErrorCode::io_error:
    case ErrorCode::timed_out:
    case ErrorCode::shutting_down:
    case ErrorCode::overloaded:
      return true;
    default:
      return false;
  }
}

class Follower {
 public:
  Follower(Context& context, control::LogQuery query,
           const std::function<void(const Json&)>& on_row)
      : context_(context), query_(std::move(query)), on_row_(on_row) {
    query_.follow = true;
  }

  Status run() {
    for (;;) {
      query_.after_sequence = last_;
      Status ended = context_.client().follow(control::path::log, control::encode_query(query_),
                                              [this](const Json& item) { return take(item); });
      if (!ended && (!met_ || !may_pass(ended.error().code))) return ended.error();
      wait();
    }
  }

 private:
  bool take(const Json& item) {
    std::uint64_t sequence = item.value("sequence", std::uint64_t{0});
    if (lost_at_) greet();
    met_ = true;
    wait_ = first_wait;
    if (item.value("schema", std::string()) == "litegw.log-heartbeat.v1") {
      // Also takes a smaller one: the store was replaced by another.
      last_ = sequence;
      return true;
    }
    if (last_ && sequence <= *last_) return true;
    last_ = sequence;
    on_row_(item);
    return true;
  }

  void greet() {
    auto gap = (context_.console().now() - *lost_at_) / seconds(1);
    context_.output().note(fmt::format("-- reconnected after {} s --", gap));
    lost_at_.reset();
  }

  void wait() {
    if (!lost_at_) {
      lost_at_ = context_.console().now();
      context_.output().note("-- litegwd is gone; waiting for it --");
    }
    context_.console().pause(wait_);
    wait_ = std::min(wait_ * 2, longest_wait);
  }

  Context& context_;
  control::LogQuery query_;
  const std::function<void(const Json&)>& on_row_;
  std::optional<std::uint64_t> last_;
  std::optional<Time> lost_at_;
  Duration wait_ = first_wait;
  bool met_ = false;
};

}  // namespace

Status follow_log(Context& context, control::LogQuery query,
                  const std::function<void(const Json& row)>& on_row) {
  return Follower(context, std::move(query), on_row).run();
}

}  // namespace litegw::cmd
