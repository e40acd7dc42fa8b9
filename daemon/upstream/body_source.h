// Where an answer's body comes from: an upstream's connection, or a provider that lives here.
#pragma once

#include <string_view>

#include "common/base/result.h"
#include "daemon/net/task.h"

namespace litegw::upstream {

class BodySource {
 public:
  virtual ~BodySource() = default;

  // The next piece that is already here, empty when there is none. Lives until the next call.
  virtual Result<std::string_view> take() = 0;
  // The body has been taken to its proper end.
  virtual bool done() const = 0;
  // Returns once more can be taken or the end has come.
  virtual net::Task<Status> wait() = 0;
  // Ends a wait with client_closed; nothing more comes.
  virtual void abort() = 0;
};

}  // namespace litegw::upstream
