#include "daemon/server/completion.h"

#include "daemon/server/exchange.h"

namespace litegw::server {

net::Task<void> serve_completion(Exchange& exchange, Services&) {
  const Error error = make_error(ErrorCode::not_implemented, "Completions are not served yet.");
  co_await exchange.respond(error);
}

}  // namespace litegw::server
