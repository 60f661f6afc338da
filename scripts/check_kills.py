"""Kills runners and workers at random, on one runner and on three, until so many kills have hit a job at work; then nothing may be lost,
done twice or different.

    python scripts/check_kills.py target/release/fpt --kills 200

Linux. A kill has hit where a process died that held a job which is not finished. Studies are run over and over in folders of their own; each
has to come to the files of one that nobody disturbed, with every job finished once.
"""

import argparse
import hashlib
import json
import os
import pathlib
import random
import signal
import subprocess
import tempfile
import time

STUDY = """question = "What is left after many kills?"
[job]
task = "bit-xor"
steps = 400
evaluate-every = 50
[axes]
pretraining = ["bit", "random"]
learning-rate = [1e-3, 2e-3, 3e-3, 4e-3]
[table]
rows = "pretraining"
columns = "learning-rate"
"""
SEEDS = "2"
# Times, and a page that shows them, differ from run to run.
TIMED = {"provenance.parquet", "report.html"}


def start(fpt: str, folder: pathlib.Path) -> subprocess.Popen:
    command = [fpt, "study", "q.toml", "--profile", "smoke", "--seeds", SEEDS]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "FPT_DATA": str(folder / "data")}
    )


def outputs(folder: pathlib.Path) -> dict:
    files = [path for path in sorted((folder / "results/smoke/q").rglob("*")) if path.is_file() and path.name not in TIMED]
    # What a killed writer has left is swept away once it is old.
    files = [path for path in files if not path.name.startswith(".part-")]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def held(folder: pathlib.Path) -> dict:
    """Jobs that are at work and not finished, by the process that holds them."""
    found = {}
    for hold in (folder / "results/smoke/jobs").glob("*/hold-*"):
        try:
            process = json.loads(hold.read_text())["process"]
        except (OSError, ValueError):
            continue
        if not (hold.parent / "outcome.json").exists() and os.path.exists(f"/proc/{process}"):
            found[process] = hold.parent
    return found


def tested(job: pathlib.Path) -> int:
    """How often a run of the job has come to its last line."""
    log = job / "log"
    return log.read_text().count("\ntest, weights of") if log.exists() else 0


def parent(process: int) -> int:
    try:
        return int(pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


def gone(process: int) -> bool:
    try:
        return pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except OSError:
        return True


def kill(folder: pathlib.Path, runners: list, what: str) -> pathlib.Path | None:
    """Kills a worker that holds a job, its runner, or both; the job, where it had not ended."""
    jobs = held(folder)
    jobs = {process: job for process, job in jobs.items() if any(parent(process) == runner.pid for runner in runners)}
    if not jobs:
        return None
    worker = random.choice(sorted(jobs))
    targets = {"worker": [worker], "runner": [parent(worker)], "both": [parent(worker), worker]}[what]
    for process in targets:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            return None
    for runner in runners:
        if runner.pid in targets:
            runner.wait()
    # A worker ends with the pipe of its runner.
    for _ in range(2000):
        if gone(worker):
            break
        time.sleep(0.005)
    return None if (jobs[worker] / "outcome.json").exists() else jobs[worker]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fpt")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--draw", type=int, default=1, help="the number that all random choices follow from")
    arguments = parser.parse_args()
    fpt = str(pathlib.Path(arguments.fpt).resolve())
    random.seed(arguments.draw)
    with tempfile.TemporaryDirectory() as root:
        root = pathlib.Path(root)

        def folder(name: str) -> pathlib.Path:
            made = root / name
            made.mkdir()
            (made / "q.toml").write_text(STUDY)
            return made

        alone = folder("alone")
        if start(fpt, alone).wait() != 0:
            raise SystemExit("the undisturbed study failed")
        expected = outputs(alone)
        count = len(list((alone / "results/smoke/jobs").iterdir()))
        hits = {(runners, what): 0 for runners in (1, 3) for what in ("runner", "worker", "both")}
        studies = missed = 0
        while sum(hits.values()) < arguments.kills:
            many = (1, 3)[studies % 2]
            here = folder(f"study-{studies}")
            studies += 1
            runners, at_the_end = [], set()
            while True:
                runners = [runner for runner in runners if runner.poll() is None]
                done = len(list((here / "results/smoke/jobs").glob("*/outcome.json")))
                if done == count and not runners:
                    break
                if not runners or (len(runners) < many and done < count):
                    runners.append(start(fpt, here))
                time.sleep(random.uniform(0.05, 0.6))
                if sum(hits.values()) < arguments.kills:
                    what = random.choice(["runner", "worker", "both"])
                    if job := kill(here, runners, what):
                        hits[many, what] += 1
                        # A runner takes all its workers along.
                        open_jobs = [other for other in job.parent.iterdir() if not (other / "outcome.json").exists()]
                        at_the_end.update(other.name for other in open_jobs if tested(other))
                    else:
                        missed += 1
            # Whatever was killed as it wrote the table.
            if start(fpt, here).wait() != 0:
                raise SystemExit(f"study {studies} does not come to its end")
            found = outputs(here)
            if found != expected:
                names = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
                raise SystemExit(f"study {studies}: different after {hits}: {names}")
            for job in (here / "results/smoke/jobs").iterdir():
                finished = tested(job)
                # A job that is killed between its test and its outcome is tested again: it was not finished.
                if finished < 1 or (finished > 1 and job.name not in at_the_end):
                    raise SystemExit(f"study {studies}: {job.name} was finished {finished} times")
            print(f"study {studies}, {many} runner(s): {sum(hits.values())} kills have hit, {missed} came too late", flush=True)
        for (many, what), number in hits.items():
            print(f"{many} runner(s), {what}: {number}")
        print(f"{sum(hits.values())} kills in {studies} studies of {count} jobs: 0 lost, 0 twice, 0 different")


if __name__ == "__main__":
    main()
