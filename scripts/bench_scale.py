"""How a training step grows: time and memory against layers, width, batch, tokens and workers, one process a point.

    pip install matplotlib
    python scripts/bench_scale.py --fpt target/release/fpt --out results/bench

Writes scale.json, scale.png and roofline.png. One thread each; policy `fpt`, dropout 0.1. Around 4 layers x 128, 16 x 64 tokens; tokens
are those of a Longformer with a window of 128, with GPT-2's full attention beside it.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess

AXES = {  # name: (points, shape of a point, backbone)
    "layers": ([2, 4, 8, 16], "{}x128,16x64", "gpt2"),
    "width": ([64, 128, 256, 512], "4x{},16x64", "gpt2"),
    "batch": ([4, 16, 64, 256], "4x128,{}x64", "gpt2"),
    "tokens": ([256, 512, 1024, 2048, 4096], "2x128,1x{}", "longformer"),
    "tokens (full attention)": ([256, 512, 1024, 2048, 4096], "2x128,1x{}", "gpt2"),
}


def start(arguments: argparse.Namespace, shape: str, backbone: str) -> subprocess.Popen:
    command = [arguments.fpt, "bench", "--json", "--threads", "1", "--seconds", str(arguments.seconds)]
    command += ["--shape", shape, "--backbone", backbone]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def read(run: subprocess.Popen) -> dict:
    output, _ = run.communicate()
    if run.returncode:
        raise SystemExit(f"{' '.join(run.args)} ended with {run.returncode}")
    return json.loads(output)


def point(arguments: argparse.Namespace, x: int, shape: str, backbone: str) -> dict:
    runs = [read(start(arguments, shape, backbone)) for _ in range(arguments.rounds)]
    return {
        "x": x,
        "shape": shape,
        "step_ms": statistics.median(run["step_ms"] for run in runs),
        "peak_memory_mib": statistics.median(run["peak_memory_mib"] for run in runs),
    }


def workers(arguments: argparse.Namespace) -> list[dict]:
    """Steps a second of so many processes at once, one thread each."""
    points = []
    for count in range(1, 2 * (os.cpu_count() or 1) + 1):
        rates = []
        for _ in range(arguments.rounds):
            runs = [start(arguments, "4x128,16x64", "gpt2") for _ in range(count)]
            rates.append(sum(1e3 / read(run)["step_ms"] for run in runs))
        points.append({"x": count, "shape": "4x128,16x64", "steps_per_second": statistics.median(rates)})
    return points


def roofline(arguments: argparse.Namespace) -> list[dict]:
    """Arithmetic and rate of the named shapes, with what the machine gives at most."""
    points = []
    for shape in ("micro", "tiny", "base"):
        runs = [read(start(arguments, shape, "gpt2")) for _ in range(arguments.rounds)]
        figure = lambda name: statistics.median(run[name] for run in runs)
        points.append({"x": shape, "intensity": figure("flop_per_byte"), "gflops": figure("gflops"),
                       "peak_gflops": figure("peak_gflops"), "read_gbs": figure("read_gbs")})
    return points


def plot_roofline(points: list[dict], path: pathlib.Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    peak = max(point["peak_gflops"] for point in points)
    read = max(point["read_gbs"] for point in points)
    figure, panel = plt.subplots(figsize=(6, 3.8))
    xs = [2**power for power in range(0, 9)]
    panel.plot(xs, [min(peak, read * x) for x in xs], color="black", linewidth=1)
    for point in points:
        panel.plot(point["intensity"], point["gflops"], "o", label=point["x"])
    panel.set_xscale("log", base=2)
    panel.set_yscale("log", base=2)
    panel.set_xlabel("operations a byte of memory traffic (estimate)")
    panel.set_ylabel("GFLOP/s, one thread")
    panel.legend(title="shape")
    figure.tight_layout()
    figure.savefig(path, dpi=90)


def plot(axes: dict, path: pathlib.Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(1, 5, figsize=(17, 3.4))
    for panel, name in zip(panels, ["layers", "width", "batch", "tokens", "workers"]):
        lines = [line for line in axes if line.split(" (")[0] == name]
        for line in lines:
            points = axes[line]
            xs = [point["x"] for point in points]
            ys = [point.get("step_ms", point.get("steps_per_second")) for point in points]
            label = {"tokens": "window 128", "tokens (full attention)": "full attention"}.get(line)
            panel.plot(xs, ys, "o-", label=label)
            if name != "workers":
                # A line through the last point: what linear growth would be.
                panel.plot(xs, [ys[-1] * x / xs[-1] for x in xs], ":", color="grey", linewidth=1)
        panel.set_xlabel(name)
        if name == "workers":
            panel.set_ylabel("steps a second, all together")
            panel.set_ylim(bottom=0)
        else:
            panel.set_xscale("log", base=2)
            panel.set_yscale("log", base=2)
            panel.set_ylabel("ms a step")
        if len(lines) > 1:
            panel.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=80)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--fpt", default="target/release/fpt")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("results/bench"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.6, help="of each timing")
    parser.add_argument("--replot", action="store_true", help="only draw scale.json again")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    file = arguments.out / "scale.json"
    if not arguments.replot:
        axes = {
            name: [point(arguments, x, shape.format(x), backbone) for x in points]
            for name, (points, shape, backbone) in AXES.items()
        }
        axes["workers"] = workers(arguments)
        axes["roofline"] = roofline(arguments)
        axes["run"] = [{"rounds": arguments.rounds, "seconds": arguments.seconds}]
        file.write_text(json.dumps(axes, indent=1) + "\n")
    axes = json.loads(file.read_text())
    axes.pop("run")
    for name, points in axes.items():
        for one in points:
            value = one.get("step_ms", one.get("steps_per_second", one.get("gflops")))
            print(f"{name:24} {one['x']:>6} {value:10.2f}")
    plot(axes, arguments.out / "scale.png")
    plot_roofline(axes["roofline"], arguments.out / "roofline.png")


if __name__ == "__main__":
    main()
