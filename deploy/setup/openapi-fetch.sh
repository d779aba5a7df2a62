#!/usr/bin/env bash
# openapi-fetch, for the tests only: a client in JavaScript of the contract, in <target>/openapi-fetch. What is there
# stays; another version replaces it.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/setup/say.sh
source deploy/setup/say.sh
# shellcheck source=deploy/setup/packages.sh
source deploy/setup/packages.sh

wanted=openapi-fetch@0.17.0
folder=${CARGO_TARGET_DIR:-target}/openapi-fetch

if [ "$(cat "$folder/installed" 2>/dev/null)" = "$wanted" ]; then
  say "openapi-fetch is there"
  exit
fi
npm_packages "$folder" "$wanted"
echo "$wanted" >"$folder/installed"
