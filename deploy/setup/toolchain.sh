#!/usr/bin/env bash
# Rust as new as Cargo.toml wants it, and a C compiler that links.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/setup/say.sh
source deploy/setup/say.sh
# shellcheck source=deploy/setup/packages.sh
source deploy/setup/packages.sh

links() {
  local program
  program=$(mktemp)
  echo 'int main(void) { return 0; }' | cc -x c -o "$program" - 2>/dev/null || { rm -f "$program"; return 1; }
  rm -f "$program"
}

wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
command -v cargo >/dev/null || stop "there is no Rust here: https://rustup.rs installs it ($wanted or newer is needed)"
have=$(rustc --version | awk '{ print $2 }')
oldest=$(printf '%s\n%s\n' "$wanted" "$have" | sort -V | sed -n 1p)
[ "$oldest" = "$wanted" ] || stop "Rust $have is too old, $wanted is needed: rustup update stable"

if ! links; then
  has_apt || stop "there is no working C compiler (cc); on macOS: xcode-select --install"
  apt_packages gcc libc6-dev || stop "gcc could not be installed; as root: apt-get install gcc libc6-dev"
  links || stop "cc still cannot link a program: try cc on a file of your own"
fi
say "Rust $have and a C compiler are there"
