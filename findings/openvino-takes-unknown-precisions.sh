#!/usr/bin/env bash
# onnxruntime-openvino 1.24.1 (PyPI; OpenVINO 2025.4.1 inside), Linux on x86-64: the precision that a net should multiply in is
# asked for by load_config, {"CPU": {"INFERENCE_PRECISION_HINT": "bf16"}}. A word that OpenVINO knows and its CPU plugin cannot
# do (u8) ends the session with the list of what can be had: bf16, f16, f32, undefined. A word that OpenVINO does not know at
# all is taken without a word, and the net runs in f32. So bfloat16, PyTorch's and NumPy's name of it, or a slip of the finger,
# is never noticed but by the speed. Expected: whatever is not on that list is refused.
#
# Seen (largest difference to the answer with f32, on a processor that multiplies in bf16):
#   f32        0.0
#   bf16       more than 0.0
#   u8         refused
#   bfloat16   0.0
#   half       0.0
#   int8       0.0
#   fp23       0.0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check onnxruntime-openvino==1.24.1 onnx==1.19.0
"$folder/env/bin/python" - <<'PYTHON' | tee "$folder/seen"
import json

import numpy
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

SIDE = 256
random = numpy.random.default_rng(0)
weights = numpy_helper.from_array(random.standard_normal((SIDE, SIDE), numpy.float32), "weights")
value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [64, SIDE])
node = helper.make_node("MatMul", ["x", "weights"], ["y"])
graph = helper.make_graph([node], "product", [value("x")], [value("y")], [weights])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8).SerializeToString()
picture = {"x": random.standard_normal((64, SIDE), numpy.float32)}
options = onnxruntime.SessionOptions()
options.log_severity_level = 4


def answer(precision):
    config = json.dumps({"CPU": {"INFERENCE_PRECISION_HINT": precision}})
    provider = ("OpenVINOExecutionProvider", {"device_type": "CPU", "load_config": config})
    session = onnxruntime.InferenceSession(model, options, providers=[provider])
    assert session.get_providers()[0] == "OpenVINOExecutionProvider"
    return session.run(None, picture)[0]


expected = answer("f32")
for precision in ["f32", "bf16", "u8", "bfloat16", "half", "int8", "fp23"]:
    try:
        print(f"{precision:10} {numpy.abs(answer(precision) - expected).max()}")
    except Exception as error:
        assert "Supported values: bf16, f16, f32, undefined" in str(error), error
        print(f"{precision:10} refused")
PYTHON
# What bf16 does depends on the processor.
diff <(grep -v '^bf16 ' "$folder/seen") - <<'SEEN'
f32        0.0
u8         refused
bfloat16   0.0
half       0.0
int8       0.0
fp23       0.0
SEEN
echo 'as seen: precisions that nobody knows are taken, and the net runs in f32'
