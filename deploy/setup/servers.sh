#!/usr/bin/env bash
# nats-server and redis-server, unless the environment names others to use.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/setup/say.sh
source deploy/setup/say.sh
# shellcheck source=deploy/setup/packages.sh
source deploy/setup/packages.sh

# Debian keeps nats-server where only root looks.
PATH=$PATH:/usr/local/sbin:/usr/sbin

# want SERVER URL_VARIABLE APT_PACKAGE BREW_PACKAGE
want() {
  local server=$1 variable=$2 apt=$3 brew=$4
  if [ -n "${!variable:-}" ]; then
    say "$server is not needed: $variable names one"
    return
  fi
  if command -v "$server" >/dev/null; then
    say "$server is there"
    return
  fi
  local mend="install $server yourself, or set $variable to the address of one"
  if has_apt; then
    apt_packages "$apt" || stop "apt-get did not install $apt: $mend"
  elif has_brew; then
    say "installing $brew (brew)"
    brew install "$brew" || stop "brew did not install $brew: $mend"
  else
    stop "neither apt-get nor brew is here: $mend"
  fi
  command -v "$server" >/dev/null || stop "$server is still not on the PATH: $mend"
}

want nats-server AVZEUS_NATS_URL nats-server nats-server
want redis-server AVZEUS_REDIS_URL redis-server redis
