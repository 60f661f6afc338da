"""Writes tiny data sets in every layout that MNIST and CIFAR-10 are published in, for
crates/data/src/images/tests: images by a formula, a handful a file.

    pip install numpy pillow pyarrow
    python scripts/golden_images.py crates/data/tests/fixtures/images

`--pickles` writes only what differs between versions of numpy, batches as people save them again; it was run
with numpy 1.26 and 2.3.
"""

import gzip
import io
import json
import pathlib
import pickle
import struct
import sys
import tarfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

BATCH = 2  # images in each of CIFAR-10's six batches


def image(index: int, side: int, channels: int) -> np.ndarray:
    """Image `index` [side, side, channels]; the tests know the same formula."""
    row, column, channel = np.indices((side, side, channels))
    return ((7 * index + 3 * row + 5 * (column // 2) + 11 * channel) % 256).astype(np.uint8)


def label(index: int) -> int:
    return 3 * index % 10


def planes(index: int) -> bytes:
    return image(index, 32, 3).transpose(2, 0, 1).tobytes()


def parquet(path: pathlib.Path, indices: range, side: int, channels: int, column: str) -> None:
    """Rows as the hub stores them."""
    rows = []
    for index in indices:
        file = io.BytesIO()
        Image.fromarray(image(index, side, channels).squeeze()).save(file, "PNG")
        rows.append({"bytes": file.getvalue(), "path": None})
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    table = pa.table({column: pa.array(rows, kind), "label": pa.array([label(i) for i in indices], pa.int64())})
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="snappy")


class Python2(pickle._Pickler):
    """Writes text and bytes alike as python 2's strings, as the files of 2009 have them."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_bytes(self, value):
        if isinstance(value, str):
            value = value.encode()
        short = len(value) < 256
        self.write(b"U" + bytes([len(value)]) if short else b"T" + struct.pack("<i", len(value)))
        self.write(value)
        self.memoize(value)

    dispatch[bytes] = save_bytes
    dispatch[str] = save_bytes


def batch(number: int) -> dict:
    indices = range(BATCH * number, BATCH * (number + 1))
    data = np.frombuffer(b"".join(planes(index) for index in indices), np.uint8).reshape(BATCH, 3072)
    return {
        "batch_label": f"batch {number + 1} of 6",
        "labels": [label(index) for index in indices],
        "data": data.copy(),
        "filenames": [f"thing_s_{index:06}.png" for index in indices],
    }


def python2(value) -> bytes:
    file = io.BytesIO()
    Python2(file, 2).dump(value)
    return file.getvalue()


def again() -> dict[str, bytes]:
    """The first batch in every way that a newer python with this numpy may have saved it."""
    labels = batch(0)["labels"]
    shapes = {
        "list": labels,
        "tuple": tuple(labels),
        "numbers": [np.int64(number) for number in labels],
        "int64": np.array(labels),
        "uint8": np.array(labels, np.uint8),
        "big": np.array(labels, ">i4"),
    }
    files = {}
    for protocol in range(2, 6):
        for shape, values in shapes.items():
            for keys in ("text", "bytes"):
                whole = {**batch(0), "labels": values}
                if shape == "uint8":
                    whole["data"] = whole["data"].reshape(BATCH, 3, 32, 32)
                if keys == "bytes":
                    whole = {key.encode(): value for key, value in whole.items()}
                files[f"protocol-{protocol}-{shape}-{keys}"] = pickle.dumps(whole, protocol)
    return files


def archive(path: pathlib.Path, folder: str, files: dict[str, bytes]) -> None:
    """In another order than they are read, with a file that is none of them."""
    with path.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as packed:
        with tarfile.open(fileobj=packed, mode="w") as out:
            for name, content in {"readme.html": b"about", **dict(reversed(files.items()))}.items():
                about = tarfile.TarInfo(f"{folder}/{name}")
                about.size = len(content)
                out.addfile(about, io.BytesIO(content))


def main() -> None:
    root = pathlib.Path(sys.argv[1])
    root.mkdir(parents=True, exist_ok=True)
    numpy = np.__version__.split(".")[0]
    archive(root / f"cifar10/pickles-numpy-{numpy}.tar.gz", "again", again())
    if "--pickles" in sys.argv:
        return
    names = [f"data_batch_{number}" for number in range(1, 6)] + ["test_batch"]
    train, test = range(5 * BATCH), range(5 * BATCH, 6 * BATCH)

    parquet(root / "mnist/train-00000-of-00001.parquet", range(4), 28, 1, "image")
    parquet(root / "mnist/test-00000-of-00001.parquet", range(4, 6), 28, 1, "image")
    parquet(root / "cifar10/train-00000-of-00001.parquet", train, 32, 3, "img")
    parquet(root / "cifar10/test-00000-of-00001.parquet", test, 32, 3, "img")

    pickles = {name: python2(batch(number)) for number, name in enumerate(names)}
    archive(root / "cifar10/cifar-10-python.tar.gz", "cifar-10-batches-py", pickles)
    records = {
        f"{name}.bin": b"".join(
            bytes([label(index)]) + planes(index) for index in range(BATCH * number, BATCH * (number + 1))
        )
        for number, name in enumerate(names)
    }
    archive(root / "cifar10/cifar-10-binary.tar.gz", "cifar-10-batches-bin", records)
    # A batch that python 3 wrote.
    modern = pickle.dumps(batch(0), protocol=4)
    (root / "cifar10/protocol-4.gz").write_bytes(gzip.compress(modern, mtime=0))

    for number, name in enumerate(names):
        rows = [image(index, 32, 3).reshape(1, 1024, 3) for index in range(BATCH * number, BATCH * (number + 1))]
        Image.fromarray(np.concatenate(rows)).save(root / f"cifar10/{name}.png")
    (root / "cifar10/train_lables.json").write_text(json.dumps([label(index) for index in train]))
    (root / "cifar10/test_lables.json").write_text(json.dumps([label(index) for index in test]))


if __name__ == "__main__":
    main()
