#!/usr/bin/env bash
# Chromium and chromedriver, for the tests only.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/setup/say.sh
source deploy/setup/say.sh
# shellcheck source=deploy/setup/packages.sh
source deploy/setup/packages.sh

is_ubuntu() { grep -qE '^ID(_LIKE)?=.*ubuntu' /etc/os-release; }

has_browser() {
  command -v chromedriver >/dev/null || return 1
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
    || [ -d "/Applications/Chromium.app" ] || [ -d "/Applications/Google Chrome.app" ]
}

if has_browser; then
  say "Chromium and chromedriver are there"
  exit
fi
mend="install Chromium and a chromedriver of the same version yourself"
if has_apt; then
  if is_ubuntu; then
    apt_packages chromium-browser chromium-chromedriver || stop "apt-get did not install Chromium: $mend"
  else
    apt_packages chromium chromium-driver || stop "apt-get did not install Chromium: $mend"
  fi
elif has_brew; then
  say "installing Chromium and chromedriver (brew)"
  brew install --cask chromium chromedriver || stop "brew did not install Chromium: $mend"
else
  stop "neither apt-get nor brew is here: $mend"
fi
has_browser || stop "Chromium or chromedriver is still not on the PATH: $mend"
