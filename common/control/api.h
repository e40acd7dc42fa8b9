// What CLI and daemon agree on before any message: the version, headers, paths, the error object.
// HTTP/1.1 + JSON over the Unix socket, so `curl --unix-socket` works. Used by litegw (cmd) and by
// litegwd (daemon/control).
//
// Version rule: paths begin with the major version ("/v1/"). Each answer carries `litegw-api` and
// `litegw-version`; litegw sends both too, curl need not. Another major is refused with
// version_skew by whoever sees it first, a newer minor on either side only lacks features. Members
// and operations are added within a major, never changed or removed.
//
// Status: 200 (201 for a new key) with a message, else the status of the error's code with
// {"schema":"litegw.error.v1","error":{"code","message","hint","param","problems"}}.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/control/codec.h"

namespace litegw::control {

inline constexpr int api_major = 1;
inline constexpr int api_minor = 0;
inline constexpr std::string_view api_version = "1.0";
inline constexpr std::string_view api_header = "litegw-api";          // "1.0"
inline constexpr std::string_view version_header = "litegw-version";  // "0.1.0"

inline constexpr std::string_view default_socket = "/run/litegw/litegwd.sock";

namespace path {
inline constexpr std::string_view keys =
    "/v1/keys";  // GET KeyListQuery -> KeyList; POST KeyCreate -> KeyView (201, or 200 with
                 // if_missing)
                 // /{ref}: GET -> KeyView, PATCH KeyUpdate -> KeyView, DELETE -> KeyView
                 // /{ref}/block KeyBlock, /{ref}/unblock, /{ref}/rotate KeyRotate: POST -> KeyView
inline constexpr std::string_view users =
    "/v1/users";  // GET OwnerListQuery -> OwnerList; POST OwnerCreate -> OwnerView
                  // /{ref}: GET, PATCH OwnerUpdate, DELETE OwnerDelete -> OwnerView
                  // /{ref}/block, /{ref}/unblock: POST -> OwnerView
inline constexpr std::string_view teams = "/v1/teams";             // as users
inline constexpr std::string_view key_import = "/v1/import/keys";  // POST KeyImport -> ImportReport
inline constexpr std::string_view budgets = "/v1/budgets";  // GET BudgetQuery -> BudgetReport
inline constexpr std::string_view budget_reset =
    "/v1/budgets/reset";  // POST BudgetReset -> BudgetResetAnswer
inline constexpr std::string_view budget_release =
    "/v1/budgets/release";  // POST BudgetRelease -> BudgetReleaseAnswer
inline constexpr std::string_view store_check = "/v1/store/check";  // POST -> StoreCheck
inline constexpr std::string_view store_backup =
    "/v1/store/backup";  // POST StoreBackup -> StoreCopied
inline constexpr std::string_view models =
    "/v1/models";  // GET ModelListQuery -> ModelList; /{name}: GET -> ModelDetail
inline constexpr std::string_view log =
    "/v1/log";  // GET LogQuery -> LogList, with follow or export JSON lines; /{id}: GET ->
                // RequestDetail
inline constexpr std::string_view spend = "/v1/spend";    // GET SpendQuery -> SpendReport
inline constexpr std::string_view audit = "/v1/audit";    // GET AuditQuery -> AuditList
inline constexpr std::string_view status = "/v1/status";  // GET -> StatusView
inline constexpr std::string_view reload =
    "/v1/reload";  // POST -> ReloadResult; config_invalid with problems
inline constexpr std::string_view config = "/v1/config";            // GET -> ConfigView
inline constexpr std::string_view config_diff = "/v1/config/diff";  // GET -> ConfigDiff
inline constexpr std::string_view environment =
    "/v1/environment";  // POST EnvironmentQuery -> EnvironmentAnswer
inline constexpr std::string_view version = "/v1/version";  // GET -> VersionView
}  // namespace path

// One thing wrong in a configuration file.
struct Problem {
  std::string severity = "error";  // "error", "warning"
  std::string file;
  int line = 0, column = 0;  // from 1; 0 = the file as a whole
  std::string message, hint;
  std::string source_line;  // as written, without secrets; may be empty
  std::string variable;     // the environment variable that is unset, when that is the problem
  static void members(auto& self, auto& visit) {
    visit("severity", self.severity);
    visit("file", self.file);
    visit("line", self.line);
    visit("column", self.column);
    visit("message", self.message);
    visit("hint", self.hint);
    visit("source_line", self.source_line);
    visit("variable", self.variable);
  }
};

// The error object, and back. `problems` goes with config_invalid.
Json error_answer(const Error& error, const std::vector<Problem>& problems = {});
struct ErrorAnswer {
  Error error;
  std::vector<Problem> problems;
};
// Of any body with a status >= 400; a body that is not ours becomes an error that says so.
ErrorAnswer parse_error_answer(int status, std::string_view body);

// Judges a peer's `litegw-api` value (nullopt = none sent). Fails with version_skew, naming both
// versions and what to do; `peer_version` is its `litegw-version` or empty.
Status check_api_version(std::optional<std::string_view> peer_api, std::string_view peer_version);

// "/v1/keys/" + percent-encoded reference (+ "/" + action).
std::string object_path(std::string_view collection, std::string_view reference,
                        std::string_view action = {});
std::string percent_encode(std::string_view text);
// Fails with invalid_argument on a stray '%' or an encoded NUL.
Result<std::string> percent_decode(std::string_view text);

// The part of `target_path` after `collection`, decoded: {reference, action}. nullopt when it is
// another path. "/v1/keys" itself gives empty strings.
struct ObjectPath {
  std::string reference, action;
};
std::optional<ObjectPath> parse_object_path(std::string_view collection,
                                            std::string_view target_path);

// Messages as query strings of GET requests, for members that are text, numbers, booleans, times
// or lists of text (repeated names). The same `members` function serves.
Result<Json> query_to_json(std::string_view query);
std::string json_to_query(const Json& object);

template <detail::Message T>
std::string encode_query(const T& message) {
  return json_to_query(encode(message, Absent::omit));
}

// Strict, as decode_request.
template <detail::Message T>
Result<T> decode_query(std::string_view query) {
  Result<Json> json = query_to_json(query);
  if (!json) return json.error();
  T message{};
  detail::Reading reading{Unknown::refuse, {}, {}, true};
  detail::read(*json, message, reading);
  if (reading.error) return *reading.error;
  return message;
}

}  // namespace litegw::control
