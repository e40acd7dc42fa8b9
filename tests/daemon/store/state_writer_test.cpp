#include "daemon/store/state_writer.h"

#include <thread>

#include <doctest/doctest.h>

#include "tests/daemon/store/temp_store.h"

using namespace litegw;
using namespace litegw::store;
using namespace litegw::store::test;

namespace {

// A writer over one table, without the rest of a store.
struct Bench {
  tests::TemporaryFolder folder;
  std::unique_ptr<Environment> state =
      Environment::open(folder.path, {.map_size = 1 << 30}).value();
  MDB_dbi table = 0;
  std::vector<std::string> committed;
  int rolled_back = 0;
  std::function<void(WriteTxn&)> on_rows;

  Bench() {
    WriteTxn txn(state->raw());
    table = txn.open_table("t");
    REQUIRE(txn.commit() == 0);
  }
  StateWriter::Hooks hooks() {
    StateWriter::Hooks out;
    out.started = [] {
    };
    out.every_minute = [] {
    };
    out.probe = [](WriteTxn&) {
    };
    out.not_committed = [this] {
      ++rolled_back;
    };
    out.tidy = [](WriteTxn&) {
      return false;
    };
    out.add_requests = [this](WriteTxn& txn, StateWriter::Requests& requests) {
      for (const StateWriter::PendingHold& pending : requests.holds)
        txn.put(table, pending.hold.purpose.request_id, "hold");
      for (const requestlog::Row& row : requests.rows)
        txn.put(table, row.id, "row");
      if (on_rows) on_rows(txn);
    };
    out.committed = [this](StateWriter::Rows& rows) {
      for (const requestlog::Row& row : rows)
        committed.push_back(row.id);
    };
    return out;
  }
  bool has(const std::string& key) const {
    ReadTxn txn(state->readers());
    return txn.get(table, key).has_value();
  }
};

// Holds the writer inside a change until `release`, so that what is submitted meanwhile is one
// group.
struct Gate {
  std::promise<void> entered, release;
  void close(StateWriter& writer) {
    writer.submit(
        [this](WriteTxn&) -> Status {
          entered.set_value();
          release.get_future().wait();
          return {};
        },
        nullptr);
    entered.get_future().wait();
  }
};

budget::OpenHold hold_for(const std::string& request_id) {
  budget::OpenHold hold;
  hold.purpose.request_id = request_id;
  return hold;
}

std::string too_long_key() {
  return std::string(600, 'k');  // LMDB holds 511 bytes
}

}  // namespace

TEST_CASE("one bad change of a group fails alone, the others and the rows are written") {
  Bench bench;
  std::vector<Status> results(3);
  {
    StateWriter writer(*bench.state, bench.hooks());
    Gate gate;
    gate.close(writer);
    const std::string keys[] = {"first", too_long_key(), "third"};
    for (std::size_t i = 0; i < 3; ++i)
      writer.submit(
          [&bench, key = keys[i]](WriteTxn& txn) -> Status {
            txn.put(bench.table, key, "v");
            return {};
          },
          [&results, i](Status status) { results[i] = std::move(status); });
    requestlog::Row row;
    row.id = "req_1";
    writer.enqueue(std::move(row), {});
    gate.release.set_value();
    writer.flush();
  }
  CHECK(results[0].has_value());
  REQUIRE(results[1].has_error());
  CHECK(results[1].error().code == ErrorCode::store_unavailable);
  CHECK(results[2].has_value());
  CHECK(bench.has("first"));
  CHECK(bench.has("third"));
  CHECK(bench.has("req_1"));
  CHECK(bench.rolled_back >= 1);
  CHECK(bench.committed == std::vector<std::string>{"req_1"});
}

TEST_CASE("one bad row is lost alone and counted") {
  Bench bench;
  {
    StateWriter writer(*bench.state, bench.hooks());
    Gate gate;
    gate.close(writer);
    for (const std::string& id : {std::string("a"), too_long_key(), std::string("c")}) {
      requestlog::Row row;
      row.id = id;
      CHECK(writer.enqueue(std::move(row), {}));
    }
    gate.release.set_value();
    writer.flush();
    CHECK(writer.dropped() == 1);
    CHECK(writer.queued() == 0);
    CHECK_FALSE(writer.full());
  }
  CHECK(bench.committed == std::vector<std::string>{"a", "c"});
}

TEST_CASE("a refused change leaves nothing behind and does not fail its group") {
  Bench bench;
  Status refused, done;
  {
    StateWriter writer(*bench.state, bench.hooks());
    Gate gate;
    gate.close(writer);
    writer.submit(
        [](WriteTxn&) -> Status { return make_error(ErrorCode::already_exists, "taken"); },
        [&](Status status) { refused = std::move(status); });
    writer.submit(
        [&bench](WriteTxn& txn) -> Status {
          txn.put(bench.table, "x", "v");
          return {};
        },
        [&](Status status) { done = std::move(status); });
    gate.release.set_value();
    writer.flush();
  }
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == ErrorCode::already_exists);
  CHECK(done.has_value());
  CHECK(bench.rolled_back == 0);
}

TEST_CASE("a change is on disk before it is answered") {
  Bench bench;
  bool seen = false;
  {
    StateWriter writer(*bench.state, bench.hooks());
    writer.submit(
        [&bench](WriteTxn& txn) -> Status {
          txn.put(bench.table, "x", "v");
          return {};
        },
        [&](const Status&) { seen = bench.has("x"); });
    writer.flush();
  }
  CHECK(seen);
}

TEST_CASE("an LMDB that gave up is reported, and nothing waits for it") {
  Bench bench;
  bool answered = false;
  {
    StateWriter writer(*bench.state, bench.hooks());
    // What every commit returns after a failed write of a meta page.
    bench.on_rows = [](WriteTxn& txn) {
      txn.fail(MDB_PANIC);
    };
    requestlog::Row row;
    row.id = "req_1";
    writer.enqueue(std::move(row), {});
    writer.flush();
    CHECK(writer.failed());
    CHECK(writer.dropped() == 1);
    Status status = wait_for(
        [&](Done done) { writer.submit([](WriteTxn&) -> Status { return {}; }, std::move(done)); });
    CHECK(status.error().code == ErrorCode::store_unavailable);
    answered = true;
  }
  CHECK(answered);
  CHECK(bench.committed.empty());
}

TEST_CASE("a hold that is waited for is on disk at once, one that is not waits for its group") {
  Bench bench;
  StateWriter writer(*bench.state, bench.hooks());
  auto shortest = std::chrono::steady_clock::duration::max();
  for (int i = 0; i < 10; ++i) {  // the machine may be busy
    auto started = std::chrono::steady_clock::now();
    std::string id = "waited_" + std::to_string(i);
    bool seen = false;
    Status status = wait_for([&](Done done) {
      writer.hold(hold_for(id), [&seen, &bench, id, done](Status committed) {
        seen = bench.has(id);
        done(std::move(committed));
      });
    });
    CHECK(status.has_value());
    CHECK(seen);
    shortest = std::min(shortest, std::chrono::steady_clock::now() - started);
  }
  CHECK(shortest < milliseconds(20));
  writer.hold(hold_for("req_2"), nullptr);
  CHECK_FALSE(bench.has("req_2"));
  writer.flush();
  CHECK(bench.has("req_2"));
}

TEST_CASE("one bad hold fails alone and is told so") {
  Bench bench;
  Status good, bad;
  {
    StateWriter writer(*bench.state, bench.hooks());
    Gate gate;
    gate.close(writer);
    writer.hold(hold_for(too_long_key()), [&](Status status) { bad = std::move(status); });
    writer.hold(hold_for("req_1"), [&](Status status) { good = std::move(status); });
    requestlog::Row row;
    row.id = "req_2";
    writer.enqueue(std::move(row), {});
    gate.release.set_value();
    writer.flush();
  }
  CHECK(bad.has_error());
  CHECK(good.has_value());
  CHECK(bench.has("req_1"));
  CHECK(bench.has("req_2"));
}

TEST_CASE("groups follow each other slowly, but not one that has become large") {
  using Clock = std::chrono::steady_clock;
  Bench bench;
  StateWriter writer(*bench.state, bench.hooks());
  const auto time_of = [&](int rows, const std::string& name) {
    const auto started = Clock::now();
    for (int i = 0; i < rows; ++i) {
      requestlog::Row row;
      row.id = name + std::to_string(i);
      writer.enqueue(std::move(row), {});
    }
    while (!bench.has(name + std::to_string(rows - 1)))
      std::this_thread::sleep_for(milliseconds(1));
    return Clock::now() - started;
  };
  time_of(1, "first_");
  CHECK(time_of(1, "second_") >= milliseconds(50));  // 100 after the one before was taken
  auto shortest = Clock::duration::max();
  for (int i = 0; i < 10; ++i)  // the machine may be busy
    shortest = std::min(shortest, time_of(1000, "large_" + std::to_string(i) + "_"));
  CHECK(shortest < milliseconds(75));
}

TEST_CASE("the lag counts what is being written, not only what waits") {
  Bench bench;
  StateWriter writer(*bench.state, bench.hooks());
  std::promise<void> entered, release;
  bench.on_rows = [&](WriteTxn&) {
    entered.set_value();
    release.get_future().wait();
  };
  CHECK(writer.lag_ms() == 0);
  requestlog::Row row;
  row.id = "req_1";
  writer.enqueue(std::move(row), {});
  entered.get_future().wait();
  std::this_thread::sleep_for(milliseconds(30));
  CHECK(writer.lag_ms() >= 50);
  release.set_value();
  writer.flush();
  CHECK(writer.lag_ms() == 0);
}

TEST_CASE("a change that fails after it has written leaves nothing, and says why") {
  Bench bench;
  Status status, other;
  {
    StateWriter writer(*bench.state, bench.hooks());
    Gate gate;
    gate.close(writer);
    writer.submit(
        [&bench](WriteTxn& txn) -> Status {
          txn.put(bench.table, "half", "v");
          txn.fail(MDB_BAD_TXN);
          return make_error(ErrorCode::already_exists, "taken");
        },
        [&](Status refused) { status = std::move(refused); });
    writer.submit(
        [&bench](WriteTxn& txn) -> Status {
          txn.put(bench.table, "whole", "v");
          return {};
        },
        [&](Status done) { other = std::move(done); });
    gate.release.set_value();
    writer.flush();
  }
  REQUIRE(status.has_error());
  CHECK(status.error().code == ErrorCode::already_exists);
  CHECK(other.has_value());
  CHECK_FALSE(bench.has("half"));
  CHECK(bench.has("whole"));
}
