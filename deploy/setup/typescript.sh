#!/usr/bin/env bash
# TypeScript and openapi-typescript, for `make contract` and `make lint` only, in <target>/typescript. What is there
# stays; other versions replace it.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/setup/say.sh
source deploy/setup/say.sh

wanted='typescript@5.9.3 openapi-typescript@7.13.0'
folder=${CARGO_TARGET_DIR:-target}/typescript

if [ "$(cat "$folder/installed" 2>/dev/null)" = "$wanted" ]; then
  exit
fi
command -v npm >/dev/null || stop "there is no npm: apt-get install npm (macOS: brew install node)"
say "fetching $wanted"
rm -rf "$folder"
mkdir -p "$folder"
# shellcheck disable=SC2086 # two packages
npm install --prefix "$folder" --no-save --no-package-lock --ignore-scripts --no-audit --no-fund --silent $wanted \
  || stop "npm could not fetch them: the same command tries again"
echo "$wanted" >"$folder/installed"
