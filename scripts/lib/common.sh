# Shared by the scripts of this folder, sourced, never run. Asks nothing, reads nothing from stdin.
set -euo pipefail
exec </dev/null

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
umask 022

say() { printf '%s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# min(cores, GiB of memory), at least one: a C++ unit with Asio takes close to a GiB.
jobs_default() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemTotal/ {print int($2 / 1048576 + 0.5)}' /proc/meminfo)
  [ "$memory" -ge 1 ] || memory=1
  echo $((cores < memory ? cores : memory))
}
JOBS=${JOBS:-$(jobs_default)}

seconds_now() { date +%s; }
minutes() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

# Proxies are honoured for everything but this machine itself.
loopback_never_proxied() {
  local own=127.0.0.1,localhost,::1
  export no_proxy="${no_proxy:+$no_proxy,}$own"
  export NO_PROXY="${NO_PROXY:+$NO_PROXY,}$own"
}
loopback_never_proxied

# Runs a command as root; sudo drops the environment, so the proxy settings are handed over by name.
as_root() {
  local keep=() name
  for name in http_proxy https_proxy no_proxy all_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY; do
    [ -n "${!name:-}" ] && keep+=("$name=${!name}")
  done
  keep+=("DEBIAN_FRONTEND=noninteractive")
  if [ "$(id -u)" -eq 0 ]; then
    env "${keep[@]}" "$@"
    return
  fi
  command -v sudo >/dev/null || die "this needs root and there is no sudo. Run as root: $*"
  if [ -t 2 ]; then
    sudo env "${keep[@]}" "$@" </dev/tty
    return
  fi
  sudo -n env "${keep[@]}" "$@" || die "sudo wants a password and there is no terminal. Run as root: $*"
}
