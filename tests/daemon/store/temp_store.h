// A store in a folder of its own, and short forms for what its tests do.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <future>
#include <string>

#include <stdlib.h>

#include "common/base/hash.h"
#include "common/base/ids.h"
#include "common/base/text.h"
#include "daemon/store/store.h"
#include "tests/support/temporary_folder.h"

namespace litegw::store::test {

inline Result<std::unique_ptr<Store>> open_store(const std::string& path,
                                                 config::OnFull on_full = config::OnFull::reject,
                                                 config::RequestLogSettings log = {}) {
  config::StoreSettings settings;
  settings.path = path;
  settings.on_full = on_full;
  return Store::open(path, settings, log);
}

// scripts/test --long
inline bool is_long_run() {
  const char* length = std::getenv("LITEGW_TEST_LENGTH");
  return length != nullptr && std::string_view(length) == "long";
}

inline auth::VirtualKey make_key(const std::string& name, const std::string& secret) {
  auth::VirtualKey key;
  key.id = new_object_id("key_");
  key.name = name;
  key.hash = sha256(secret);
  key.last_four = secret.substr(secret.size() - 4);
  key.created = key.updated = wall_clock();
  return key;
}

template <class Start>
Status wait_for(const Start& start) {
  auto promise = std::make_shared<std::promise<Status>>();
  std::future<Status> done = promise->get_future();
  start([promise](Status status) { promise->set_value(std::move(status)); });
  return done.get();
}

inline Status create(Store& store, const auth::VirtualKey& key) {
  return wait_for([&](Done done) { store.create_key(key, "uid 1", std::move(done)); });
}
inline Status update(Store& store, const auth::VirtualKey& key, Time expected) {
  return wait_for([&](Done done) { store.update_key(key, expected, "uid 2", std::move(done)); });
}
inline Status remove(Store& store, const std::string& id) {
  return wait_for([&](Done done) { store.remove_key(id, "uid 3", std::move(done)); });
}

inline auth::Owner make_owner(auth::OwnerKind kind, const std::string& name) {
  auth::Owner owner;
  owner.kind = kind;
  owner.id = new_object_id(kind == auth::OwnerKind::user ? "user_" : "team_");
  owner.name = name;
  owner.created = owner.updated = wall_clock();
  return owner;
}
inline Status create(Store& store, const auth::Owner& owner) {
  return wait_for([&](Done done) { store.create_owner(owner, "uid 1", std::move(done)); });
}
inline Status update(Store& store, const auth::Owner& owner, Time expected) {
  return wait_for(
      [&](Done done) { store.update_owner(owner, expected, "uid 2", std::move(done)); });
}
inline Status remove(Store& store, const auth::Owner& owner) {
  return wait_for(
      [&](Done done) { store.remove_owner(owner.kind, owner.id, "uid 3", std::move(done)); });
}

inline requestlog::Row make_row(const std::string& id, Time started) {
  requestlog::Row row;
  row.id = id;
  row.started = started;
  row.duration_us = 1000;
  row.status = 200;
  row.key_id = "key_a";
  row.key_name = "ci";
  row.model = "gpt-4o";
  row.provider = "openai";
  row.usage.input = 10;
  row.usage.output = 5;
  row.cost = Money::nano(1000);
  row.priced = true;
  return row;
}

// A place whose period holds `time`.
inline budget::Place place_of(budget::LevelKind kind, const std::string& id,
                              const std::string& window = "", Time time = wall_clock()) {
  budget::Place place;
  place.level = {kind, id, {}};
  place.window = budget::parse_window(window).value();
  place.period = budget::period_of(place.window, time, Time{}, nullptr);
  return place;
}

inline budget::OpenHold make_hold(Store& store, const std::string& request, Money amount,
                                  std::vector<budget::Place> places) {
  budget::OpenHold hold;
  hold.number = store.next_hold();
  hold.purpose = {request, "key_a", "ci", "user_1", "team_1", "gpt-4o", "openai"};
  hold.admitted = wall_clock();
  hold.deadline = hold.admitted + minutes(10);
  hold.amount = amount;
  hold.places = std::move(places);
  return hold;
}

// The request of a hold, done at `cost`.
inline bool settle(Store& store, const budget::OpenHold& hold, Money cost,
                   Time started = wall_clock()) {
  requestlog::Row row = make_row(hold.purpose.request_id, started);
  row.key_id = hold.purpose.key_id;
  row.user_id = hold.purpose.user_id;
  row.team_id = hold.purpose.team_id;
  row.cost = cost;
  row.held = hold.amount;
  budget::Entry entry;
  entry.hold = hold.number;
  entry.time = started;
  entry.purpose = hold.purpose;
  entry.amount = cost;
  entry.over = std::max(Money{}, cost - hold.amount);
  entry.places = hold.places;
  return store.record(std::move(row), std::move(entry));
}

inline Money spent(const Store& store, const budget::Place& place) {
  for (const budget::Counter& counter : store.counters().value())
    if (counter.place == place) return counter.spent;
  return {};
}

}  // namespace litegw::store::test
