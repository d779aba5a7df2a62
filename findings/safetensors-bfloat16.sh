#!/usr/bin/env bash
# safetensors 0.8.0 with numpy 2.4.6 and ml_dtypes 0.6.0: safetensors.numpy.save takes an array of bfloat16, and
# safetensors.numpy.load of the very bytes raises KeyError('BF16'), also for the other arrays in the file. Expected: what
# the module writes it reads, or refuses to write.
#
# Seen:
#   saved   bfloat16, 4 bytes of numbers
#   loaded  KeyError('BF16')
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check safetensors==0.8.0 numpy==2.4.6 ml_dtypes==0.6.0
"$folder/env/bin/python" - <<'PYTHON' | tee "$folder/seen"
import json
import struct

import ml_dtypes
import numpy
from safetensors.numpy import load, save

half = numpy.array([1.5, 2.25], dtype=ml_dtypes.bfloat16)
whole = numpy.array([1.5, 2.25], dtype=numpy.float32)
written = save({"half": half, "whole": whole})
(length,) = struct.unpack("<Q", written[:8])
begin, end = json.loads(written[8 : 8 + length])["half"]["data_offsets"]
print(f"saved   {half.dtype}, {end - begin} bytes of numbers")
try:
    print("loaded ", sorted(load(written)))
except KeyError as error:
    print("loaded ", repr(error))
PYTHON
diff "$folder/seen" - <<'SEEN'
saved   bfloat16, 4 bytes of numbers
loaded  KeyError('BF16')
SEEN
