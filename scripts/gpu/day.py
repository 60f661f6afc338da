"""Where a GPU day runs, what it runs with, and how its parts start programs."""

import glob
import json
import os
import pathlib
import queue
import shutil
import subprocess
import sys
import threading
import time


class Failed(Exception):
    """A part, or a row of one, did not work out; the message is one to print."""


class Day:
    """The folder that was packed, the folder of what is found, and the time that is left."""

    def __init__(self, packed: pathlib.Path, out: pathlib.Path, devices: list[str], quick: bool, minutes: float):
        self.packed, self.out, self.devices, self.quick = packed, out, devices, quick
        self.fpt = packed / "fpt"
        self.logs, self.work = out / "logs", out / "work"
        for folder in (self.logs, self.work):
            folder.mkdir(parents=True, exist_ok=True)
        self.end = time.monotonic() + 60 * minutes
        self.limit = self.end

    def begin(self, seconds: float) -> None:
        """A part begins that may take so long."""
        self.limit = min(self.end, time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds that are left to the part."""
        return max(0.0, self.limit - time.monotonic())

    def read(self, part: str) -> dict | None:
        try:
            return json.loads((self.out / f"{part}.json").read_text())
        except (OSError, ValueError):
            return None

    def write(self, part: str, record: dict) -> None:
        aside = self.out / f".{part}.json"
        aside.write_text(json.dumps(record, indent=1) + "\n")
        aside.replace(self.out / f"{part}.json")

    def torch(self) -> bool:
        """Whether there is a PyTorch that can use a GPU; on a rehearsal, any."""
        ask = "import torch; raise SystemExit(not torch.cuda.is_available())" if not self.quick else "import torch"
        return subprocess.run([sys.executable, "-c", ask], capture_output=True).returncode == 0

    def run(self, name: str, command: list, seconds: float = 600, **more) -> str:
        """Runs a program with its errors in `logs/NAME.log`; what it printed."""
        log = self.logs / f"{name}.log"
        with open(log, "a") as errors:
            try:
                seconds = min(seconds, self.left())
                done = subprocess.run(
                    [str(word) for word in command],
                    cwd=self.packed,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    text=True,
                    timeout=seconds,
                    env={**environment(), **more},
                )
            except subprocess.TimeoutExpired:
                raise Failed(f"not done after {seconds:.0f} s: {last_lines(log)}") from None
        if done.returncode:
            raise Failed(f"ended with {done.returncode}: {last_lines(log) or done.stdout[-300:]}")
        return done.stdout


class Worker:
    """A program that says a line when it is ready and answers each line with one of JSON."""

    def __init__(self, day: Day, name: str, command: list, threads: int = 1):
        self.day, self.log = day, day.logs / f"{name}.log"
        variables = {"OMP_NUM_THREADS": str(threads), "RAYON_NUM_THREADS": str(threads)}
        self.errors = open(self.log, "a")
        self.process = subprocess.Popen(
            [str(word) for word in command],
            cwd=day.packed,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env={**environment(), **variables},
        )
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def answer(self, seconds: float = 300) -> dict:
        seconds = min(seconds, self.day.left())
        try:
            line = self.lines.get(timeout=seconds)
        except queue.Empty:
            self.process.kill()  # a late answer would be taken for the next one's
            raise Failed(f"no answer after {seconds:.0f} s: {last_lines(self.log)}") from None
        if line is None:
            self.lines.put(None)
            raise Failed(f"ended with {self.process.wait()}: {last_lines(self.log)}")
        answer = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer

    def ask(self, question: dict | None = None) -> None:
        try:
            self.process.stdin.write(json.dumps(question or {}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # the answer says so, with the end of the log

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.errors.close()


def environment() -> dict:
    """Ours, with the CUDA toolkit's folder where nothing names it: exp and tanh come from its libdevice."""
    variables = dict(os.environ)
    if "CUDA_PATH" not in variables:
        places = ["/usr/local/cuda", *sorted(glob.glob("/usr/local/cuda-*")), *sorted(glob.glob("/opt/cuda*"))]
        places += glob.glob(f"{sys.prefix}/lib/python3*/site-packages/nvidia/*")
        found = [place for place in places if glob.glob(f"{place}/nvvm/libdevice/libdevice.*.bc")]
        if found:
            variables["CUDA_PATH"] = found[0]
    return variables


def last_lines(log: pathlib.Path, count: int = 6) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return " | ".join(lines[-count:])[-900:]


def nvidia(fields: str) -> list[str] | None:
    """What nvidia-smi says of the first card; `None` without one."""
    if not shutil.which("nvidia-smi"):
        return None
    command = ["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader,nounits"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    lines = done.stdout.strip().splitlines()
    return [field.strip() for field in lines[0].split(",")] if done.returncode == 0 and lines else None
