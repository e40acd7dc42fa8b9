#include "common/http/client_error.h"

#include <stdexcept>

namespace litegw::http {
namespace {

ErrorCode code_of(ClientError::Kind kind, bool unix_socket) {
  switch (kind) {
    case ClientError::Kind::bad_request:
      return ErrorCode::invalid_argument;
    case ClientError::Kind::refused:
    case ClientError::Kind::no_such_socket:
      return unix_socket ? ErrorCode::daemon_not_running : ErrorCode::upstream_unreachable;
    case ClientError::Kind::not_permitted:
      return ErrorCode::socket_not_permitted;
    case ClientError::Kind::name_not_found:
    case ClientError::Kind::unreachable:
    case ClientError::Kind::tls:
      return ErrorCode::upstream_unreachable;
    case ClientError::Kind::timeout:
      return ErrorCode::timed_out;
    case ClientError::Kind::closed:
    case ClientError::Kind::bad_response:
      return ErrorCode::upstream_bad_response;
    case ClientError::Kind::interrupted:
      return ErrorCode::interrupted;
    case ClientError::Kind::io:
      return ErrorCode::io_error;
  }
  return ErrorCode::internal;
}

}  // namespace

void throw_exception_from_error(const ClientError& error, const boost::source_location&) {
  throw std::logic_error("an unchecked error was used as a value: " + error.message);
}

Error to_error(const ClientError& error, bool unix_socket) {
  return make_error(code_of(error.kind, unix_socket), error.message);
}

}  // namespace litegw::http
