"""Parts `throughput-DEVICE`: steps a second of small bodies by one, two, four and eight processes on a card at once."""

import json

from .day import Day, Failed, Worker


def run(day: Day, found: dict, device: str) -> None:
    shape = "micro" if day.quick else "tiny"
    found |= {"shape": shape, "cpu": two_cores(day, shape), "rows": []}
    for processes in (1, 2) if day.quick else (1, 2, 4, 8):
        command = [day.fpt, "bench", "--shape", shape, "--device", device, "--turns"]
        command += ["--seconds", 0.5 if day.quick else 4]
        workers = [Worker(day, f"throughput-{device}", command) for _ in range(processes)]
        row = {"processes": processes}
        found["rows"].append(row)
        try:
            for worker in workers:
                worker.answer()
            for worker in workers:
                worker.ask()
            steps = [1e3 / worker.answer()["step_ms"] for worker in workers]
            row |= {"steps_a_second": sum(steps), "each": steps}
        except Failed as problem:
            row["error"] = str(problem)
        finally:
            for worker in workers:
                worker.close()


def two_cores(day: Day, shape: str) -> dict | None:
    """The best arrangement that scripts/bench_peer.py has found on two cores, if its file was packed."""
    try:
        report = json.loads((day.packed / "peer.json").read_text())
    except (OSError, ValueError):
        return None
    rows = [row for row in report["rows"] if row["shape"] == shape]
    rates = [1e3 * row["processes"] / row["step_ms"]["fpt"]["median"] for row in rows]
    return {"machine": report["machine"], "steps_a_second": max(rates)} if rates else None
