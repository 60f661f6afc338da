"""Reads parquet files of results with pandas, and with polars and DuckDB where they are installed: filters and sorts by
texts, and, with a second folder, the same columns and cells as in its files. Exit code 0 when all agree.

    pip install pandas pyarrow polars duckdb
    FPT_COPIES=/tmp/copies cargo test -p results first_version
    python scripts/check_parquet.py /tmp/copies results/tiny

Files of the first version were written by another library: their texts are views, which pyarrow 13 does not read and
pyarrow 26 does not filter. Those written now are for both.
"""

import importlib.util
import pathlib
import sys

import pandas
import pyarrow.parquet


def with_pandas(path, job):
    return pandas.read_parquet(path), pandas.read_parquet(path, filters=[("job", ">=", job)])


def with_polars(path, job):
    import polars

    whole = polars.scan_parquet(path)
    return whole.collect().to_pandas(), whole.filter(polars.col("job") >= job).collect().to_pandas()


def with_duckdb(path, job):
    import duckdb

    whole = f"select * from '{path}'"
    return duckdb.sql(whole).df(), duckdb.sql(f"{whole} where job >= '{job}'").df()


READERS = {"pandas": with_pandas, "polars": with_polars, "duckdb": with_duckdb}


def equal(expected, found):
    pandas.testing.assert_frame_equal(expected, found, check_exact=True, check_dtype=False)


def main() -> None:
    folder, *others = map(pathlib.Path, sys.argv[1:])
    readers = [read for name, read in READERS.items() if importlib.util.find_spec(name)]
    for path in sorted(folder.rglob("*.parquet")):
        notes = pyarrow.parquet.read_metadata(path).metadata
        assert notes == {b"fpt.schema": b"1"}, notes
        whole = pandas.read_parquet(path)
        half = whole["job"].sort_values().iloc[len(whole) // 2]
        for read in readers:
            found, later = read(path, half)
            equal(whole, found)
            equal(whole[whole["job"] >= half].reset_index(drop=True), later)
        for other in others:
            equal(pandas.read_parquet(other / path.relative_to(folder)), whole)
        print(f"{path}: {len(whole)} rows, {len(readers)} readers")


if __name__ == "__main__":
    main()
