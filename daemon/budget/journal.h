// What the store keeps about money: holds that are open, changes of counters, and the counters.
// Pure data; requests make it, daemon/store writes it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/budget/level.h"

namespace litegw::budget {

// One counter: what a level has spent in one period of one window.
struct Place {
  LevelId level;
  Window window;
  Period period;
  friend bool operator==(const Place&, const Place&) = default;
};

// The counters that one charge changes. Copies share it, since all requests of a caller in the same
// periods have the same; who reads many charges need not look at each list anew (`identity`).
class PlaceList {
 public:
  PlaceList() = default;
  explicit(false) PlaceList(std::vector<Place> places)
      : places_(std::make_shared<const std::vector<Place>>(std::move(places))) {}
  PlaceList(std::initializer_list<Place> places) : PlaceList(std::vector<Place>(places)) {}

  auto begin() const { return all().begin(); }
  auto end() const { return all().end(); }
  std::size_t size() const { return all().size(); }
  bool empty() const { return all().empty(); }
  const Place& front() const { return all().front(); }
  const Place& operator[](std::size_t i) const { return all()[i]; }
  // Equal for copies, while one of them lives.
  const void* identity() const { return places_.get(); }
  friend bool operator==(const PlaceList& a, const PlaceList& b) { return a.all() == b.all(); }

 private:
  const std::vector<Place>& all() const;

  std::shared_ptr<const std::vector<Place>> places_;
};

struct Counter {
  Place place;
  Money spent;
};

// Who and what money was set aside or spent for.
struct Purpose {
  std::string request_id;
  std::string key_id, key_name, user_id, team_id, model, provider;
};

// Money that is set aside for a request under way. After a crash it becomes a charge of its amount.
struct OpenHold {
  std::uint64_t number = 0;  // of Store::next_hold(), rising over restarts
  Purpose purpose;
  Time admitted{};
  Time deadline{};  // past it a hold is a warning, never freed money
  Money amount;     // draws included
  PlaceList places;
};

// One change of counters, in the same transaction as the change itself.
struct Entry {
  enum class Kind : std::uint8_t {
    settle,     // what a request cost
    unsettled,  // what a dead process had set aside
    opening,    // what was spent before a budget was given, or elsewhere (import)
    reset,      // an operator's; the amount is negative
    release,    // an operator's, of one `unsettled`; the amount is negative
  };
  Kind kind = Kind::settle;
  std::uint64_t hold = 0;  // that this ends; 0 = none
  Time time{};
  Purpose purpose;
  Money amount;  // added to every place
  Money over;    // what it cost beyond its hold
  PlaceList places;
};
std::string_view to_text(Entry::Kind kind);  // "settle", "opening", "release"...

}  // namespace litegw::budget
