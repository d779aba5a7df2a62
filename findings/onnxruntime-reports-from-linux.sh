#!/usr/bin/env bash
# onnxruntime 1.32.0 (PyPI, the CPU wheel for Linux): a program that runs one model, and says nothing else to the library,
# leaves an id of the machine and a database of events to report in the home folder. disable_telemetry_events(), which the
# library offers for this, comes too late: both were written when it was imported. Only ORT_DISABLE_TELEMETRY=1, set before
# that, keeps them away. Up to 1.28.0 nothing is written on Linux. Expected: what a library has on Windows alone for years
# stays off elsewhere until it is asked for, or the function that turns it off does so.
#
# Seen:
#   1.28.0  as it is                          no file
#   1.32.0  as it is                          deviceid onnxruntime.db
#   1.32.0  disable_telemetry_events() first  deviceid onnxruntime.db
#   1.32.0  ORT_DISABLE_TELEMETRY=1           no file
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/run.py" <<'PYTHON'
import sys

import numpy
import onnxruntime
from onnx import TensorProto, helper

if "first" in sys.argv:
    onnxruntime.disable_telemetry_events()
value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1])
graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "one", [value("x")], [value("y")])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
assert session.run(None, {"x": numpy.ones(1, numpy.float32)})[0][0] == 1
PYTHON

# tell VERSION WORDS [SETTING=VALUE...] -- [ARGUMENT...]
tell() {
  local version=$1 words=$2 home=$folder/home settings=()
  shift 2
  while [ "$1" != -- ]; do settings+=("$1"); shift; done
  shift
  rm -rf "$home"
  mkdir "$home"
  env -u ORT_DISABLE_TELEMETRY -u XDG_CACHE_HOME HOME="$home" "${settings[@]}" "$folder/$version/bin/python" "$folder/run.py" "$@"
  printf '%s  %-32s  %s\n' "$version" "$words" "$(find "$home" -type f -printf '%f\n' | sort | paste -sd ' ' | sed 's/^$/no file/')"
}

for version in 1.28.0 1.32.0; do
  python3 -m venv "$folder/$version"
  "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "onnxruntime==$version" onnx==1.19.0
done
{
  tell 1.28.0 "as it is" --
  tell 1.32.0 "as it is" --
  tell 1.32.0 "disable_telemetry_events() first" -- first
  tell 1.32.0 "ORT_DISABLE_TELEMETRY=1" ORT_DISABLE_TELEMETRY=1 --
} | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
1.28.0  as it is                          no file
1.32.0  as it is                          deviceid onnxruntime.db
1.32.0  disable_telemetry_events() first  deviceid onnxruntime.db
1.32.0  ORT_DISABLE_TELEMETRY=1           no file
SEEN
