"""PyTorch's side of a step: a model that times itself, in the way and the precision that a line of stdin asks for.

One model serves all ways: eager with explicit attention, eager with PyTorch's fused attention (`sdpa`), and the latter
compiled. Precisions: f32; tf32 (products on tensor cores); bf16 (autocast, as one trains: frozen weights are stored in
32 bits and cast at every step); bf16w (the same with frozen matrices stored in bf16, as fpt has them).
"""

import json
import pathlib
import statistics
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from peer_model import Trainer, explicit, sdpa

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


class Side:
    def __init__(self, shape: list[int], dropout: float):
        self.trainer = Trainer(shape, dropout, DEVICE)
        self.compiled = None

    def prepare(self, how: str, precision: str):
        """The step in that way."""
        torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
        dtype = torch.bfloat16 if precision == "bf16w" else torch.float32
        for block in self.trainer.model.h:
            block.attention = explicit if how == "eager" else sdpa
            for layer in block.matrices():
                layer.weight.data = layer.weight.data.to(dtype)
        model = self.trainer.model
        if how == "compile":
            if self.compiled is None:
                self.compiled = torch.compile(model)
            model = self.compiled
        return lambda: self.trainer.step(model, half=precision.startswith("bf16"))

    def time(self, how: str, precision: str, seconds: float) -> dict:
        step = self.prepare(how, precision)
        start = time.perf_counter()
        for _ in range(3):
            step()
        wait()
        warm_up = time.perf_counter() - start
        if DEVICE == "cuda":
            torch.cuda.reset_peak_memory_stats()
        each, times, end = 1, [], time.perf_counter() + seconds
        while len(times) < 3 or time.perf_counter() < end:
            start = time.perf_counter()
            for _ in range(each):
                loss = step()
            loss = loss.item()  # waits
            wait()
            spent = time.perf_counter() - start
            if spent < 0.05 and not times:
                each *= 2
            else:
                times.append(1e3 * spent / each)
        memory = torch.cuda.max_memory_allocated() / 2**20 if DEVICE == "cuda" else None
        told = {"step_ms": statistics.median(times), "steps_a_sample": each, "warm_up_s": warm_up}
        return told | {"loss": loss, "device_memory_mib": memory}


def wait() -> None:
    if DEVICE == "cuda":
        torch.cuda.synchronize()


def main() -> None:
    side = Side(json.loads(sys.argv[1]), float(sys.argv[2]))
    print(json.dumps({"torch": torch.__version__, "device": DEVICE}), flush=True)
    for line in sys.stdin:
        try:
            told = side.time(**json.loads(line))
        except Exception as problem:  # a way that does not work here is told, and the others go on
            told = {"error": " ".join(f"{type(problem).__name__}: {problem}".split())[:600]}
        print(json.dumps(told), flush=True)


main()
