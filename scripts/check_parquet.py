"""Reads every parquet file below folders of results as others do: whole, filtered by a text and by a number, sorted by both,
grouped by a text. Readers are pandas (with the pyarrow at hand), pyarrow's own data sets, and DuckDB and polars where they are
installed; all must agree. A line for each reader; exit code 0 when all can read all.

    python scripts/check_parquet.py results/tiny
    python scripts/check_parquet.py --versions 13,16,26 results/tiny        # each pyarrow in an environment of its own
    python scripts/check_parquet.py --as COPIES results/tiny                # and COPIES/STUDY/FILE says the same, cell by cell

    FPT_COPIES=/tmp/copies cargo test -p results first_version              # writes such copies

pyarrow 13 knows Python up to 3.11; `--versions` takes the first Python of PATH that has wheels of it.
"""

import argparse
import importlib.util
import pathlib
import shutil
import subprocess
import sys
import tempfile

# Of a time: pandas and numpy of before 2024 were built for each other.
OLD = {"13": ["pandas<2.2", "numpy<2"], "16": ["pandas<2.3", "numpy<2"]}
PYTHONS = ["python3.13", "python3.12", "python3.11", "python3.10", "python3.9"]


def with_pandas(path, text, word, number, middle):
    import pandas

    whole, views = pandas.read_parquet(path), {}
    if text:
        views["equal"] = pandas.read_parquet(path, filters=[(text, "==", word)])
        views["from"] = pandas.read_parquet(path, filters=[(text, ">=", word)])
        views["in"] = pandas.read_parquet(path, filters=[(text, "in", [word])])
        views["query"] = whole.query(f"`{text}` == @word")
        views["sorted by text"] = whole.sort_values(text, kind="stable")
        views["groups"] = whole.groupby(text).size()
    if number:
        views["above"] = pandas.read_parquet(path, filters=[(number, ">=", middle)])
        views["sorted by number"] = whole.sort_values(number, kind="stable")
    if text and number:
        views["means"] = whole.groupby(text)[number].mean()
    return whole, views


def with_arrow(path, text, word, number, middle):
    import pyarrow.compute
    import pyarrow.dataset
    import pyarrow.parquet

    field, data = pyarrow.compute.field, pyarrow.dataset.dataset(path)
    whole, views = pyarrow.parquet.read_table(path), {}
    if text:
        views["equal"] = data.to_table(filter=field(text) == word)
        views["from"] = data.to_table(filter=field(text) >= word)
        views["in"] = data.to_table(filter=field(text).isin([word]))
        views["sorted by text"] = whole.sort_by([(text, "ascending")])
        views["groups"] = whole.filter(field(text).is_valid()).group_by(text).aggregate([(text, "count")])
    if number:
        views["above"] = data.to_table(filter=field(number) >= middle)
        views["sorted by number"] = whole.sort_by([(number, "ascending")])
    if text and number:
        views["means"] = whole.filter(field(text).is_valid()).group_by(text).aggregate([(number, "mean")])
    return whole.to_pandas(), {name: view.to_pandas() for name, view in views.items()}


def with_polars(path, text, word, number, middle):
    import polars
    from polars import col

    lazy, views = polars.scan_parquet(path), {}
    if text:
        views["equal"] = lazy.filter(col(text) == word)
        views["from"] = lazy.filter(col(text) >= word)
        views["in"] = lazy.filter(col(text).is_in([word]))
        views["sorted by text"] = lazy.sort(text)
        views["groups"] = lazy.drop_nulls(text).group_by(text).len()
    if number:
        # polars takes NaN for the largest number, the others for none.
        views["above"] = lazy.filter((col(number) >= middle) & col(number).is_not_nan())
        views["sorted by number"] = lazy.sort(number)
    if text and number:
        views["means"] = lazy.drop_nulls(text).group_by(text).agg(col(number).mean())
    return polars.read_parquet(path).to_pandas(), {name: view.collect() for name, view in views.items()}


def with_duckdb(path, text, word, number, middle):
    import duckdb

    def ask(rest="", what="*"):
        return duckdb.sql(f"select {what} from '{path}' {rest}").df()

    views = {}
    if text:
        views["equal"] = ask(f"where \"{text}\" = '{word}'")
        views["from"] = ask(f"where \"{text}\" >= '{word}'")
        views["in"] = ask(f"where \"{text}\" in ('{word}')")
        views["sorted by text"] = ask(f'order by "{text}"')
        views["groups"] = ask(f'where "{text}" is not null group by "{text}"', f'"{text}", count(*)')
    if number:
        # DuckDB takes NaN for the largest number, too.
        views["above"] = ask(f'where "{number}" >= {middle!r} and not isnan("{number}")')
        views["sorted by number"] = ask(f'order by "{number}"')
    if text and number:
        views["means"] = ask(f'where "{text}" is not null group by "{text}"', f'"{text}", avg("{number}")')
    return ask(), views


READERS = {"pandas": with_pandas, "pyarrow": with_arrow, "polars": with_polars, "duckdb": with_duckdb}


def equal(expected, found):
    import pandas

    pandas.testing.assert_frame_equal(expected, found, check_exact=True, check_dtype=False)


def rows(whole, text, word, number, middle):
    """How many rows each view has, worked out in Python's own terms."""
    counts = {"sorted by text": len(whole), "sorted by number": len(whole)}
    if text:
        texts = [value for value in whole[text].tolist() if isinstance(value, str)]
        counts["equal"] = counts["in"] = counts["query"] = texts.count(word)
        counts["from"] = sum(value >= word for value in texts)
        counts["groups"] = counts["means"] = len(set(texts))
    if number:
        counts["above"] = sum(value >= middle for value in whole[number].tolist())
    return counts


def columns(whole):
    """A column of texts for each that the file has, with a number beside it."""
    texts = [name for name in whole if any(isinstance(value, str) for value in whole[name])]
    numbers = [name for name in whole if whole[name].dtype.kind == "f" and whole[name].notna().any()]
    return texts, numbers[0] if numbers else None


def check(reader, path, same):
    import pandas
    import pyarrow.parquet

    notes = pyarrow.parquet.read_metadata(path).metadata or {}
    assert notes.get(b"fpt.schema") == b"1", f"no schema version: {notes}"
    whole = pandas.read_parquet(path)
    texts, number = columns(whole)
    middle = float(whole[number].dropna().median()) if number else None
    for text in texts or [None]:
        words = sorted(value for value in whole[text] if isinstance(value, str)) if text else [None]
        asked = (text, words[len(words) // 2], number, middle)
        found, views = READERS[reader](str(path), *asked)
        equal(whole, found)
        expected = rows(whole, *asked)
        for view, table in views.items():
            assert len(table) == expected[view], f"{view}, {text}: {len(table)} rows, not {expected[view]}"
    if same is not None:
        equal(pandas.read_parquet(same), whole)


def version(reader):
    module = importlib.import_module("pyarrow" if reader == "pandas" else reader)
    of = f"{importlib.import_module('pandas').__version__}, pyarrow " if reader == "pandas" else ""
    return f"{reader} {of}{module.__version__}"


def here(folders, copies):
    failed = False
    for reader in READERS:
        if importlib.util.find_spec(reader) is None:
            print(f"{reader}: not installed")
            continue
        problems, files = [], 0
        for folder in folders:
            for path in sorted(folder.rglob("*.parquet")):
                same = copies / path.relative_to(folder) if copies else None
                files += 1
                try:
                    check(reader, path, same)
                except Exception as problem:  # whatever a reader says is what there is to know
                    problems.append(f"  {path}: {type(problem).__name__}: {str(problem).splitlines()[0]}")
        print(f"{version(reader)}: {files - len(problems)} of {files} files read, filtered and sorted")
        print("\n".join(problems), end="\n" if problems else "")
        failed |= bool(problems) or files == 0
    return failed


def elsewhere(pyarrow, arguments):
    """In an environment with this pyarrow."""
    with tempfile.TemporaryDirectory() as folder:
        for python in [sys.executable, *filter(None, map(shutil.which, PYTHONS))]:
            own = pathlib.Path(folder) / pathlib.Path(python).name
            pip = [own / "bin/pip", "install", "-q", "--only-binary", ":all:", f"pyarrow=={pyarrow}.*"]
            packages = OLD.get(pyarrow, ["pandas", "duckdb", "polars"])
            subprocess.run([python, "-m", "venv", "--clear", own], check=True)
            if subprocess.run([*pip, *packages], stderr=subprocess.DEVNULL).returncode == 0:
                return subprocess.run([own / "bin/python", __file__, *arguments]).returncode != 0
    print(f"pyarrow {pyarrow}: no Python here has wheels of it")
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--versions", help="of pyarrow, instead of the one that is installed: 13,16,26")
    parser.add_argument("--as", dest="copies", type=pathlib.Path, help="a folder with the same files by the same names")
    asked = parser.parse_args()
    if asked.versions:
        same = ["--as", asked.copies] if asked.copies else []
        failed = [elsewhere(version, [*same, *asked.folders]) for version in asked.versions.split(",")]
        sys.exit(any(failed))
    sys.exit(here(asked.folders, asked.copies))


if __name__ == "__main__":
    main()
