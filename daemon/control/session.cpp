#include "daemon/control/session.h"

#include <exception>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "common/base/text.h"
#include "common/base/version.h"
#include "common/http/writer.h"
#include "daemon/control/handlers.h"
#include "daemon/control/routes.h"

namespace litegw::control {
namespace {

constexpr http::HeadLimits head_limits;
constexpr std::uint64_t max_body = 32ull << 20;  // an import of some 20,000 keys
constexpr std::size_t read_size = 16 * 1024;
// A terminal may be left open for long; a request, once begun, comes at once.
constexpr auto idle_time = minutes(10);
constexpr auto receive_time = seconds(30);
constexpr auto write_time = seconds(30);
constexpr auto farewell_time = seconds(2);

}  // namespace

Session::Session(ControlServer& server, int descriptor, Peer peer)
    : server_(server),
      transport_(server.executor_, AF_UNIX, descriptor),
      deadline_(server.deadlines_, [this] { transport_.abort(); }),
      watch_(transport_, server.deadlines_),
      wake_(server.executor_),
      peer_(std::move(peer)),
      place_(server.open_.insert(server.open_.end(), this)) {}

Session::~Session() {
  server_.open_.erase(place_);
}

net::Task<void> Session::turn_away(Error error) {
  keep_alive_ = false;
  net::Task<bool> written = write_error(error);
  co_await std::move(written);
  transport_.shutdown_write();
  // Closing at once would look like a failed connection to many clients. They read the answer and
  // hang up; what they sent stays unread.
  constexpr auto hung_up = net::Transport::Socket::wait_error;
  deadline_.expires_after(farewell_time);
  co_await transport_.socket().async_wait(hung_up, net::nothrow);
  transport_.close();
}

net::Task<void> Session::run() {
  bool more = true;
  while (more && !server_.stopping_) {
    net::Task<bool> served = serve();
    more = co_await std::move(served);
  }
  transport_.shutdown_write();
  transport_.close();
}

net::Task<bool> Session::serve() {
  net::Task<Received> receiving = receive();
  const Received received = co_await std::move(receiving);
  if (received == Received::nothing) co_return false;
  if (received == Received::broken) {
    keep_alive_ = false;
    net::Task<bool> refused = write_error(failure_);
    co_await std::move(refused);
    co_return false;
  }
  if (wants_stream(call_)) {
    net::Task<void> streaming = stream(call_);
    co_await std::move(streaming);
    co_return false;
  }
  net::Task<Result<Reply>> dispatching = dispatch();
  Result<Reply> reply = co_await std::move(dispatching);
  if (!reply) reply = Reply{error_info(reply.error().code).status, error_answer(reply.error())};
  net::Task<bool> writing = write_reply(std::move(*reply));
  const bool written = co_await std::move(writing);
  co_return written&& keep_alive_;
}

net::Task<Session::Received> Session::receive() {
  std::size_t scanned = 0;
  std::size_t size = 0;
  deadline_.expires_after(buffer_.empty() ? Duration(idle_time) : Duration(receive_time));
  while ((size = http::find_head_end(buffer_, scanned)) == 0) {
    if (buffer_.size() >= head_limits.max_head) {
      failure_ = http::head_too_large(buffer_, head_limits);
      co_return Received::broken;
    }
    std::array<char, read_size> block;
    const auto room = boost::asio::buffer(block);
    net::Task<net::IoResult> reading = transport_.read_some(room);
    auto [failed, count] = co_await std::move(reading);
    if (failed || count == 0) co_return Received::nothing;
    if (buffer_.empty()) deadline_.expires_after(receive_time);
    buffer_.append(block.data(), count);
  }
  auto head = std::make_unique<http::RequestHead>();
  const std::string head_bytes = buffer_.substr(0, size);
  buffer_.erase(0, size);
  const Status parsed = http::parse_request_head(head_bytes, head_limits, *head);
  if (!parsed) {
    failure_ = parsed.error();
    co_return Received::broken;
  }
  const Status version = check_api_version(head->fields.find(api_header),
                                           head->fields.find(version_header).value_or(""));
  call_ = Call{
      std::string(head->method), std::string(head->path), std::string(head->query), {}, {}, peer_};
  keep_alive_ = head->keep_alive;
  head_only_ = head->method == "HEAD";
  wants_continue_ = head->expect_continue;
  if (!version) {
    failure_ = version.error();
    co_return Received::broken;
  }
  net::Task<bool> body = receive_body(head->framing);
  const bool complete = co_await std::move(body);
  deadline_.clear();
  co_return complete ? Received::request : Received::broken;
}

net::Task<bool> Session::receive_body(http::Framing framing) {
  if (framing.kind == http::Framing::Kind::none) co_return true;
  failure_ = make_error(ErrorCode::body_too_large, "the request is larger than 8 MiB");
  if (framing.kind == http::Framing::Kind::length && framing.length > max_body) co_return false;
  if (wants_continue_) {
    net::Task<net::IoStatus> sending = transport_.write("HTTP/1.1 100 Continue\r\n\r\n");
    co_await std::move(sending);
  }
  http::BodyLimits limits;
  limits.max_body = max_body;
  http::BodyReader reader(framing, limits);
  while (!reader.done()) {
    const Result<http::BodyReader::Piece> piece = reader.feed(buffer_);
    if (!piece) {
      failure_ = piece.error();
      co_return false;
    }
    call_.body.append(piece->data);
    buffer_.erase(0, piece->consumed);
    if (piece->consumed > 0 || piece->done) continue;
    std::array<char, read_size> block;
    const auto room = boost::asio::buffer(block);
    net::Task<net::IoResult> reading = transport_.read_some(room);
    auto [failed, count] = co_await std::move(reading);
    if (failed || count == 0) {
      failure_ = make_error(ErrorCode::request_timeout, "the request broke off");
      co_return false;
    }
    buffer_.append(block.data(), count);
  }
  co_return true;
}

net::Task<Result<Reply>> Session::dispatch() {
  const Result<const Operation*> operation = find_operation(call_);
  if (!operation) co_return operation.error();
  const bool allowed =
      (*operation)->right == Access::read || server_.rules_.access_of(peer_) == Access::change;
  if (!allowed) {
    spdlog::warn("control change refused peer=\"{}\" path={}", peer_.actor(),
                 escape_control(call_.path));
    co_return may_not_change(peer_, server_.rules_);
  }
  if ((*operation)->right == Access::change)
    spdlog::info("control change peer=\"{}\" method={} path={}", peer_.actor(), call_.method,
                 escape_control(call_.path));
  try {
    net::Task<Result<Reply>> handling = (*operation)->handler(server_.context_, call_);
    Result<Reply> reply = co_await std::move(handling);
    co_return reply;
  } catch (const std::exception& bug) {
    spdlog::error("control handler ended with an exception path={} error=\"{}\"",
                  escape_control(call_.path), bug.what());
  }
  co_return make_error(ErrorCode::internal, "litegwd could not answer this",
                       "its log says more: journalctl -u litegwd");
}

net::Task<void> Session::stream(const Call& call) {
  stream_begun_ = false;
  gone_ = false;
  watch_.start([this] {
    gone_ = true;
    wake_.cancel();
  });
  net::Task<Status> streaming = stream_log(server_.context_, call, *this);
  const Status streamed = co_await std::move(streaming);
  watch_.stop();
  if (!streamed && !stream_begun_) {
    keep_alive_ = false;
    net::Task<bool> refused = write_error(streamed.error());
    co_await std::move(refused);
    co_return;
  }
  // Without the last chunk the reader knows that the stream was cut.
  if (!streamed || gone_) co_return;
  net::Task<net::IoStatus> ending = transport_.write(http::last_chunk);
  co_await std::move(ending);
}

net::Task<bool> Session::send(std::string lines) {
  if (gone_ || server_.stopping_) co_return false;
  std::string out;
  if (!stream_begun_) out = head_of(200, std::nullopt);
  stream_begun_ = true;
  if (!lines.empty())
    out += http::chunk_header(lines.size()) + lines + std::string(http::chunk_end);
  // No deadline: a reader that pauses (a pager) makes this session wait, nobody else.
  net::Task<net::IoStatus> writing = transport_.write(out);
  auto [failed] = co_await std::move(writing);
  co_return !failed;
}

net::Task<bool> Session::wait(std::chrono::milliseconds longest) {
  if (!woken_ && !gone_ && !server_.stopping_) {
    wake_.expires_after(longest);
    co_await wake_.async_wait(net::nothrow);
  }
  woken_ = false;
  co_return !gone_ && !server_.stopping_ && !transport_.aborted();
}

void Session::wake() {
  woken_ = true;
  wake_.cancel();
}

net::Task<bool> Session::write_reply(Reply reply) {
  const std::string body = dump(reply.body) + "\n";
  std::string out = head_of(reply.status, body.size());
  if (!head_only_) out += body;
  deadline_.expires_after(write_time);
  net::Task<net::IoStatus> writing = transport_.write(out);
  auto [failed] = co_await std::move(writing);
  deadline_.clear();
  co_return !failed;
}

net::Task<bool> Session::write_error(const Error& error) {
  return write_reply(Reply{error_info(error.code).status, error_answer(error)});
}

// No length = chunked JSON lines.
std::string Session::head_of(int status, std::optional<std::size_t> length) const {
  std::string out;
  http::HeadWriter head(out);
  head.status_line(status);
  head.field(api_header, api_version);
  head.field(version_header, version());
  head.field("content-type", length ? "application/json" : "application/jsonl");
  if (length)
    head.field("content-length", static_cast<std::uint64_t>(*length));
  else
    head.field("transfer-encoding", "chunked");
  if (!keep_alive_ || !length) head.field("connection", "close");
  const Status finished = head.finish();
  if (!finished) return {};
  return out;
}

}  // namespace litegw::control
