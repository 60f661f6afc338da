"""Writes the files that crates/data reads proteins from, for its tests: synthetic proteins in TAPE's two formats, and
small databases of LMDB with every kind of page. Nothing in them is TAPE's data.

    pip install lmdb numpy
    python scripts/golden_tape.py crates/data/tests/fixtures/tape
"""

import gzip
import json
import pathlib
import pickle
import random
import sys
import tempfile

import lmdb
import numpy

LETTERS = "ACDEFGHIKLMNPQRSTVWYXBZUO"
SPLITS = {"train": 40, "valid": 11, "test_fold_holdout": 7, "test_superfamily_holdout": 8, "test_family_holdout": 9}


def protein(number: int, draw: random.Random) -> dict:
    """A record with TAPE's fields; its arrays take more than a page, so that LMDB puts them in overflow pages."""
    length = draw.choice([1, 5, 60, 200])
    return {
        "primary": "".join(draw.choices(LETTERS, k=length)),
        "protein_length": length,
        "fold_label": 1194 if number == 0 else draw.randrange(20),
        "class_label": 0,
        "superfamily_label": 1,
        "family_label": 2,
        "id": f"d{number}".encode(),
        "evolutionary": numpy.zeros((length, 21), dtype=numpy.float32),
        "secondary_structure": numpy.ones(length, dtype=numpy.int64),
    }


def plain(value):
    if isinstance(value, bytes):
        return value.decode()
    return value.tolist() if isinstance(value, numpy.ndarray) else value


def write(path: pathlib.Path, data: bytes) -> None:
    with open(path, "wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
        packed.write(data)


def database(path: pathlib.Path, entries: dict[bytes, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with lmdb.open(folder, map_size=1 << 26) as env, env.begin(write=True) as transaction:
            for key, value in entries.items():
                transaction.put(key, value)
        write(path, (pathlib.Path(folder) / "data.mdb").read_bytes())


def main() -> None:
    root = pathlib.Path(sys.argv[1])
    root.mkdir(parents=True, exist_ok=True)
    draw = random.Random(1)
    for split, count in SPLITS.items():
        records = [protein(number, draw) for number in range(count)]
        # Every protocol that Python 3 has written by default, and the last one of Python 2.
        entries = {str(i).encode(): pickle.dumps(record, 2 + i % 4) for i, record in enumerate(records)}
        entries[b"num_examples"] = pickle.dumps(count, 3)
        database(root / f"remote_homology_{split}.lmdb.gz", entries)
        text = json.dumps([{key: plain(value) for key, value in record.items()} for record in records])
        write(root / f"remote_homology_{split}.json.gz", text.encode())
    # Long keys: few fit on a page, so that 120 entries already make three levels.
    database(root / "deep.mdb.gz", {f"{i:03}{'k' * 440}".encode(): bytes([i]) * (40 * i) for i in range(120)})
    small = {str(i).encode(): bytes(300 * i) for i in range(20)}
    database(root / "small.mdb.gz", small | {b"num_examples": pickle.dumps(20)})
    database(root / "empty.mdb.gz", {})


if __name__ == "__main__":
    main()
