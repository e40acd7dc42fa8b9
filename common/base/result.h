// Errors are values: Result<T> holds a T or an Error. Used by every folder, on every thread.
#pragma once

#include <string>
#include <utility>

#include <boost/system/result.hpp>

#include "common/base/error_code.h"

namespace litegw {

// What failed (`message`, one line, never a secret), what to do about it (`hint`, may be empty) and
// which field or flag is to blame (`param`, may be empty).
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
  std::string hint;
  std::string param;
};

// Called by Result<T>::value() on an error. That is a bug in the caller, so it throws
// std::logic_error.
[[noreturn]] void throw_exception_from_error(const Error& error,
                                             const boost::source_location& where);

template <class T>
using Result = boost::system::result<T, Error>;
using Status = Result<void>;

inline Error make_error(ErrorCode code, std::string message, std::string hint = {},
                        std::string param = {}) {
  return Error{code, std::move(message), std::move(hint), std::move(param)};
}

}  // namespace litegw
