#include <array>
#include <utility>

#include "cmd/help.h"

namespace litegw::cmd {
namespace {

constexpr const char* exit_codes = R"(Exit codes of litegw

    0  done
    1  failed
    2  wrong usage; nothing was done
    3  the daemon (or, for test, the gateway) cannot be reached
    4  not permitted, or the key was refused
    5  no such key, model, request, ...
    6  exists already, or was changed meanwhile
    7  refused by a budget or a limit
    8  a check failed (test, config check)
  124  timed out
  130  interrupted

With --json the error object on stderr has the code as "exit".
)";

constexpr const char* environment = R"(Environment of litegw

  LITEGW_SOCKET     control socket, as --socket
  LITEGW_NO_INPUT   any value but 0 or empty: never ask, as --no-input
  LITEGW_BASE_URL   base URL for `litegw test` and `litegw cursor setup`
  LITEGW_API_KEY    key for `litegw test`
  NO_COLOR          any value: no colour
  CLICOLOR_FORCE    any value but 0: colour also in a pipe
  COLUMNS           width of the terminal when it does not say itself
  TZ                time zone of --since, --until and of what is shown

A flag goes before the environment, the environment before
~/.config/litegw/config.yaml ($XDG_CONFIG_HOME is honoured), that before the
default. The file knows: socket, output, color, quiet, no_input, base_url,
key_file.

Without a socket given, litegw looks for a daemon that you started yourself
($XDG_RUNTIME_DIR/litegw/litegwd.sock, then /tmp/litegw-UID/litegwd.sock), then
for the system's (/run/litegw/litegwd.sock).
)";

constexpr const char* formatting = R"(Output of litegw

Data goes to stdout, everything else to stderr.

  -o table   on a terminal: aligned, fitted to its width, coloured, relative
             times. In a pipe: tab-separated, whole, no header, RFC 3339 times
  -o json    one object with a "schema", also as --json; only ever added to
  -o jsonl   one object a line, one for each item of a list
  -o csv     RFC 4180, with a header
  -o name    only names (ids where there is no name), for xargs

Money is US dollars: exact decimal strings in JSON ("0.000132"). Tokens, counts
and sizes are whole numbers, durations are microseconds (duration_us).

`key create` and `key rotate` print the key and a newline alone when stdout is
no terminal:

  KEY=$(litegw key create --name ci)

Other examples:

  litegw key list -o name | xargs -n1 litegw key show
  litegw log tail -f --json | jq -r 'select(.status >= 400) | .error_message'
  litegw spend report --by key,model --since 2026-11 -o csv > november.csv
)";

struct Topic {
  const char* name;
  const char* text;
};
constexpr std::array<Topic, 3> topics{{
    {"exit-codes", exit_codes},
    {"environment", environment},
    {"formatting", formatting},
}};

}  // namespace

std::string help_topic(const std::string& name) {
  for (const Topic& topic : topics)
    if (name == topic.name) return topic.text;
  return {};
}

std::vector<std::string> help_topics() {
  std::vector<std::string> names;
  for (const Topic& topic : topics)
    names.emplace_back(topic.name);
  return names;
}

}  // namespace litegw::cmd
