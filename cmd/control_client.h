// Typed calls to litegwd. Keeps each answer also as it came, so that `--json` shows what a newer
// daemon has added.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/transport.h"
#include "common/control/api.h"
#include "common/control/codec.h"

namespace litegw::cmd {

template <class T>
struct Answer {
  T value;
  Json raw;
};

class ControlClient {
 public:
  explicit ControlClient(Transport& transport) : transport_(transport) {}

  template <class T>
  Result<Answer<T>> get(std::string_view path, const std::string& query = {}) {
    return typed<T>(call("GET", with_query(path, query), {}));
  }
  template <class T, class Request>
  Result<Answer<T>> send(std::string_view method, std::string_view path, const Request& request) {
    return typed<T>(
        call(method, std::string(path), dump(control::encode(request, control::Absent::omit))));
  }
  template <class T>
  Result<Answer<T>> send(std::string_view method, std::string_view path) {
    return typed<T>(call(method, std::string(path), {}));
  }
  // JSON lines; ends when `on_item` returns false.
  Status follow(std::string_view path, const std::string& query,
                const std::function<bool(const Json& item)>& on_item);

  // Of the last answer that was an error.
  const std::vector<control::Problem>& problems() const { return problems_; }
  void set_timeout(Duration timeout) { timeout_ = timeout; }

 private:
  static std::string with_query(std::string_view path, const std::string& query);
  Result<Json> call(std::string_view method, std::string target, std::string body);
  Status judge(const Reply& reply);

  template <class T>
  static Result<Answer<T>> typed(Result<Json> json) {
    if (!json) return json.error();
    Result<T> value = control::decode<T>(*json, control::Unknown::ignore);
    if (!value) return unreadable(value.error());
    return Answer<T>{std::move(*value), std::move(*json)};
  }
  static Error unreadable(const Error& error);

  Transport& transport_;
  std::vector<control::Problem> problems_;
  Duration timeout_ = seconds(30);
};

}  // namespace litegw::cmd
