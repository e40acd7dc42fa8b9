// Handlers: /v1/store.
#include <filesystem>

#include <fmt/format.h>

#include "common/base/text.h"
#include "common/control/daemon.h"
#include "daemon/control/handlers.h"
#include "daemon/control/on_a_thread.h"

namespace litegw::control {
namespace {

constexpr int looks = 5;

using Problems = Result<std::vector<std::string>>;

// The store is written to while it is looked at, so what one look finds may be half of a change;
// what is wrong stays wrong.
Problems lasting_problems(store::Store& store) {
  Problems problems = store.check();
  for (int i = 1; i < looks && problems && !problems->empty(); ++i) {
    store.flush();
    Problems again = store.check();
    if (!again) return again;
    std::erase_if(*problems, [&](const std::string& problem) {
      return std::find(again->begin(), again->end(), problem) == again->end();
    });
  }
  return problems;
}

Status check_file(const std::string& file) {
  if (file.starts_with('/') && file.find('\0') == std::string::npos) return {};
  return make_error(ErrorCode::invalid_argument,
                    fmt::format("'{}' is no absolute path", escape_control(shorten(file, 100))),
                    "litegwd has a folder of its own: write /path/to/file", "file");
}

}  // namespace

net::Task<Result<Reply>> check_store(Context& context, const Call&) {
  store::Store& store = context.daemon.store();
  auto look = [&store] {
    return lasting_problems(store);
  };
  // Reading all of a store takes seconds.
  net::Task<Problems> looking = on_a_thread<Problems>(context, look);
  const Problems problems = co_await std::move(looking);
  if (!problems) co_return problems.error();
  StoreCheck check;
  check.path = context.daemon.config()->store.path;
  check.running = true;
  const store::StoreInfo info = store.info();
  check.keys = info.keys;
  check.rows = info.rows;
  check.problems = *problems;
  co_return answer(check);
}

net::Task<Result<Reply>> backup_store(Context& context, const Call& call) {
  const Result<StoreBackup> request = decode_request<StoreBackup>(call.body);
  if (!request) co_return request.error();
  if (const Status file = check_file(request->file); !file) co_return file.error();
  store::Store& store = context.daemon.store();
  auto copy = [&] {
    return store.backup(request->file);
  };
  net::Task<Status> copying = on_a_thread<Status>(context, copy);
  const Status copied = co_await std::move(copying);
  if (!copied) co_return copied.error();
  StoreCopied done;
  done.file = request->file;
  done.path = context.daemon.config()->store.path;
  std::error_code failure;
  const std::uintmax_t size = std::filesystem::file_size(request->file, failure);
  if (!failure) done.bytes = size;
  co_return answer(done);
}

}  // namespace litegw::control
