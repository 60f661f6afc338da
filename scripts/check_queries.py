"""Runs every query of docs/data.md on the committed results: each must give rows.

    pip install pandas pyarrow polars duckdb
    python scripts/check_queries.py [--fpt target/release/fpt]

Exit code 0 when all do. A query that asks for `fpt` finds the program of --fpt.
"""

import argparse
import contextlib
import io
import os
import pathlib
import re
import sys
import tempfile
import traceback

HOME = pathlib.Path(__file__).resolve().parent.parent
PAGE = HOME / "docs" / "data.md"


def with_python(text: str) -> int:
    """Lines that it prints."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(text, "query", "exec"), {})
    return len(said.getvalue().splitlines())


def with_duckdb(text: str) -> int:
    import duckdb

    return len(duckdb.sql(text).fetchall())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fpt", default="target/release/fpt")
    program = pathlib.Path(parser.parse_args().fpt).resolve()
    blocks = re.findall(r"^```(python|sql)\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        # Where claims.parquet goes, and where `fpt` is found by its name.
        (pathlib.Path(folder) / "results").symlink_to(HOME / "results")
        (pathlib.Path(folder) / "experiments").symlink_to(HOME / "experiments")
        (pathlib.Path(folder) / "fpt").symlink_to(program)
        os.environ["PATH"] = folder + os.pathsep + os.environ["PATH"]
        os.chdir(folder)
        for number, (language, text) in enumerate(blocks, 1):
            try:
                rows = {"python": with_python, "sql": with_duckdb}[language](text)
            except Exception:
                rows, failed = 0, failed + 1
                traceback.print_exc()
            else:
                failed += rows == 0
            print(f"query {number}, {language}: {rows} rows")
        os.chdir(HOME)
    return 1 if failed or not blocks else 0


if __name__ == "__main__":
    sys.exit(main())
