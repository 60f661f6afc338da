"""Two runs of one study, cell by cell: does the second lie within the seed noise of the first, and how long did each take?

    pip install pyarrow
    python scripts/compare_runs.py OLD NEW

OLD and NEW are folders with runs.parquet and provenance.parquet, such as results/tiny/modality of two commits. Accuracies
in percent, mean over seeds; noise is the standard deviation over OLD's seeds; `greatest` is the greatest difference between
two points of the curves (validation accuracy) of one seed. Times are seconds of a job, mean over seeds.
"""

import pathlib
import statistics
import sys
from collections import defaultdict

import pyarrow.parquet as pq


def cells(folder: pathlib.Path) -> tuple[dict, dict, float]:
    """Rows of runs by cell and seed, curves by cell and seed, seconds of all jobs."""
    rows = pq.read_table(folder / "runs.parquet").to_pylist()
    times = {row["job"]: row["wall_seconds"] for row in pq.read_table(folder / "provenance.parquet").to_pylist()}
    axes = [name for name in rows[0] if name.startswith("axis_")]
    runs, place = defaultdict(dict), {}
    for row in rows:
        cell = tuple(row[axis] for axis in axes)
        runs[cell][row["seed"]] = row | {"seconds": times.get(row["job"])}
        place[row["job"]] = (cell, row["seed"])
    curves = defaultdict(dict)
    for point in pq.read_table(folder / "curves.parquet").to_pylist():
        if point["job"] in place:
            curves[place[point["job"]]][point["step"]] = 100 * point["validation_accuracy"]
    return runs, curves, sum(times.values())


def main() -> None:
    old, new = (cells(pathlib.Path(folder)) for folder in sys.argv[1:3])
    print("| cell | old | new | noise | greatest | seconds, old | new |")
    print("|:--|--:|--:|--:|--:|--:|--:|")
    for cell, runs in old[0].items():
        others = new[0].get(cell)
        if not others:
            continue
        before = [100 * run["test_accuracy"] for run in runs.values()]
        after = [100 * run["test_accuracy"] for run in others.values()]
        noise = statistics.stdev(before) if len(before) > 1 else float("nan")
        pairs = [(old[1][cell, seed], new[1][cell, seed]) for seed in runs if seed in others]
        gaps = [abs(a[step] - b[step]) for a, b in pairs for step in a if step in b]
        seconds = [statistics.mean(run["seconds"] for run in side.values()) for side in (runs, others)]
        print(
            f"| {' / '.join(cell)} | {statistics.mean(before):.1f} | {statistics.mean(after):.1f} | {noise:.1f} | "
            f"{max(gaps):.1f} | {seconds[0]:.0f} | {seconds[1]:.0f} |"
        )
    print(f"\ncore-minutes of all jobs: {old[2] / 60:.0f} before, {new[2] / 60:.0f} after")


if __name__ == "__main__":
    main()
