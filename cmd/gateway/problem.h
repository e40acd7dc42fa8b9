// What is wrong with an answer, for the line of a check: what was seen, what to do about it, which
// row of the troubleshooting table has more. Pure.
#pragma once

#include <optional>
#include <string>

#include "cmd/gateway/gateway.h"

namespace litegw::cmd {

struct Problem {
  enum class Kind {
    other,
    interrupted,    // by the user
    key_refused,    // by the gateway
    wrong_place,    // a web page, a redirect: no gateway answers here
    unknown_model,  // the name, not the key
  };
  Kind kind = Kind::other;
  std::string detail;
  std::string fix;
  int row = 0;
};

// No answer came, or not all of it.
Problem problem_of(const http::ClientError& error);
// nullopt: a status below 300 that is no web page. The body must be there.
std::optional<Problem> problem_of(const http::Response& response);

// What the server said: the message of an OpenAI error object, else the status.
std::string answer_text(const http::Response& response);

}  // namespace litegw::cmd
