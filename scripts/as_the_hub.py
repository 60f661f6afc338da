"""Writes the MNIST and CIFAR-10 of a data folder as the parquet files that the hub has, and compares what the
tasks then read with what is published.

    pip install numpy pillow pyarrow
    python scripts/as_the_hub.py ~/.cache/fpt OUT
    FPT_DATA=OUT cargo test -p tasks --test real_data published
"""

import io
import pathlib
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image


def mnist(folder: pathlib.Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    images = np.fromfile(folder / f"{part}-images-idx3-ubyte", np.uint8)[16:].reshape(-1, 28, 28)
    return images, np.fromfile(folder / f"{part}-labels-idx1-ubyte", np.uint8)[8:]


def cifar10(folder: pathlib.Path, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    records = np.concatenate([np.fromfile(folder / f"{name}.bin", np.uint8).reshape(-1, 3073) for name in names])
    return records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), records[:, 0]


def write(path: pathlib.Path, column: str, images: np.ndarray, labels: np.ndarray) -> None:
    rows = []
    for image in images:
        file = io.BytesIO()
        Image.fromarray(image).save(file, "PNG")
        rows.append({"bytes": file.getvalue(), "path": None})
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    table = pa.table({column: pa.array(rows, kind), "label": pa.array(labels.astype(np.int64))})
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="snappy")


def main() -> None:
    data, out = (pathlib.Path(path).expanduser() for path in sys.argv[1:])
    for split, part in (("train", "train"), ("test", "t10k")):
        write(out / f"mnist/{split}-00000-of-00001.parquet", "image", *mnist(data / "mnist", part))
    batches = {"train": [f"data_batch_{number}" for number in range(1, 6)], "test": ["test_batch"]}
    for split, names in batches.items():
        path = out / f"cifar10/plain_text/{split}-00000-of-00001.parquet"
        write(path, "img", *cifar10(data / "cifar10", names))


if __name__ == "__main__":
    main()
