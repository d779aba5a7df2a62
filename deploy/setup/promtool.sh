#!/usr/bin/env bash
# promtool, for the tests only: what reads and tries the alerts. Debian's package `prometheus` has it; it alone is
# unpacked, in <target>/promtool. One that is on the PATH stays.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/setup/say.sh
source deploy/setup/say.sh
# shellcheck source=deploy/setup/packages.sh
source deploy/setup/packages.sh

program=${CARGO_TARGET_DIR:-target}/promtool/promtool

if command -v promtool >/dev/null || [ -x "$program" ]; then
  say "promtool is there"
  exit
fi
mend="install promtool, which comes with Prometheus, yourself"
if has_apt; then
  say "unpacking promtool of the package prometheus (20 MB)"
  unpack_program prometheus /usr/bin/promtool "$program" || stop "promtool could not be unpacked: $mend"
elif has_brew; then
  say "installing prometheus (brew)"
  brew install prometheus || stop "brew did not install prometheus: $mend"
else
  stop "neither apt-get nor brew is here: $mend"
fi
