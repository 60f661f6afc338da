"""Reads event files that `fpt export-curves` wrote with TensorBoard's own reader, and compares every scalar with the CSV of the
same study: each is there, at its step, as the nearest number of 32 bits, and nothing else is. Exit code 0 when all are.

    fpt export-curves modality --tensorboard runs --csv curves.csv
    python scripts/check_tensorboard.py runs curves.csv                     # pip install tensorboard
"""

import argparse
import collections
import csv
import math
import pathlib
import sys

import numpy
from tensorboard.backend.event_processing import event_accumulator

TAGS = {
    column: column.replace("_", "/")
    for column in ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "test_loss", "test_accuracy"]
}


def expected(path):
    """For each run, what each tag has at each step."""
    runs = collections.defaultdict(dict)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for column, tag in TAGS.items():
                if row[column] != "":
                    with numpy.errstate(over="ignore"):
                        runs[row["run"]][tag, int(row["step"])] = float(numpy.float32(row[column]))
    return runs


def found(folder):
    """The same of a run's folder, and the times of its steps."""
    reader = event_accumulator.EventAccumulator(str(folder), size_guidance={event_accumulator.SCALARS: 0})
    reader.Reload()
    scalars, times = {}, collections.defaultdict(set)
    for tag in reader.Tags()["scalars"]:
        for event in reader.Scalars(tag):
            assert (tag, event.step) not in scalars, f"{tag} has step {event.step} twice"
            scalars[tag, event.step] = event.value
            times[event.step].add(event.wall_time)
    return scalars, times


def same(one, other):
    return one == other or (math.isnan(one) and math.isnan(other))


def check(name, scalars, folder):
    read, times = found(folder)
    problems = [f"{name}: {tag} at {step} is not there" for tag, step in sorted(scalars.keys() - read.keys())]
    problems += [f"{name}: {tag} at {step} is not in the table" for tag, step in sorted(read.keys() - scalars.keys())]
    for key in sorted(scalars.keys() & read.keys()):
        if not same(scalars[key], read[key]):
            problems.append(f"{name}: {key[0]} at {key[1]} is {read[key]!r}, not {scalars[key]!r}")
    ordered = [time for _, here in sorted(times.items()) for time in sorted(here)]
    if ordered != sorted(ordered) or any(len(here) > 1 for here in times.values()):
        problems.append(f"{name}: steps and times do not rise together")
    return problems, bool(ordered) and ordered[-1] > 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("csv", type=pathlib.Path)
    asked = parser.parse_args()
    runs = expected(asked.csv)
    folders = {path.parent.relative_to(asked.dir).as_posix() for path in asked.dir.rglob("*tfevents*")}
    problems = [f"{name}: no event file" for name in sorted(runs.keys() - folders)]
    problems += [f"{name}: no line in the table" for name in sorted(folders - runs.keys())]
    dated = 0
    for name in sorted(runs.keys() & folders):
        wrong, has_times = check(name, runs[name], asked.dir / name)
        problems += wrong
        dated += has_times
    scalars = [value for run in runs.values() for value in run.values()]
    odd = sum(not math.isfinite(value) for value in scalars)
    print(f"{len(runs)} runs ({dated} with times), {len(scalars)} scalars ({odd} not finite): {len(problems)} differ")
    print("\n".join(problems[:20]), end="\n" if problems else "")
    sys.exit(bool(problems) or not runs)


if __name__ == "__main__":
    main()
