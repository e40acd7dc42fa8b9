// What a request handler may use, one per event loop and used on that loop's thread only. Owned by
// app; the pointers and references outlive every request. Add a member here when a handler needs
// something new that belongs to the loop; nothing here takes a lock but where its own header says
// so.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string_view>

#include "daemon/budget/accounts.h"
#include "daemon/config/config.h"
#include "daemon/ledger/price.h"
#include "daemon/net/deadline.h"
#include "daemon/net/task.h"
#include "daemon/net/task_group.h"
#include "daemon/store/store.h"

namespace litegw::upstream {
class Client;
}
namespace litegw::store {
class Admissions;
}

namespace litegw::server {

struct CompletionState;
struct RouteMatch;

// Written by one loop, read by whoever asks for the status.
struct LoopCounters {
  std::atomic<std::uint64_t> connections{0};          // open now
  std::atomic<std::uint64_t> accepted{0};             // since the start
  std::atomic<std::uint64_t> refused_connections{0};  // limit or descriptors
  std::atomic<std::uint64_t> requests{0};             // since the start
  std::atomic<std::uint64_t> active_requests{0};      // now
  std::atomic<std::uint64_t> active_streams{0};       // answers under way whose length is unknown
  std::atomic<std::int64_t> ticked_ms{0};             // steady clock; the loop's sign of life
};

struct Services {
  net::Executor executor;
  net::DeadlineWheel& deadlines;
  net::TaskGroup& tasks;  // for coroutines beside the request's own; they must end by themselves
  store::Store& store;
  budget::Accounts& accounts;
  LoopCounters& counters;
  std::size_t loop_index = 0;
  upstream::Client* upstream = nullptr;  // this loop's connection pools

  // What is in force now. Swapped on this loop by a reload: a request takes a copy of the pointer
  // when it starts (Exchange::config) and keeps it.
  std::shared_ptr<const config::Config> config;
  std::shared_ptr<const ledger::PriceBook> prices;

  std::shared_ptr<CompletionState> completions = nullptr;  // made by the loop's first completion
  // The route table; tests put their own in its place.
  RouteMatch (*find_route)(std::string_view method, std::string_view path) = nullptr;

  store::Admissions* admissions = nullptr;  // of this loop; made by its first hold
  bool draining = false;  // no new requests are wanted: answers carry Connection: close
};

}  // namespace litegw::server
