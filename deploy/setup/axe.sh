#!/usr/bin/env bash
# axe-core, for the tests only: the script that looks for what keeps people out of a page, in <target>/axe. What is
# there stays; another version replaces it.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/setup/say.sh
source deploy/setup/say.sh
# shellcheck source=deploy/setup/packages.sh
source deploy/setup/packages.sh

version=4.14.1
sha256=29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c
folder=${CARGO_TARGET_DIR:-target}/axe
script=$folder/node_modules/axe-core/axe.min.js

is_ours() {
  [ -f "$script" ] || return 1
  node -e 'const sum = require("crypto").createHash("sha256").update(require("fs").readFileSync(process.argv[1]));
    process.exit(sum.digest("hex") === process.argv[2] ? 0 : 1)' "$script" "$sha256"
}

if command -v node >/dev/null && is_ours; then
  say "axe-core is there"
  exit
fi
npm_packages "$folder" "axe-core@$version"
is_ours || stop "axe-core $version is not the one that is known here"
