#!/usr/bin/env bash
# Whether the service of this container lives: the image holds no HTTP client, and bash speaks enough.
set -euo pipefail
exec 3<>/dev/tcp/127.0.0.1/"${AVZEUS_OPS_ADDR##*:}"
printf 'GET /healthz HTTP/1.0\r\n\r\n' >&3
read -r _ status _ <&3
[ "$status" = 200 ]
