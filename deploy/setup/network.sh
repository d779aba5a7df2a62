#!/usr/bin/env bash
# For scenarios in which the network is cut between hosts: ip of iproute2, and nft. Where they cannot be had, or nobody is
# root, those scenarios say that they are left out.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/setup/say.sh
source deploy/setup/say.sh
# shellcheck source=deploy/setup/packages.sh
source deploy/setup/packages.sh

# Debian keeps both where only root looks.
PATH=$PATH:/usr/local/sbin:/usr/sbin
if command -v ip >/dev/null && command -v nft >/dev/null; then
  say "iproute2 and nftables are there"
elif has_apt; then
  apt_packages iproute2 nftables || say "apt-get did not install iproute2 and nftables: scenarios that cut the network are left out"
else
  say "there is no apt-get for iproute2 and nftables: scenarios that cut the network are left out"
fi
