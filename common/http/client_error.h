// What can go wrong on the way to a server, told apart so that the CLI can say what to do about
// each. Used by client.h and the parts below it.
#pragma once

#include <string>

#include "common/base/result.h"
#include "common/base/time.h"

namespace litegw::http {

// What a server's certificate says. Text of the peer's: escape before a terminal sees it.
struct Certificate {
  std::string subject;  // RFC 2253 form: "CN=gateway.example.com"
  std::string issuer;
  Time not_after;
  int sent = 0;  // certificates that came with it, itself included
};

struct ClientError {
  enum class Kind {
    bad_request,     // the caller's: a header, target or address that cannot be sent
    name_not_found,  // DNS
    refused,         // nobody listens there (TCP and Unix)
    no_such_socket,  // the Unix socket's file does not exist
    not_permitted,   // the Unix socket's file may not be opened
    unreachable,     // any other failure to connect
    tls,             // handshake or verification; `verify_reason` and `certificate` say more
    timeout,
    closed,        // the peer closed before the answer was complete
    bad_response,  // no valid HTTP
    interrupted,   // Deadlines::interrupted said so
    io,
  };

  Kind kind = Kind::io;
  std::string message;        // one line: what failed and where
  std::string verify_reason;  // OpenSSL's, such as "certificate has expired"; else empty
  Certificate certificate;    // of the server, when it was seen and did not verify
};

[[noreturn]] void throw_exception_from_error(const ClientError& error,
                                             const boost::source_location& where);

template <class T>
using ClientResult = boost::system::result<T, ClientError>;
using ClientStatus = ClientResult<void>;

// The code of the common catalogue, hence the exit code: a Unix socket that is missing or refuses
// is daemon_not_running.
Error to_error(const ClientError& error, bool unix_socket);

}  // namespace litegw::http
