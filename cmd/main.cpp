// litegw, the command line of the LLM gateway.
#include <csignal>
#include <cstdlib>

#include <termios.h>
#include <unistd.h>

#include "cmd/app.h"
#include "cmd/programs.h"
#include "cmd/sockets.h"

namespace {

termios terminal_before;
bool terminal_known = false;

// A key may be typed without echo when ^C comes: give the terminal back as it was.
void on_interrupt(int) {
  if (terminal_known) tcsetattr(STDIN_FILENO, TCSANOW, &terminal_before);
  std::_Exit(130);
}

}  // namespace

int main(int count, char** words) {
  using namespace litegw::cmd;
  // A write to a closed pipe is seen by the console, one to a closed socket by the transport.
  std::signal(SIGPIPE, SIG_IGN);
  terminal_known = tcgetattr(STDIN_FILENO, &terminal_before) == 0;
  std::signal(SIGINT, on_interrupt);
  SystemConsole console;
  TransportFactory transports = [&console](const std::string& socket) {
    if (!socket.empty()) return socket_transport({socket});
    return socket_transport(socket_candidates(console));
  };
  return run(std::vector<std::string>(words + 1, words + count), console, transports, run_program);
}
