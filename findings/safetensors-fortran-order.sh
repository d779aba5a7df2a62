#!/usr/bin/env bash
# safetensors 0.8.0 with numpy 2.4.6: a matrix that numpy holds column by column (Fortran order), or a slice with steps,
# is saved with the numbers in the order in which they lie in memory and the shape of the matrix. It loads without a word,
# as another matrix. Expected: the same matrix, as numpy's own save, pyarrow and onnx write it.
#
# Seen:
#   saved   [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
#   loaded  [[0.0, 3.0, 1.0], [4.0, 2.0, 5.0]]
#   saved   [[0.0, 2.0], [4.0, 6.0], [8.0, 10.0]]
#   loaded  [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
#
# Who saves the transpose of a matrix, or what a linear-algebra routine gave back, loses which number belongs to whom;
# np.ascontiguousarray before saving keeps it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check safetensors==0.8.0 numpy==2.4.6
"$folder/env/bin/python" - <<'PYTHON' | tee "$folder/seen"
import numpy
from safetensors.numpy import load, save

rows = numpy.asfortranarray(numpy.arange(6, dtype=numpy.float32).reshape(2, 3))
steps = numpy.arange(12, dtype=numpy.float32).reshape(3, 4)[:, ::2]
for matrix in (rows, steps):
    print("saved  ", matrix.tolist())
    print("loaded ", load(save({"matrix": matrix}))["matrix"].tolist())
PYTHON
diff "$folder/seen" - <<'SEEN'
saved   [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
loaded  [[0.0, 3.0, 1.0], [4.0, 2.0, 5.0]]
saved   [[0.0, 2.0], [4.0, 6.0], [8.0, 10.0]]
loaded  [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
SEEN
