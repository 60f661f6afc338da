"""Parts `steps-SHAPE`: a training step here and in PyTorch on the same card, in turn."""

import json
import pathlib
import statistics
import sys

from .day import Day, Failed, Worker, nvidia

SHAPES = {  # layers, width, heads, batch, tokens
    "base": (12, 768, 12, 4, 64),
    "tiny": (4, 128, 4, 32, 64),
    "micro": (2, 64, 2, 32, 16),
    "base-large-batch": (12, 768, 12, 32, 64),
    "large": (36, 1280, 20, 4, 64),
}
DROPOUT = 0.1
# Vulkan multiplies in f16 where it does not in bf16.
PRECISIONS = {"wgpu": ("f32", "bf16", "f16")}
# What compiles comes last: where that hangs, the others have been measured.
PEER = [(how, precision) for how in ("eager", "sdpa", "compile") for precision in ("f32", "tf32", "bf16", "bf16w")]
QUICK_PEER = [("eager", "f32"), ("sdpa", "bf16w")]


def flop(shape: str) -> float:
    """Of the products of a step, as `fpt bench` counts them: dense layers forward and once backward, attention once more."""
    layers, width, _, batch, tokens = SHAPES[shape]
    dense, attention = 12 * width * width * batch * tokens, width * batch * tokens * (tokens + 1)
    return 2.0 * layers * (2 * (dense + attention) + attention)


def run(day: Day, found: dict, shape: str) -> None:
    layers, width, _, batch, tokens = SHAPES[shape]
    found |= {"shape": f"{layers}x{width},{batch}x{tokens}", "dropout": DROPOUT, "flop": flop(shape), "rows": []}
    seconds, rounds = (0.1, 2) if day.quick else (1.0, 3 if shape == "large" else 5)
    ours, memory = [], lambda: float((nvidia("memory.used") or ["nan"])[0])
    sides: list[tuple[dict, Worker, dict]] = []
    for device in day.devices:
        for precision in PRECISIONS.get(device, ("f32", "bf16")):
            row = {"side": "fpt", "device": device, "how": "fpt", "precision": precision}
            found["rows"].append(row)
            command = [day.fpt, "bench", "--shape", found["shape"], "--device", device, "--turns"]
            command += ["--precision", precision, "--seconds", seconds, "--dropout", DROPOUT]
            before = memory()
            worker = Worker(day, f"steps-{shape}-{device}-{precision}", command)
            try:
                worker.answer()
                row["card_memory_mib"] = memory() - before
                sides.append((row, worker, {}))
                ours.append(worker)
            except Failed as problem:
                row["error"] = str(problem)
                worker.close()
    peers = []
    if day.torch():
        # A process each: what one of them leaves behind (a failed kernel, weights in another type) is no other's affair.
        side = [sys.executable, pathlib.Path(__file__).with_name("torch_side.py"), json.dumps(SHAPES[shape]), DROPOUT]
        for how, precision in QUICK_PEER if day.quick else PEER:
            row = {"side": "PyTorch", "device": "cuda", "how": how, "precision": precision}
            found["rows"].append(row)
            peer = Worker(day, f"steps-{shape}-torch-{how}-{precision}", side, 4)
            peers.append((row, peer, {"how": how, "precision": precision, "seconds": seconds}))
        for row, peer, question in peers:
            try:
                found["torch"] = peer.answer()["torch"]
                sides.append((row, peer, question))
            except Failed as problem:
                row["error"] = str(problem)
    try:
        in_turn(day, found, shape, sides, rounds)
    finally:
        for worker in [*ours, *(peer for _, peer, _ in peers)]:
            worker.close()


def in_turn(day: Day, found: dict, shape: str, sides: list, rounds: int) -> None:
    """Each side a time in each round; what is known is written after every round."""
    for round_number in range(rounds):
        for row, worker, question in sides:
            # Another round has to fit: what was measured is worth more than one more number.
            if "error" in row or (round_number and day.left() < 20):
                continue
            try:
                worker.ask(question)
                answer = worker.answer(240)
            except Failed as problem:
                row["error"] = str(problem)
                continue
            row.setdefault("rounds", []).append(answer.pop("step_ms"))
            if "warm_up_s" in answer and round_number:
                answer["warm_up_s"] = row["warm_up_s"]  # the first one compiles
            row |= answer
        for row, *_ in sides:
            if times := row.get("rounds"):
                row["step_ms"] = statistics.median(times)
                row["least_ms"], row["greatest_ms"] = min(times), max(times)
                row["tflops"] = found["flop"] / row["step_ms"] / 1e9
        found["rounds"] = round_number + 1
        day.write(f"steps-{shape}", {"part": f"steps-{shape}", "unfinished": True, "found": found})
