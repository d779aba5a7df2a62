#!/usr/bin/env bash
# fastparquet 2026.9.0 with pandas 3.1.1 and pyarrow 26.0.1: DataFrame.to_parquet(engine="fastparquet") writes a column of
# lists of numbers as JSON in text, marked as such; read by pyarrow, each list is a string. With engine="pyarrow", the same
# call writes lists. Expected: lists from both, since Parquet has them.
#
# Seen:
#   fastparquet  extension<arrow.json>         ['[0.5,0.25]', '[0.1,0.2]']
#   pyarrow      list<element: double>         [[0.5, 0.25], [0.1, 0.2]]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check \
  pandas==3.1.1 pyarrow==26.0.1 fastparquet==2026.9.0 numpy==2.4.6
cd "$folder"
env/bin/python - <<'PYTHON' | tee seen
import pandas
import pyarrow.parquet as parquet

frame = pandas.DataFrame({"cosines": [[0.5, 0.25], [0.1, 0.2]]})
for engine in ("fastparquet", "pyarrow"):
    frame.to_parquet("frame.parquet", engine=engine)
    column = parquet.read_table("frame.parquet").column("cosines")
    print(f"{engine:12} {str(column.type):29} {column.to_pylist()}")
PYTHON
diff seen - <<'SEEN'
fastparquet  extension<arrow.json>         ['[0.5,0.25]', '[0.1,0.2]']
pyarrow      list<element: double>         [[0.5, 0.25], [0.1, 0.2]]
SEEN
