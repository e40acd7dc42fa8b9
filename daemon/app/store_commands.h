// What litegwd does with a store while no daemon serves it: `litegw store check|restore` run it.
#pragma once

#include "daemon/app/options.h"

namespace litegw::app {

// litegwd --check-store: prints what is wrong, one line each (with --json a StoreCheck); the exit
// code. 0 also when something is wrong: the caller judges by the lines.
int check_store(const Options& options);

// litegwd --restore-store FILE: puts a copy in place of keys, money and reports. What was there is
// kept in the folder that is printed. Refused while a daemon runs, and for a file that is no clean
// store.
int restore_store(const Options& options);

}  // namespace litegw::app
