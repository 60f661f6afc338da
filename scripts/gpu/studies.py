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
    found["filters"] = filters
    for where in ("flex", device):
        found[where] = study(day, where, "smoke", filters, workers=2, tag=f"smoke-{device}-{where}")
    curves = [keyed(plain_parquet.read(found[where]["curves"])) for where in ("flex", device)]
    found["cells"] = differences(*curves)
    plainly(found)


def tiny(day: Day, found: dict, device: str) -> None:
    """Cells of profile `tiny` that need no network, beside the curves that were committed."""
    filters = ["pretraining=random", "task=bit-xor"] if day.quick else OFFLINE
    found["filters"], found["seeds"] = filters, "1"
    # A study that is not whole when the time is up is gone on with by `--again`.
    found[device] = study(day, device, "tiny", filters, workers=3, tag=f"tiny-{device}", seeds="1")
    committed = json.loads((day.packed / "curves.json").read_text())
    found["cells"] = differences(keyed(committed), keyed(plain_parquet.read(found[device]["curves"])))
    plainly(found)


def paper(day: Day, found: dict, device: str) -> None:
    """Random bodies at profile `paper`, one cell after the other while there is time."""
    found["cells"] = []
    tasks = ["bit-xor", "bit-memory"]
    for task, seed in [(task, seed) for seed in (1, 2, 3) for task in tasks]:
        if day.left() < 30:
            break
        cell = {"task": task, "seed": seed}
        found["cells"].append(cell)
        command = ["--filter", "pretraining=random", "--filter", f"task={task}", "--seeds", str(seed)]
        try:
            watched(day, device, command, cell)
        except Failed as problem:
            cell["error"] = str(problem)
        day.write(f"paper-{device}", {"part": f"paper-{device}", "unfinished": True, "found": found})


def arguments(day: Day, device: str, profile: str, results: pathlib.Path) -> list:
    command = [day.fpt, "study", "modality", "--profile", profile, "--device", device]
    command += ["--results", results]
    data = day.packed / "data"
    return command + (["--data", data] if data.exists() else [])


def study(day: Day, device: str, profile: str, filters: list[str], workers: int, tag: str, seeds: str = "") -> dict:
    """Runs a study; how long it took and where its curves are."""
    results = day.work / tag
    command = arguments(day, device, profile, results) + ["--workers", workers, "--threads", 1]
    for text in filters:
        command += ["--filter", text]
    start = time.perf_counter()
    told = {}
    try:
        day.run(tag, command + (["--seeds", seeds] if seeds else []))
    except Failed as problem:
        told["error"] = str(problem)
    told["seconds"] = time.perf_counter() - start
    told["curves"] = results / profile / "modality" / "curves.parquet"
    if not told["curves"].exists():
        raise Failed(told.get("error", "no curves were written"))
    return told


def watched(day: Day, device: str, filters: list[str], cell: dict) -> None:
    """Runs one job until it is done or the time is up, and sees by its curve how fast it goes."""
    results = day.work / f"paper-{device}"
    log = day.logs / f"paper-{device}.log"
    before = set(results.glob("paper/jobs/*"))
    command = [*arguments(day, device, "paper", results), *filters, "--workers", "1", "--threads", "4"]
    start, seen, curve = time.monotonic(), [], None
    with open(log, "a") as errors:
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=day.packed,
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            env=environment(),
        )
        asked = False
        while process.poll() is None:
            time.sleep(0.5)
            curve = curve or next((path for path in results.glob("paper/jobs/*") if path not in before), None)
            steps = points(curve)[-1]["step"] if points(curve) else 0
            if steps and (not seen or seen[-1][1] != steps):
                seen.append((time.monotonic(), steps))
            if day.left() < 15 and not asked:
                process.send_signal(signal.SIGINT)  # the study ends its jobs, which go on when run again
                asked = True
            if day.left() == 0:
                process.kill()
    cell["seconds"] = time.monotonic() - start
    cell["done"] = process.returncode == 0 and not asked
    if len(seen) > 1:
        (first, low), (last, high) = seen[0], seen[-1]
        cell["steps_a_second"] = (high - low) / (last - first)
    cell["points"] = points(curve)
    if not cell["points"]:
        raise Failed(f"no point of a curve after {cell['seconds']:.0f} s: {last_lines(log)}")


def points(job: pathlib.Path | None) -> list[dict]:
    try:
        return plain_parquet.read(job / "curve.parquet") if job else []
    except (OSError, ValueError):
        return []


def keyed(rows: list[dict]) -> dict:
    """Points by cell, seed and step."""
    return {
        (row["axis_pretraining"], row["axis_task"], row["seed"]): {
            point["step"]: point for point in rows if point["job"] == row["job"]
        }
        for row in rows
    }


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
                "cell": " / ".join(map(str, cell)),
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


def plainly(found: dict) -> None:
    """Paths do not go into JSON."""
    for told in found.values():
        if isinstance(told, dict):
            told.pop("curves", None)
