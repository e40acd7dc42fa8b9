// ^C, a hang-up or TERM as a question instead of the end of the program, for commands that have to
// clean up behind themselves. One at a time; main thread only.
#pragma once

#include <array>
#include <csignal>

namespace litegw::cmd {

// While it lives, the first such signal is only noted; the next one ends the program.
class InterruptWatch {
 public:
  InterruptWatch();
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  static bool is_interrupted();

 private:
  static constexpr std::array<int, 3> signals{SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, signals.size()> before_{};
};

}  // namespace litegw::cmd
