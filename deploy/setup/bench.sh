#!/usr/bin/env bash
# What `make bench` needs besides our own: the Python programs that ours are held against, in a virtual environment in
# <target>/bench-env, and oha, which makes load, in <target>/bench-tools. What is there stays; other versions replace it.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/setup/say.sh
source deploy/setup/say.sh

tools=${CARGO_TARGET_DIR:-target}/bench-tools
oha=1.16.0
if [ "$("$tools/bin/oha" --version 2>/dev/null)" = "oha $oha" ]; then
  say "oha is there"
else
  say "building oha $oha (minutes)"
  cargo install oha --version "$oha" --locked --quiet --root "$tools" \
    || stop "oha was not built: cargo's own words are above; \`make bench-setup\` tries again"
fi

requirements=tests/benches/peers/requirements.txt
environment=${CARGO_TARGET_DIR:-target}/bench-env
python=${AVZEUS_BENCH_PYTHON:-python3}

if cmp -s "$requirements" "$environment/requirements.txt"; then
  say "the benches' Python environment is there"
  exit
fi
command -v "$python" >/dev/null || stop "there is no $python: apt-get install python3-venv (macOS: brew install python@3.11)"
"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' \
  || stop "torch 2.2, which facenet-pytorch 2.6 wants, runs on Python 3.11 and 3.12, and $python is $("$python" --version): set AVZEUS_BENCH_PYTHON"
say "making the benches' Python environment (about 2 GB to fetch)"
rm -rf "$environment"
"$python" -m venv "$environment" || stop "there is no venv for $python: apt-get install python3-venv"
"$environment/bin/pip" install --no-input --disable-pip-version-check --no-cache-dir --no-deps --requirement "$requirements" \
  || stop "pip could not install the requirements: its own words are above; \`make bench-setup\` tries again"
"$environment/bin/python" -c 'import facenet_pytorch, onnxruntime, sklearn, threadpoolctl' \
  || stop "the requirements are installed and do not run here: Python's own words are above"
cp "$requirements" "$environment/requirements.txt"
say "the benches' Python environment is in $environment"
