# shellcheck shell=bash
# Sourced by the other scripts: system packages, from apt-get or brew, and packages of npm.

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    stop "this needs root and there is no sudo; as root: $*"
  fi
}

apt_update() {
  say "reading the package lists (apt-get update)"
  as_root apt-get update
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# Whether the package lists that are here name every one of these packages.
apt_knows() {
  local package policy
  for package in "$@"; do
    # Not piped into grep -q: it would hang up on apt-cache, and pipefail would call that a failure.
    policy=$(LC_ALL=C apt-cache policy "$package" 2>/dev/null)
    [[ $policy == *'Candidate: '[0-9]* ]] || return 1
  done
}

# apt_packages PACKAGE...: lists are read again only when they lack a package or name files that are gone.
apt_packages() {
  apt_knows "$@" || apt_update
  apt_knows "$@" || return 1
  say "installing $* (apt-get)"
  apt_install "$@" || { apt_update && apt_install "$@"; }
}

# unpack_program PACKAGE PATH FILE: of a Debian package one program alone is unpacked to FILE: nothing is installed and
# no server of the package is started.
unpack_program() {
  local package=$1 path=$2 file=$3 part
  part=$(mktemp -d)
  # apt fetches as a user of its own, who may write here.
  chmod 777 "$part"
  apt_knows "$package" || apt_update
  if (cd "$part" && { apt-get download -qq "$package" || { apt_update && apt-get download -qq "$package"; }; }) \
    && dpkg-deb --fsys-tarfile "$part/$package"_*.deb | tar -x -C "$part" ".$path"; then
    mkdir -p "$(dirname "$file")"
    mv "$part$path" "$file"
  fi
  rm -rf "$part"
  [ -x "$file" ]
}

has_apt() { command -v apt-get >/dev/null; }

has_brew() { command -v brew >/dev/null; }

need_npm() {
  local mend="install npm yourself"
  if command -v npm >/dev/null; then
    return
  elif has_apt; then
    apt_packages npm || stop "apt-get did not install npm: $mend"
  elif has_brew; then
    say "installing node (brew)"
    brew install node || stop "brew did not install node: $mend"
  else
    stop "neither apt-get nor brew is here: $mend"
  fi
}

# npm_packages FOLDER PACKAGE...: these and nothing else in FOLDER; no script of theirs is run.
npm_packages() {
  local folder=$1
  shift
  need_npm
  say "fetching $*"
  rm -rf "$folder"
  mkdir -p "$folder"
  npm install --prefix "$folder" --no-save --no-package-lock --ignore-scripts --no-audit --no-fund --silent "$@" \
    || stop "npm could not fetch $*: the same command tries again"
}
