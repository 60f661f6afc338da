"""How much faster two runners are on one results folder than one, and how much faster two could be on this machine at all.

    python scripts/check_runners.py target/release/fpt --rounds 7

Each round does in turn: one runner; two runners on one folder; two runners on two folders that have nothing to do with each other, half of
the jobs each, which is what the machine gives. All runners have one worker of one thread. The two on one folder have to come to the
files of the one alone, with every job trained once.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

from check_kills import outputs, tested

STUDY = """question = "How much faster are two runners?"
[job]
task = "bit-xor"
steps = 2000
evaluate-every = 500
[axes]
pretraining = ["random"]
learning-rate = [{rates}]
[table]
rows = "learning-rate"
columns = "pretraining"
"""
RATES = [f"{rate}e-3" for rate in range(1, 9)]
SEEDS = "2"


def folder(root: pathlib.Path, name: str, rates: list[str]) -> pathlib.Path:
    made = root / name
    made.mkdir()
    (made / "q.toml").write_text(STUDY.format(rates=", ".join(rates)))
    return made


def seconds(fpt: str, folders: list[pathlib.Path]) -> float:
    """The time until a runner in each of these folders, which may be the same, has ended."""
    command = [fpt, "study", "q.toml", "--profile", "smoke", "--seeds", SEEDS, "--workers", "1", "--threads", "1"]
    begin = time.monotonic()
    runners = [
        subprocess.Popen(command, cwd=here, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "FPT_DATA": str(here / "data")})
        for here in folders
    ]
    ended = [runner.wait() for runner in runners]
    if any(ended):
        raise SystemExit(f"a runner failed in {folders}")
    return time.monotonic() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fpt")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    fpt = str(pathlib.Path(arguments.fpt).resolve())
    together, apart = [], []
    for number in range(arguments.rounds):
        with tempfile.TemporaryDirectory() as root:
            root = pathlib.Path(root)
            one, two = folder(root, "one", RATES), folder(root, "two", RATES)
            halves = [folder(root, f"half-{part}", RATES[part::2]) for part in (0, 1)]
            alone = seconds(fpt, [one])
            together.append(alone / seconds(fpt, [two, two]))
            apart.append(alone / seconds(fpt, halves))
            if outputs(one) != outputs(two):
                raise SystemExit("two runners came to other files than one")
            jobs = list((two / "results/smoke/jobs").iterdir())
            if any(tested(job) != 1 for job in jobs):
                raise SystemExit("a job was trained twice")
            print(f"round {number + 1}: {len(jobs)} jobs, {alone:.1f} s alone, {together[-1]:.2f} x on one folder, {apart[-1]:.2f} x on two", flush=True)
    both = [statistics.median(which) for which in (together, apart)]
    print(f"median: {both[0]:.2f} x on one folder, {both[1]:.2f} x on two: {both[0] / both[1]:.0%} of what the machine gives")


if __name__ == "__main__":
    main()
