"""Writes the files of this folder anew: frames/write.py AVZEUS, with the packages that README.md names.

AVZEUS is the command that turns clicks.jsonl into the Parquet file that data frames then read.
"""

import pathlib
import subprocess
import sys
import tempfile

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent
ORDER = [2, 0, 3, 1]

scratch = tempfile.TemporaryDirectory()
BASE = pathlib.Path(scratch.name) / "clicks.parquet"
subprocess.run([sys.argv[1], "clicks", "export", BASE, "--clicks", HERE / "clicks.jsonl"], check=True)

# As each writes by default, its rows shuffled.
table = pq.read_table(BASE)
pq.write_table(table.take(ORDER), HERE / "pyarrow.parquet")
pd.read_parquet(BASE).iloc[ORDER].to_parquet(HERE / "pandas.parquet")
pl.read_parquet(BASE)[ORDER].write_parquet(HERE / "polars.parquet")
duckdb.sql(
    f"COPY (SELECT * FROM '{BASE}' ORDER BY sequence = 2, sequence DESC) TO '{HERE / 'duckdb.parquet'}'"
)


def replaced(table, name, column):
    return table.set_column(table.schema.get_field_index(name), name, column)


# Other types of the same values: large lists, doubles, narrow and signed whole numbers, decimals, halves, nanoseconds
# without a zone and microseconds of another one.
other = table
for name in ["state", "x", "mean", "log_variance", "slate_score", "slate_cosines", "arm_log_density"]:
    other = replaced(other, name, other[name].cast(pa.large_list(pa.float64())))
for name in ["recommendation", "alias", "catalogue_version"]:
    other = replaced(other, name, other[name].dictionary_encode())
other = replaced(other, "slate_alias", other["slate_alias"].cast(pa.large_list(pa.large_string())))
other = replaced(other, "ranking", other["ranking"].cast(pa.list_(pa.int8(), 5)))
other = replaced(other, "arm_version", other["arm_version"].cast(pa.list_(pa.float32())).cast(pa.list_(pa.float16())))
other = replaced(other, "sequence", other["sequence"].cast(pa.uint64()))
other = replaced(other, "rank", other["rank"].cast(pa.decimal128(20, 0)).cast(pa.decimal128(22, 2)))
other = replaced(other, "reward", pc.round(other["reward"].cast(pa.float64()), 1).cast(pa.decimal128(4, 1)))
other = replaced(other, "policy_version", other["policy_version"].cast(pa.int16()))
other = replaced(other, "clicked_at_ms", other["clicked_at_ms"].cast(pa.timestamp("ns")))
other = replaced(other, "made_at_ms", other["made_at_ms"].cast(pa.timestamp("us", "Asia/Tokyo")))
pq.write_table(other, HERE / "pyarrow_other_types.parquet", data_page_version="2.0", compression="zstd", version="2.6")

# A frame that once held gaps: whole numbers are floats; a reward of 16 bits; seconds.
gaps = pd.read_parquet(BASE).iloc[ORDER]
for name in ["sequence", "rank", "policy_version"]:
    gaps[name] = gaps[name].astype("float64")
gaps["reward"] = gaps["reward"].astype("float16")
gaps["clicked_at_ms"] = gaps["clicked_at_ms"].astype("datetime64[ns, UTC]")
gaps["made_at_ms"] = gaps["made_at_ms"].dt.tz_localize(None).astype("datetime64[ms]")
gaps.to_parquet(HERE / "pandas_gaps.parquet")

# DuckDB's own types, in pages of the second version.
duckdb.sql(
    f"""COPY (SELECT * REPLACE (sequence::UHUGEINT AS sequence, rank::DECIMAL(4, 1) AS rank, reward::DECIMAL(3, 2) AS reward,
    policy_version::UTINYINT AS policy_version, (clicked_at_ms AT TIME ZONE 'UTC')::TIMESTAMP_NS AS clicked_at_ms,
    (made_at_ms AT TIME ZONE 'UTC')::TIMESTAMP_MS AS made_at_ms, ranking::UTINYINT[5] AS ranking, x::DOUBLE[4] AS x)
    FROM '{BASE}' ORDER BY random()) TO '{HERE / "duckdb_other_types.parquet"}' (PARQUET_VERSION v2, COMPRESSION zstd)"""
)

# What is no file of clicks.
one = table.slice(0, 1)
pq.write_table(one.drop_columns(["reward", "x"]), HERE / "lacking.parquet")
pq.write_table(replaced(one, "rank", one["rank"].cast(pa.string())), HERE / "text_for_rank.parquet")
