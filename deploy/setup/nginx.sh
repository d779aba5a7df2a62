#!/usr/bin/env bash
# nginx, for the tests only: a proxy in front of the console. Debian's package `nginx` has it; the program alone is
# unpacked, in <target>/nginx. One that is on the PATH stays.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/setup/say.sh
source deploy/setup/say.sh
# shellcheck source=deploy/setup/packages.sh
source deploy/setup/packages.sh

# Debian keeps nginx where only root looks.
PATH=$PATH:/usr/local/sbin:/usr/sbin
program=${CARGO_TARGET_DIR:-target}/nginx/nginx

if command -v nginx >/dev/null || [ -x "$program" ]; then
  say "nginx is there"
  exit
fi
mend="install nginx yourself"
if has_apt; then
  say "unpacking nginx of the package nginx"
  # Older Ubuntus have the program in a package of its own.
  unpack_program nginx /usr/sbin/nginx "$program" || unpack_program nginx-core /usr/sbin/nginx "$program" \
    || stop "nginx could not be unpacked: $mend"
  "$program" -v 2>/dev/null || stop "nginx is unpacked and does not run here, for want of a library it seems: $mend"
elif has_brew; then
  say "installing nginx (brew)"
  brew install nginx || stop "brew did not install nginx: $mend"
else
  stop "neither apt-get nor brew is here: $mend"
fi
