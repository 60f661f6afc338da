"""How long commands take about a study of ten thousand finished jobs: `status`, a rerun that has nothing to do, `table` and `plan`.

    python scripts/bench_many.py target/release/fpt FOLDER            # FPT OTHER FOLDER: in turn with another program
    python scripts/bench_many.py target/release/fpt FOLDER --seeds 2  # 200 jobs

Trains the jobs in FOLDER (four steps each, at profile smoke; ten minutes on two cores), or goes on there. Then medians of so many rounds.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import time

STUDY = """question = "Ten thousand?"
[job]
backbone = "gpt2"
pretraining = "random"
protocol = "single-rate"
steps = 4
evaluate-every = 2
[axes]
task = ["bit-xor", "bit-memory"]
policy = ["fpt", "output", "output+layer-norm", "full", "output+input"]
learning-rate = [1e-4, 2e-4, 3e-4, 5e-4, 7e-4, 1e-3, 2e-3, 3e-3, 5e-3, 1e-2]
[table]
rows = "policy"
columns = "task"
[[claim]]
says = "fpt beats output on {task} at {learning-rate}"
each = ["task", "learning-rate"]
greater = ["fpt", "output"]
"""
COMMANDS = ["status", "study", "table", "plan"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fpt", nargs="+", help="the program, and others to compare it with")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, default=100, help="of 100 jobs each")
    parser.add_argument("--rounds", type=int, default=5, help="of each command, for its median")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "many.toml").write_text(STUDY)

    def run(fpt: str, command: str) -> float:
        words = [str(pathlib.Path(fpt).resolve()), command, "./many.toml", "--seeds", str(arguments.seeds), "--profile", "smoke", "--results", "r"]
        begin = time.monotonic()
        ended = subprocess.run(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env={**os.environ, "FPT_DATA": str(folder / "data")})
        if ended.returncode:
            raise SystemExit(f"{' '.join(words)} ended with {ended.returncode}:\n{ended.stderr[-2000:]}")
        return time.monotonic() - begin

    for fpt in arguments.fpt:
        print(f"{fpt}: {run(fpt, 'study'):.1f} s until all {100 * arguments.seeds} jobs are finished", flush=True)
    taken = {(fpt, command): [] for fpt in arguments.fpt for command in COMMANDS}
    for _ in range(arguments.rounds):
        for key in taken:
            taken[key].append(run(*key))
    for (fpt, command), seconds in taken.items():
        print(f"{fpt}: {command} {statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f})")


if __name__ == "__main__":
    main()
