// Control messages to JSON and back. A message is a struct with one `members` function that names
// each member once; both directions come from it:
//
//   struct Example {
//     std::string name;
//     std::optional<Time> expires_at;
//     static void members(auto& self, auto& visit) {
//       visit("name", self.name);
//       visit("expires_at", self.expires_at);
//     }
//   };
//
// Forms: Money is an exact decimal string of dollars, Time is RFC 3339 with milliseconds, optional
// without a value is null. Reading never throws. Used by litegw and by litegwd's control handlers.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/json.h"
#include "common/base/money.h"
#include "common/base/secret.h"
#include "common/base/time.h"

namespace litegw::control {

// A daemon refuses request members that it does not know; litegw ignores members of an answer that
// a newer daemon has added.
enum class Unknown { refuse, ignore };

// Requests leave out what has no value or is empty; answers always have every member.
enum class Absent { omit, write };

namespace detail {

struct Probe {
  void operator()(std::string_view, auto&) {}
};

template <class T>
concept Message = requires(T& value, Probe& probe) {
  T::members(value, probe);
};

// Where reading stands and the first thing that was wrong.
struct Reading {
  Unknown unknown;
  std::string path;
  std::optional<Error> error;
  bool from_query = false;  // numbers and booleans come as text, a list of one as its item

  void fail(std::string_view expected);
  void fail_unknown(std::string_view name, const std::vector<std::string>& known);
};

void read(const Json& json, std::string& out, Reading& reading);
void read(const Json& json, bool& out, Reading& reading);
void read(const Json& json, std::int64_t& out, Reading& reading);
void read(const Json& json, std::uint64_t& out, Reading& reading);
void read(const Json& json, int& out, Reading& reading);
void read(const Json& json, Money& out, Reading& reading);
void read(const Json& json, Time& out, Reading& reading);
void read(const Json& json, Secret& out, Reading& reading);
void read(const Json& json, Json& out, Reading& reading);

Json write(const std::string& value, Absent absent);
Json write(bool value, Absent absent);
Json write(std::int64_t value, Absent absent);
Json write(std::uint64_t value, Absent absent);
Json write(int value, Absent absent);
Json write(Money value, Absent absent);
Json write(Time value, Absent absent);
Json write(const Secret& value, Absent absent);
Json write(const Json& value, Absent absent);

template <class T>
void read(const Json& json, std::optional<T>& out, Reading& reading);
template <class T>
void read(const Json& json, std::vector<T>& out, Reading& reading);
template <class T>
void read(const Json& json, std::map<std::string, T>& out, Reading& reading);
template <Message T>
void read(const Json& json, T& out, Reading& reading);

template <class T>
Json write(const std::optional<T>& value, Absent absent);
template <class T>
Json write(const std::vector<T>& value, Absent absent);
template <class T>
Json write(const std::map<std::string, T>& value, Absent absent);
template <Message T>
Json write(const T& value, Absent absent);

class ObjectReader {
 public:
  ObjectReader(const Json& object, Reading& reading) : object_(object), reading_(reading) {}

  template <class T>
  void operator()(std::string_view name, T& value) {
    known_.emplace_back(name);
    auto found = object_.find(name);
    if (reading_.error || found == object_.end() || found->is_null()) return;
    std::size_t mark = reading_.path.size();
    if (mark > 0) reading_.path += '.';
    reading_.path += name;
    read(*found, value, reading_);
    reading_.path.resize(mark);
  }

  void check_unknown() {
    if (reading_.error || reading_.unknown == Unknown::ignore) return;
    for (const auto& [name, value] : object_.items()) {
      if (std::find(known_.begin(), known_.end(), name) == known_.end())
        return reading_.fail_unknown(name, known_);
    }
  }

 private:
  const Json& object_;
  Reading& reading_;
  std::vector<std::string> known_;
};

class ObjectWriter {
 public:
  explicit ObjectWriter(Absent absent) : absent_(absent) {}

  template <class T>
  void operator()(std::string_view name, const T& value) {
    Json written = write(value, absent_);
    bool empty = written.is_null() || (written.is_structured() && written.empty()) ||
                 written == Json("") || written == false;
    if (absent_ == Absent::omit && empty) return;
    object_[std::string(name)] = std::move(written);
  }

  Json take() { return std::move(object_); }

 private:
  Absent absent_;
  Json object_ = Json::object();
};

template <class T>
void read(const Json& json, std::optional<T>& out, Reading& reading) {
  T value{};
  read(json, value, reading);
  if (!reading.error) out = std::move(value);
}

template <class T>
void read(const Json& json, std::vector<T>& out, Reading& reading) {
  if (reading.from_query && !json.is_array()) {
    out.emplace_back();
    return read(json, out.back(), reading);
  }
  if (!json.is_array()) return reading.fail("a list");
  out.clear();
  std::size_t mark = reading.path.size();
  for (std::size_t i = 0; i < json.size() && !reading.error; ++i) {
    reading.path += "[" + std::to_string(i) + "]";
    T value{};
    read(json[i], value, reading);
    out.push_back(std::move(value));
    reading.path.resize(mark);
  }
}

template <class T>
void read(const Json& json, std::map<std::string, T>& out, Reading& reading) {
  if (!json.is_object()) return reading.fail("an object");
  out.clear();
  std::size_t mark = reading.path.size();
  for (const auto& [name, member] : json.items()) {
    if (reading.error) return;
    reading.path += "." + name;
    read(member, out[name], reading);
    reading.path.resize(mark);
  }
}

template <Message T>
void read(const Json& json, T& out, Reading& reading) {
  if (!json.is_object()) return reading.fail("an object");
  ObjectReader reader(json, reading);
  T::members(out, reader);
  reader.check_unknown();
}

template <class T>
Json write(const std::optional<T>& value, Absent absent) {
  return value ? write(*value, absent) : Json();
}

template <class T>
Json write(const std::vector<T>& value, Absent absent) {
  Json out = Json::array();
  for (const T& item : value)
    out.push_back(write(item, absent));
  return out;
}

template <class T>
Json write(const std::map<std::string, T>& value, Absent absent) {
  Json out = Json::object();
  for (const auto& [name, item] : value)
    out[name] = write(item, absent);
  return out;
}

template <Message T>
Json write(const T& value, Absent absent) {
  ObjectWriter writer(absent);
  T::members(value, writer);
  return writer.take();
}

}  // namespace detail

template <detail::Message T>
Json encode(const T& message, Absent absent = Absent::write) {
  return detail::write(message, absent);
}

// Fails with invalid_argument, naming the member.
template <detail::Message T>
Result<T> decode(const Json& json, Unknown unknown) {
  T message{};
  detail::Reading reading{unknown, {}, {}, false};
  detail::read(json, message, reading);
  if (reading.error) return *reading.error;
  return message;
}

// What a daemon does with a request body: strict JSON, strict members. An empty body is an empty
// object.
template <detail::Message T>
Result<T> decode_request(std::string_view body) {
  if (body.empty()) return decode<T>(Json::object(), Unknown::refuse);
  Result<Json> json = parse_json(body);
  if (!json) return json.error();
  return decode<T>(*json, Unknown::refuse);
}

}  // namespace litegw::control
