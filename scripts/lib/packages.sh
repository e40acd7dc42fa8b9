# Which Debian packages each job needs, and how they get onto the machine. Sourced after common.sh.

# To build and run both programs.
packages_build="g++-12 cmake ninja-build ccache mold libboost1.81-dev libcli11-dev libyaml-cpp-dev
  nlohmann-json3-dev libsimdjson-dev liblmdb-dev libssl-dev libspdlog-dev libfmt-dev zlib1g-dev libpcre2-dev libmimalloc-dev
  libhowardhinnant-date-dev ca-certificates curl"

# Only to test them: unit test libraries, checkers, the servers we are compared with, the SDKs' languages.
packages_test="doctest-dev librapidcheck-dev clang-format-14 clang-tidy-19 clang-19 libclang-rt-19-dev
  nginx-light haproxy slowhttptest mandoc man-db systemd python3 python3-venv python3-pytest python3-yaml
  jq openssl faketime git procps debootstrap bash-completion zsh fish dpkg-dev libcap2-bin nodejs npm"

# A package counts as there when dpkg has it, or when something else already gives the same program.
package_present() {
  case $1 in
    nodejs) command -v node >/dev/null && return 0 ;;
    npm) command -v npm >/dev/null && return 0 ;;
    nginx-light) command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] && return 0 ;;
    curl | git | jq | zsh | fish) command -v "$1" >/dev/null && return 0 ;;
  esac
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

packages_missing() {
  local package
  for package in "$@"; do
    package_present "$package" || printf '%s ' "$package"
  done
}

# Package lists: fetched once for all that is installed later, and only if something is missing.
package_lists_updated=
update_package_lists() {
  [ -z "$package_lists_updated" ] || return 0
  package_lists_updated=yes
  say "  apt-get update"
  as_root apt-get update -qq >&2 || die "apt-get update failed: is the network or the proxy (http_proxy) right?"
}

# Debian starts a server as soon as it is installed and at each boot. Neither is wanted for tests.
with_servers_held() {
  local policy=/usr/sbin/policy-rc.d made= status=0
  if [ ! -e "$policy" ]; then
    made=yes
    printf '#!/bin/sh\nexit 101\n' | as_root_write "$policy"
    as_root chmod 755 "$policy"
  fi
  "$@" || status=$?
  [ -z "$made" ] || as_root rm -f "$policy"
  return $status
}
as_root_write() {
  local text
  text=$(cat)
  as_root sh -c 'printf "%s\n" "$1" >"$2"' sh "$text" "$1"
}
disable_at_boot() {
  local server
  for server in nginx haproxy; do
    case " $* " in *" $server"*) ;; *) continue ;; esac
    if [ -d /run/systemd/system ]; then as_root systemctl disable --now "$server" >/dev/null 2>&1 || true; fi
    if command -v update-rc.d >/dev/null; then as_root update-rc.d "$server" disable >/dev/null 2>&1 || true; fi
  done
}

# install_packages PURPOSE PACKAGE...: says what and how much, then installs what is missing.
install_packages() {
  local purpose=$1 missing size started
  shift
  missing=$(packages_missing "$@")
  if [ -z "$missing" ]; then
    return 0
  fi
  [ -e /etc/debian_version ] || die "packages missing and this is not Debian: $missing"
  update_package_lists
  # shellcheck disable=SC2086
  size=$(LC_ALL=C apt-get install --assume-no --no-install-recommends $missing 2>/dev/null |
    sed -n 's/^Need to get \(.*\) of archives.*/\1 to download/p; s/^After this operation, \(.*\) of additional disk.*/\1 on disk/p' | paste -sd, -) || true
  say "Packages $purpose, missing here: $missing"
  say "  ${size:-size unknown}; takes 1 to 3 minutes on a common line"
  started=$(seconds_now)
  mkdir -p build
  # shellcheck disable=SC2086
  if ! with_servers_held as_root apt-get install -y -qq --no-install-recommends $missing >build/apt.log 2>&1; then
    tail -20 build/apt.log >&2
    die "apt-get install failed; the whole log is build/apt.log"
  fi
  disable_at_boot "$missing"
  say "  installed in $(minutes $(($(seconds_now) - started)))"
}
