#include <csignal>
#include <exception>

#include <malloc.h>

#include "daemon/app/daemon.h"
#include "daemon/app/log.h"
#include "daemon/app/startup.h"
#include "daemon/app/store_commands.h"

using namespace litegw;

namespace {

// Bodies of some 100 KiB come and go with every request: the heap keeps their pages instead of
// asking the kernel for fresh ones each time.
void tune_heap() {
  ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 4 << 20);
}

int run(int argc, char** argv) {
  const auto parsed = app::parse_options(argc, argv);
  if (const auto* exit = std::get_if<app::ExitNow>(&parsed)) return exit->code;
  const auto& options = std::get<app::Options>(parsed);
  if (options.check_config) return app::check_config(options);
  if (options.init_config) return app::init_config();
  if (options.check_store) return app::check_store(options);
  if (!options.restore_store.empty()) return app::restore_store(options);
  app::Daemon daemon(options);
  return daemon.run();
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  tune_heap();
  app::start_log();
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    app::print_failure(make_error(ErrorCode::internal, error.what()));
    return app::exit_failed;
  }
}
