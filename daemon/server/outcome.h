// Settles what one request cost and writes its row, on every exit: steps 13 and 14 of the straight
// line. The handler fills in what it learns; whatever happens then, also an exception or a
// coroutine that is destroyed at shutdown, the row is recorded when the Outcome goes.
#pragma once

#include <memory>
#include <string>

#include "daemon/ledger/price.h"
#include "daemon/requestlog/row.h"
#include "daemon/server/exact_count.h"
#include "daemon/server/exchange.h"
#include "daemon/server/services.h"
#include "daemon/server/spending.h"
#include "daemon/server/targets.h"

namespace litegw::server {

class Outcome {
 public:
  Outcome(Exchange& exchange, Services& services);
  ~Outcome();
  Outcome(const Outcome&) = delete;
  Outcome& operator=(const Outcome&) = delete;

  requestlog::Row row;                // what is known so far
  TargetPtr target;                   // whose price counts; null = nothing was sent
  Spending spending;                  // settled when the Outcome goes
  std::unique_ptr<ExactCount> exact;  // of streams, where the operator has put rank files
  void use(TargetPtr chosen);

  // The client has left, and its upstream is read to the end all the same: by limits.on_disconnect,
  // or because of output that only the upstream's usage tells.
  bool drains() const;
  void refused(const Error& error);
  // How the request failed, if it did; the interruption of the exchange goes before.
  void failed(requestlog::Outcome how, const Error& error);
  void finished();
  // The upstream has the request and will say nothing of what it costs: the prompt, by its size.
  void bill_prompt();
  // A first byte of the answer is about to go out.
  void first_byte();
  // What row.usage costs at the target's price, or what was set aside when it is not known; the row
  // has it then.
  Money charge();

 private:
  void fill_request();

  Exchange& exchange_;
  Services& services_;
  bool decided_ = false;
};

std::int64_t micros_since(net::Clock::time_point start);

}  // namespace litegw::server
