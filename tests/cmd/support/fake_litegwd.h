// For tests of commands that run litegwd.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include "tests/cmd/support/fake_console.h"

namespace litegw::cmd::test {

// A file that stands for litegwd: found in PATH, never run.
inline std::string fake_litegwd(FakeConsole& console) {
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("litegw-cmd-test-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::string file = folder / "litegwd";
  std::ofstream(file) << "#!/bin/sh\n";
  ::chmod(file.c_str(), 0755);
  console.variables["PATH"] = folder;
  return file;
}

}  // namespace litegw::cmd::test
