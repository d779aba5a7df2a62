#!/usr/bin/env bash
# TypeScript and openapi-typescript, for `make contract` and `make lint` only, in <target>/typescript. What is there
# stays; other versions replace it.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/setup/say.sh
source deploy/setup/say.sh
# shellcheck source=deploy/setup/packages.sh
source deploy/setup/packages.sh

wanted=(typescript@5.9.3 openapi-typescript@7.13.0)
folder=${CARGO_TARGET_DIR:-target}/typescript

if [ "$(cat "$folder/installed" 2>/dev/null)" = "${wanted[*]}" ]; then
  exit
fi
npm_packages "$folder" "${wanted[@]}"
echo "${wanted[*]}" >"$folder/installed"
