"""A step of the frozen transformer in this workspace against the same step in PyTorch, interleaved.

    pip install torch
    python scripts/bench_peer.py --fpt target/release/fpt --out results/bench/peer.json

Both sides train one batch: input net, GPT-2 body with frozen attention and feed-forward layers, output net at the last
position, cross entropy, gradients of what trains (nets, positions, layer norms), one global norm clipped at 1, Adam.
f32, tanh GELU. A round times each side for `--seconds`, one after the other; each side's figure is the median over
rounds of its median step, the ratio the median of the rounds' ratios, with the least and the greatest beside it.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

SHAPES = {  # layers, width, heads, batch, tokens
    "micro": (2, 64, 2, 32, 16),
    "tiny": (4, 128, 4, 32, 64),
    "base": (12, 768, 12, 4, 64),
}


def worker(arguments: argparse.Namespace) -> None:
    """PyTorch's side: on each line of stdin, times steps and answers with a line of JSON."""
    import resource

    import torch

    from peer_model import Trainer

    torch.set_num_threads(arguments.threads)
    trainer = Trainer(SHAPES[arguments.shape], arguments.dropout, "cpu")

    def median(run) -> float:
        times, end = [], time.perf_counter() + arguments.seconds
        while len(times) < 3 or time.perf_counter() < end:
            start = time.perf_counter()
            run()
            times.append(time.perf_counter() - start)
        return 1e3 * statistics.median(times)

    for _ in range(3):
        trainer.step()
    print(json.dumps({"torch": torch.__version__}), flush=True)
    for _ in sys.stdin:
        trainer.model.train()
        answer = {"step_ms": median(trainer.step)}
        trainer.model.eval()
        answer["forward_ms"] = median(trainer.forward)
        answer["peak_memory_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(answer), flush=True)


class Peer:
    """PyTorch in a process of its own that waits between rounds."""

    def __init__(self, shape: str, threads: int, arguments: argparse.Namespace):
        command = [sys.executable, __file__, "--worker", "--shape", shape, "--threads", str(threads)]
        command += ["--seconds", str(arguments.seconds), "--dropout", str(arguments.dropout)]
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
        for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
            environment.pop(name, None)
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.version = json.loads(self.process.stdout.readline())["torch"]

    def ask(self) -> None:
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def answer(self) -> dict:
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def ours(shape: str, threads: int, arguments: argparse.Namespace) -> subprocess.Popen:
    command = [arguments.fpt, "bench", "--shape", shape, "--threads", str(threads), "--json"]
    command += ["--seconds", str(arguments.seconds), "--dropout", str(arguments.dropout)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def read(process: subprocess.Popen) -> dict:
    output, _ = process.communicate()
    if process.returncode:
        sys.exit(f"{' '.join(process.args)} ended with {process.returncode}")
    return json.loads(output)


def spread(values: list[float]) -> dict:
    return {"median": statistics.median(values), "least": min(values), "greatest": max(values)}


def compare(shape: str, threads: int, processes: int, arguments: argparse.Namespace) -> dict:
    """Rounds of both sides in turn, each with so many processes at once."""
    peers = [Peer(shape, threads, arguments) for _ in range(processes)]
    rounds = []
    for _ in range(arguments.rounds):
        mine = [read(run) for run in [ours(shape, threads, arguments) for _ in range(processes)]]
        for peer in peers:
            peer.ask()
        theirs = [peer.answer() for peer in peers]
        rounds.append((mine, theirs))
    for peer in peers:
        peer.close()

    def figure(side: int, name: str) -> list[float]:
        return [statistics.mean(run[name] for run in pair[side]) for pair in rounds]

    row = {"shape": shape, "threads": threads, "processes": processes, "torch": peers[0].version}
    for name in ("step_ms", "forward_ms", "peak_memory_mib"):
        mine, theirs = figure(0, name), figure(1, name)
        row[name] = {
            "fpt": spread(mine),
            "pytorch": spread(theirs),
            "ratio": spread([a / b for a, b in zip(mine, theirs)]),
        }
    for name in ("gflops", "peak_gflops", "peak_share", "allocations_per_step"):
        row.setdefault("fpt", {})[name] = statistics.median(figure(0, name))
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--fpt", default="target/release/fpt")
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each timing")
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--shape", choices=SHAPES, help="only this one")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        return worker(arguments)
    cores = os.cpu_count() or 1
    # One thread; all cores on one step; a process a core, which is how studies run.
    layouts = [(1, 1), (cores, 1), (1, cores)] if cores > 1 else [(1, 1)]
    rows = []
    for shape in [arguments.shape] if arguments.shape else SHAPES:
        for threads, processes in layouts:
            row = compare(shape, threads, processes, arguments)
            rows.append(row)
            ratio, step = row["step_ms"]["ratio"], row["step_ms"]
            print(
                f"{shape:6} {processes} x {threads} threads: fpt {step['fpt']['median']:8.2f} ms, PyTorch "
                f"{step['pytorch']['median']:8.2f} ms, ratio {ratio['median']:.2f} "
                f"({ratio['least']:.2f} to {ratio['greatest']:.2f})",
                flush=True,
            )
    report = {
        "machine": f"{cores} x {processor()}",
        "dropout": arguments.dropout,
        "rounds": arguments.rounds,
        "rows": rows,
    }
    if arguments.out:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(json.dumps(report, indent=1) + "\n")


def processor() -> str:
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    main()
