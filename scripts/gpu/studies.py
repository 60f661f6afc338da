"""Parts `smoke-DEVICE`, `tiny-DEVICE` and `paper-DEVICE`: studies on a GPU, and their curves beside the CPU's."""

import json
import pathlib
import signal
import subprocess
import time

from . import plain_parquet
from .day import Day, Failed, environment, last_lines

# Their tasks are generated, and their bodies are random or pretrained on Bit Memory: nothing is downloaded.
OFFLINE = ["pretraining=random", "pretraining=bit", "task=bit-memory", "task=bit-xor", "task=listops"]


def smoke(day: Day, found: dict, device: str) -> None:
    """The whole study at profile `smoke`, on the CPU and on the device."""
    filters = [] if (day.packed / "data" / "mnist").exists() else OFFLINE
    filters, seeds = (["pretraining=random", "task=bit-xor"], "1") if day.quick else (filters, "")
    found["filters"] = filters
    curves = []
    for where in ("flex", device):
        found[where], points = study(day, where, "smoke", filters, 2, f"smoke-{device}-{where}", seeds)
        curves.append(points)
    found["cells"] = differences(*curves)
    found["unfinished"] = "stopped" in found[device]


def tiny(day: Day, found: dict, device: str) -> None:
    """Cells of profile `tiny` that need no network, beside the curves that were committed."""
    filters = ["pretraining=random", "task=bit-xor"] if day.quick else OFFLINE
    found["filters"], found["seeds"] = filters, "1"
    found[device], curves = study(day, device, "tiny", filters, 3, f"tiny-{device}", "1")
    committed = json.loads((day.packed / "curves.json").read_text())
    for row in committed:  # of jobs that the time was too short for, what there is
        begun = points(day.work / f"tiny-{device}" / "tiny" / "jobs" / row["job"])
        curves.setdefault(place(row), {point["step"]: point for point in begun})
    found["cells"] = differences(keyed(committed), curves)
    found["unfinished"] = "stopped" in found[device]


def paper(day: Day, found: dict, device: str) -> None:
    """Random bodies at profile `paper`, one cell after the other while there is time."""
    found["cells"] = []
    for task, seed in [(task, seed) for seed in (1, 2, 3) for task in ("bit-xor", "bit-memory")]:
        if day.left() < 40:
            break
        cell = {"task": task, "seed": seed}
        found["cells"].append(cell)
        try:
            one_cell(day, device, cell)
        except Failed as problem:
            cell["error"] = str(problem)
        day.write(f"paper-{device}", {"part": f"paper-{device}", "unfinished": True, "found": found})
    found["unfinished"] = any("stopped" in cell for cell in found["cells"]) or len(found["cells"]) < 6


def arguments(day: Day, device: str, profile: str, results: pathlib.Path) -> list:
    command = [day.fpt, "study", "modality", "--profile", profile, "--device", device]
    command += ["--results", results]
    data = day.packed / "data"
    return command + (["--data", data] if data.exists() else [])


def trained(day: Day, command: list, log: pathlib.Path, watch=lambda: None) -> dict:
    """Runs a study until it is whole or the time is nearly up: `stopped` when it was not, and goes on when run again."""
    told, start = {}, time.monotonic()
    with open(log, "a") as said:
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=day.packed,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # tables, which are files as well
            stderr=said,
            env=environment(),
        )
        while process.poll() is None:
            time.sleep(0.25)
            watch()
            if day.left() < 25 and not told:
                process.send_signal(signal.SIGINT)
                told["stopped"] = True
            if day.left() == 0:
                process.kill()
    told |= {"seconds": time.monotonic() - start, "ended": process.returncode, "said": last_lines(log, 3)}
    return told


def study(day: Day, device: str, profile: str, filters: list[str], workers: int, tag: str, seeds: str) -> tuple:
    """Runs a study: how that went, and its curves."""
    results = day.work / tag
    command = arguments(day, device, profile, results) + ["--workers", workers, "--threads", 1]
    for text in filters:
        command += ["--filter", text]
    told = trained(day, command + (["--seeds", seeds] if seeds else []), day.logs / f"{tag}.log")
    curves = results / profile / "modality" / "curves.parquet"
    if not curves.exists() and told.get("stopped"):
        return told, {}  # no job has ended yet; the next call goes on
    if not curves.exists():
        raise Failed(f"no curves were written: {told['said']}")
    return told, keyed(plain_parquet.read(curves))


def one_cell(day: Day, device: str, cell: dict) -> None:
    """Runs one job until it is done or the time is up, and sees by its curve how fast it goes."""
    results = day.work / f"paper-{device}" / f"{cell['task']}-{cell['seed']}"
    log = day.logs / f"paper-{device}.log"
    command = arguments(day, device, "paper", results)
    command += ["--filter", "pretraining=random", "--filter", f"task={cell['task']}", "--seeds", cell["seed"]]
    command += ["--workers", 1, "--threads", 4]
    # Points that are there already say nothing of how fast it is.
    seen, known = [], [point["step"] for point in one_curve(results)]

    def watch() -> None:
        steps = [point["step"] for point in one_curve(results)]
        if len(steps) > len(known):
            known[:] = steps
            seen.append((time.monotonic(), steps[-1]))

    cell |= trained(day, command, log, watch)
    if len(seen) > 1:
        (first, low), (last, high) = seen[0], seen[-1]
        cell["steps_a_second"] = (high - low) / (last - first)
    cell["points"] = one_curve(results)
    if not cell["points"]:
        raise Failed(f"no point of a curve after {cell['seconds']:.0f} s: {cell['said']}")


def one_curve(results: pathlib.Path) -> list[dict]:
    """The curve of the one job there, so far."""
    return next((points(job) for job in results.glob("*/jobs/*")), [])


def points(job: pathlib.Path) -> list[dict]:
    """The curve of a job, so far."""
    try:
        return plain_parquet.read(job / "curve.parquet")
    except (OSError, ValueError):
        return []


def place(row: dict) -> tuple:
    # Pilots share a seed and differ in the rate on trial; where none is, the rate is not told.
    rate = row.get("axis_learning-rate") or ""
    return row["axis_pretraining"], row["axis_task"], rate, row["seed"]


def keyed(rows: list[dict]) -> dict:
    """Points by cell, rate on trial, seed and step."""
    curves = {}
    for row in rows:
        curves.setdefault(place(row), {})[row["step"]] = row
    return curves


def differences(old: dict, new: dict) -> list[dict]:
    """Of each cell that both have: how far apart the losses are at the first point, at the most, and at the end."""
    told = []
    for cell in sorted(set(old) & set(new)):
        steps = sorted(set(old[cell]) & set(new[cell]))
        if not steps:
            continue
        gaps = {
            step: max(
                abs(old[cell][step][name] - new[cell][step][name]) for name in ("train_loss", "validation_loss")
            )
            for step in steps
        }
        ends = [side[cell][steps[-1]]["validation_accuracy"] for side in (old, new)]
        told.append(
            {
                "cell": " / ".join(str(part) for part in cell if part != ""),
                "first_step": steps[0],
                "first": gaps[steps[0]],
                "greatest": max(gaps.values()),
                "last_step": steps[-1],
                "last": gaps[steps[-1]],
                "accuracy_before": ends[0],
                "accuracy": ends[1],
            }
        )
    return told
