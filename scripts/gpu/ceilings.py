"""What the card reaches at the most in PyTorch: TFLOP/s of square products, GB/s of a copy. A line of JSON."""

import json
import statistics
import sys
import time

import torch

QUICK = "--quick" in sys.argv
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def wait() -> None:
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()


def seconds(run) -> float:
    """Median over samples of several runs that are waited for once."""
    run()
    wait()
    each, times = 1, []
    while True:
        start = time.perf_counter()
        for _ in range(each):
            run()
        wait()
        spent = time.perf_counter() - start
        if spent < 0.05 and not times:
            each *= 2
            continue
        times.append(spent / each)
        if len(times) >= 5:
            return statistics.median(times)


def product(side: int, precision: str) -> float:
    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    x, y = (torch.randn(side, side, device=DEVICE, dtype=dtype) for _ in range(2))
    return 2 * side**3 / seconds(lambda: x @ y) / 1e12


def copy() -> float:
    x = torch.ones(1 << (20 if QUICK else 28), device=DEVICE)
    y = torch.empty_like(x)
    return 2 * 4 * x.numel() / seconds(lambda: y.copy_(x)) / 1e9


sides = [256] if QUICK else [4096, 8192]
print(
    json.dumps(
        {
            "version": torch.__version__,
            "device": torch.cuda.get_device_name() if DEVICE.type == "cuda" else "cpu",
            "tflops": {how: {side: product(side, how) for side in sides} for how in ("f32", "tf32", "bf16")},
            "copy_gbs": copy(),
        }
    )
)
