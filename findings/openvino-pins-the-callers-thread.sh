#!/usr/bin/env bash
# onnxruntime-openvino 1.24.1 (PyPI; OpenVINO 2025.4.1 inside), Linux on x86-64: two sessions with one inference thread each,
# run by two threads of a program at the same time, as a server does that has a session a worker. OpenVINO runs the net in the
# thread that calls it and, while it does, pins that thread to one CPU: the same one for both, so the two share a core and
# the others idle. Neither the hint for latency nor the one for throughput changes it; ENABLE_CPU_PINNING=NO does. Expected: a
# library leaves its caller's affinity alone, or counts the sessions of a process when it deals out cores.
#
# Seen (CPUs that the system lets the two callers run on while they do):
#   cpu provider                         every CPU
#   openvino, as it is                   one CPU, the same for both
#   openvino, THROUGHPUT                 one CPU, the same for both
#   openvino, ENABLE_CPU_PINNING=NO      every CPU
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check onnxruntime-openvino==1.24.1 onnx==1.19.0
"$folder/env/bin/python" - <<'PYTHON' | tee "$folder/seen"
import json
import os
import threading
import time

import numpy
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

assert len(os.sched_getaffinity(0)) > 1, "one CPU alone shows nothing"
onnxruntime.set_default_logger_severity(3)
SIDE = 2048
value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [64, SIDE])
weights = numpy_helper.from_array(numpy.full((SIDE, SIDE), 1 / SIDE, numpy.float32), "weights")
names = ["x", "a", "b", "c", "y"]
nodes = [helper.make_node("MatMul", [names[n], "weights"], [names[n + 1]]) for n in range(4)]
graph = helper.make_graph(nodes, "products", [value("x")], [value("y")], [weights])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8).SerializeToString()
picture = {"x": numpy.ones((64, SIDE), numpy.float32)}


def tell(words, providers):
    sessions = [onnxruntime.InferenceSession(model, providers=providers) for _ in range(2)]
    for session in sessions:
        session.run(None, picture)
    ended, callers = threading.Event(), {}

    def call(session):
        callers[threading.get_native_id()] = set()
        while not ended.is_set():
            session.run(None, picture)

    threads = [threading.Thread(target=call, args=(session,)) for session in sessions]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 2
    while time.monotonic() < end or len(callers) < 2:
        for caller, seen in list(callers.items()):
            seen.add(frozenset(os.sched_getaffinity(caller)))
        time.sleep(0.005)
    ended.set()
    for thread in threads:
        thread.join()
    fewest = [min(seen, key=len) for seen in callers.values()]
    if all(cpus == os.sched_getaffinity(0) for cpus in fewest):
        what = "every CPU"
    else:
        what = f"{'one CPU' if all(len(cpus) == 1 for cpus in fewest) else 'some CPUs'}, "
        what += "the same for both" if fewest[0] == fewest[1] else "another for each"
    print(f"{words:36} {what}", flush=True)


def openvino(**more):
    config = json.dumps({"CPU": {"INFERENCE_NUM_THREADS": "1", **more}})
    return [("OpenVINOExecutionProvider", {"device_type": "CPU", "load_config": config})]


tell("cpu provider", ["CPUExecutionProvider"])
tell("openvino, as it is", openvino())
tell("openvino, THROUGHPUT", openvino(PERFORMANCE_HINT="THROUGHPUT"))
tell("openvino, ENABLE_CPU_PINNING=NO", openvino(ENABLE_CPU_PINNING="NO"))
PYTHON
diff "$folder/seen" - <<'SEEN'
cpu provider                         every CPU
openvino, as it is                   one CPU, the same for both
openvino, THROUGHPUT                 one CPU, the same for both
openvino, ENABLE_CPU_PINNING=NO      every CPU
SEEN
