# shellcheck shell=bash
# Sourced by the other scripts: how setup speaks.

say() { printf 'setup: %s\n' "$*"; }

stop() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}
