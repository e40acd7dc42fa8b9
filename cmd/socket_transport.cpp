#include <utility>

#include <unistd.h>

#include "cmd/sockets.h"
#include "cmd/transport.h"
#include "common/base/version.h"
#include "common/control/api.h"
#include "common/http/client.h"

namespace litegw::cmd {
namespace {

class SocketTransport : public Transport {
 public:
  explicit SocketTransport(std::vector<std::string> candidates)
      : candidates_(std::move(candidates)) {}

  Result<Reply> exchange(const Ask& ask) override { return perform(ask, {}); }

  Result<Reply> follow(const Ask& ask,
                       const std::function<bool(std::string_view line)>& on_line) override {
    std::string partial;
    http::OnAnswer callbacks;
    std::string refused;
    callbacks.on_body = [&](const http::Response& head, std::string_view piece, Duration) {
      if (head.status != 200) {
        refused += piece;
        return true;
      }
      partial += piece;
      return take_lines(partial, on_line);
    };
    Result<Reply> reply = perform(ask, callbacks);
    if (reply && reply->status != 200) reply->body = std::move(refused);
    if (reply && reply->status == 200 && !partial.empty())
      return make_error(ErrorCode::io_error, "litegwd's answer broke off in the middle of a line");
    return reply;
  }

 private:
  // False when the reader has had enough.
  static bool take_lines(std::string& partial,
                         const std::function<bool(std::string_view line)>& on_line) {
    std::size_t start = 0;
    for (std::size_t end; (end = partial.find('\n', start)) != std::string::npos; start = end + 1) {
      if (on_line(std::string_view(partial).substr(start, end - start))) continue;
      partial.clear();
      return false;
    }
    partial.erase(0, start);
    return true;
  }

  // The first candidate where somebody listens; else the error of the last one, the system's.
  Result<http::Client> connect(const http::Deadlines& deadlines) {
    Error last;
    for (const std::string& path : candidates_) {
      auto client = http::Client::connect(http::unix_endpoint(path), deadlines);
      if (client) {
        candidates_ = {path};
        return std::move(*client);
      }
      last = explain_socket_error(http::to_error(client.error(), true), path, ::getuid());
      if (client.error().kind == http::ClientError::Kind::not_permitted) return last;
    }
    return last;
  }

  Result<Reply> perform(const Ask& ask, const http::OnAnswer& callbacks) {
    http::Deadlines deadlines;
    deadlines.head = ask.timeout;
    deadlines.body = ask.timeout;
    Result<http::Client> client = connect(deadlines);
    if (!client) return client.error();
    http::Request request{ask.method, ask.target, {}, ask.body};
    request.headers.push_back(
        {std::string(control::api_header), std::string(control::api_version)});
    request.headers.push_back({std::string(control::version_header), std::string(version())});
    if (!ask.body.empty()) request.headers.push_back({"content-type", "application/json"});
    auto response = client->request(request, callbacks);
    if (!response) return http::to_error(response.error(), true);
    Reply reply;
    reply.status = response->status;
    reply.api = response->find(control::api_header).value_or("");
    reply.version = response->find(control::version_header).value_or("");
    reply.body = std::move(response->body);
    return reply;
  }

  std::vector<std::string> candidates_;
};

}  // namespace

std::unique_ptr<Transport> socket_transport(std::vector<std::string> candidates) {
  return std::make_unique<SocketTransport>(std::move(candidates));
}

}  // namespace litegw::cmd
