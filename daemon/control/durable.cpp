#include "daemon/control/durable.h"

#include <utility>

#include "daemon/control/openings.h"
#include "daemon/net/await_callback.h"

namespace litegw::control {
namespace {

using Done = std::function<void(Status)>;
using Entries = std::vector<budget::Entry>;

class ReleaseUnderWay {
 public:
  explicit ReleaseUnderWay(Releases& releases) : releases_(releases) { ++releases_.under_way; }
  ~ReleaseUnderWay() {
    if (--releases_.under_way > 0) return;
    for (const Done& done : std::exchange(releases_.waiting, {}))
      done({});
  }
  ReleaseUnderWay(const ReleaseUnderWay&) = delete;
  ReleaseUnderWay& operator=(const ReleaseUnderWay&) = delete;

 private:
  Releases& releases_;
};

void store_change(store::Store& store, const auth::VirtualKey& key, Time expected,
                  const std::string& actor, Done done) {
  store.update_key(key, expected, actor, std::move(done));
}
void store_change(store::Store& store, const auth::Owner& owner, Time expected,
                  const std::string& actor, Done done) {
  store.update_owner(owner, expected, actor, std::move(done));
}

// The openings are counted first: between the two a request is bounded by a counter that is too
// high for a moment, never by one that is too low.
template <class Record>
net::Task<Status> change(Context& context, Record before, Record after, std::string actor) {
  net::Task<Status> waiting = no_release(context);
  const Status quiet = co_await std::move(waiting);
  if (!quiet) co_return quiet;
  const Subject was = subject_of(before);
  const Subject is = subject_of(after);
  Result<std::vector<budget::Entry>> openings =
      openings_of(&was, is, context.daemon, after.updated);
  if (!openings) co_return openings.error();
  budget::Accounts& accounts = context.daemon.accounts();
  if (!openings->empty()) {
    charge(accounts, *openings);
    net::Task<Status> opening = adjust_durably(context, *openings, "budget open", actor);
    const Status opened = co_await std::move(opening);
    if (!opened) {
      take_back(accounts, *openings);
      co_return opened;
    }
  }
  auto start = [&](Done done) {
    store_change(context.daemon.store(), after, before.updated, actor, std::move(done));
  };
  net::Task<Status> storing = net::await_callback<Status>(context.executor, start);
  const Status stored = co_await std::move(storing);
  co_return stored;
}

}  // namespace

net::Task<Status> create_durably(Context& context, auth::VirtualKey key, std::string actor) {
  auto start = [&](Done done) {
    context.daemon.store().create_key(key, actor, std::move(done));
  };
  net::Task<Status> storing = net::await_callback<Status>(context.executor, start);
  const Status stored = co_await std::move(storing);
  co_return stored;
}

net::Task<Status> create_durably(Context& context, auth::Owner owner, std::string actor) {
  auto start = [&](Done done) {
    context.daemon.store().create_owner(owner, actor, std::move(done));
  };
  net::Task<Status> storing = net::await_callback<Status>(context.executor, start);
  const Status stored = co_await std::move(storing);
  co_return stored;
}

net::Task<Status> change_durably(Context& context, auth::VirtualKey before, auth::VirtualKey after,
                                 std::string actor) {
  return change(context, std::move(before), std::move(after), std::move(actor));
}

net::Task<Status> change_durably(Context& context, auth::Owner before, auth::Owner after,
                                 std::string actor) {
  return change(context, std::move(before), std::move(after), std::move(actor));
}

net::Task<Status> remove_durably(Context& context, auth::VirtualKey key, std::string actor) {
  auto start = [&](Done done) {
    context.daemon.store().remove_key(key.id, actor, std::move(done));
  };
  net::Task<Status> removing = net::await_callback<Status>(context.executor, start);
  const Status removed = co_await std::move(removing);
  co_return removed;
}

net::Task<Status> remove_durably(Context& context, auth::Owner owner, std::string actor) {
  auto start = [&](Done done) {
    context.daemon.store().remove_owner(owner.kind, owner.id, actor, std::move(done));
  };
  net::Task<Status> removing = net::await_callback<Status>(context.executor, start);
  const Status removed = co_await std::move(removing);
  co_return removed;
}

net::Task<Status> adjust_durably(Context& context, std::vector<budget::Entry> entries,
                                 std::string action, std::string actor) {
  auto start = [&](Done done) {
    context.daemon.store().adjust(entries, action, actor, std::move(done));
  };
  net::Task<Status> adjusting = net::await_callback<Status>(context.executor, start);
  const Status adjusted = co_await std::move(adjusting);
  co_return adjusted;
}

// The accounts follow the store, on its writer's thread: until then a request is bounded by a
// counter that is too high, never by one that is too low.
net::Task<Result<Entries>> release_durably(Context& context, std::vector<std::uint64_t> holds,
                                           std::string actor) {
  const ReleaseUnderWay under_way(context.releases);
  auto start = [&](std::function<void(Result<Entries>)> done) {
    auto released = [&accounts = context.daemon.accounts(),
                     done = std::move(done)](Result<Entries> entries) {
      if (entries) release(accounts, *entries);
      done(std::move(entries));
    };
    context.daemon.store().release(std::move(holds), actor, std::move(released));
  };
  net::Task<Result<Entries>> releasing =
      net::await_callback<Result<Entries>>(context.executor, start);
  Result<Entries> released = co_await std::move(releasing);
  co_return released;
}

net::Task<Status> no_release(Context& context) {
  while (context.releases.under_way > 0) {
    auto start = [&](Done done) {
      context.releases.waiting.push_back(std::move(done));
    };
    net::Task<Status> waiting = net::await_callback<Status>(context.executor, start);
    const Status waited = co_await std::move(waiting);
    if (!waited) co_return waited;
  }
  co_return Status();
}

net::Task<Status> import_durably(Context& context, std::vector<auth::VirtualKey> keys,
                                 std::vector<auth::Owner> owners,
                                 std::vector<budget::Entry> openings,
                                 std::vector<budget::Entry> additions, std::string actor,
                                 std::uint64_t expected_change) {
  auto start = [&](Done done) {
    context.daemon.store().import(std::move(keys), std::move(owners), std::move(openings),
                                  std::move(additions), actor, expected_change, std::move(done));
  };
  net::Task<Status> importing = net::await_callback<Status>(context.executor, start);
  const Status imported = co_await std::move(importing);
  co_return imported;
}

}  // namespace litegw::control
