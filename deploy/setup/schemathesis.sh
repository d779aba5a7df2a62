#!/usr/bin/env bash
# schemathesis, openapi-spec-validator and openapi-python-client, for the tests only: a Python environment in
# <target>/test-env. What is there stays; other requirements make it anew.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/setup/say.sh
source deploy/setup/say.sh

requirements=tests/tests/scenarios/visitors/openapi/requirements.txt
environment=${CARGO_TARGET_DIR:-target}/test-env
python=${AVZEUS_TEST_PYTHON:-python3}

if cmp -s "$requirements" "$environment/requirements.txt"; then
  say "schemathesis and what makes a client of the contract are there"
  exit
fi
command -v "$python" >/dev/null || stop "there is no $python: apt-get install python3-venv (macOS: brew install python)"
say "installing schemathesis, openapi-spec-validator and openapi-python-client"
rm -rf "$environment"
"$python" -m venv "$environment" || stop "there is no venv for $python: apt-get install python3-venv"
"$environment/bin/pip" install --no-input --disable-pip-version-check --no-cache-dir --no-deps --quiet \
  --requirement "$requirements" \
  || stop "pip could not install them: its own words are above; \`make setup-test\` tries again"
"$environment/bin/st" --version >/dev/null || stop "schemathesis is installed and does not run here"
cp "$requirements" "$environment/requirements.txt"
