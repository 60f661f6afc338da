"""Part `machine`: what is here, which devices this build can use, and what PyTorch reaches at the most."""

import importlib.util
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys

from .day import Day, Failed, environment, nvidia

CARD = ["name", "driver_version", "memory.total", "clocks.max.sm", "clocks.max.memory", "power.limit"]


def run(day: Day, found: dict) -> None:
    card = nvidia(",".join(CARD))
    found["card"] = dict(zip(CARD, card)) if card else None
    found["cpu"] = {"model": processor(), "cores": os.cpu_count(), "memory_gib": memory()}
    found["system"] = platform.platform()
    found["python"] = platform.python_version()
    found["cuda_path"] = environment().get("CUDA_PATH")
    found["vulkan"] = vulkan()
    found["fpt"] = day.run("machine", [day.fpt, "--version"]).strip()
    found["devices"] = {device: usable(day, device) for device in day.devices}
    found["torch"] = None
    if importlib.util.find_spec("torch"):
        side = pathlib.Path(__file__).with_name("ceilings.py")
        try:
            told = day.run("ceilings", [sys.executable, side] + ["--quick"] * day.quick, seconds=180)
            found["torch"] = json.loads(told)
        except (Failed, ValueError) as problem:
            found["torch"] = {"error": str(problem)}


def usable(day: Day, device: str) -> dict:
    """Whether a few steps come out of a device, and what it reaches at the most without PyTorch."""
    command = [day.fpt, "bench", "--shape", "micro", "--device", device]
    try:
        told = json.loads(day.run(f"device-{device}", [*command, "--steps", "3"], seconds=180))
    except Failed as problem:
        return {"error": str(problem)}
    try:
        timing = json.loads(day.run(f"device-{device}", [*command, "--seconds", "0.4", "--json"], seconds=180))
        told |= {name: timing[name] for name in ("step_ms", "peak_gflops", "read_gbs")}
    except Failed as problem:
        told["rates"] = str(problem)
    return told


def vulkan() -> list[str] | None:
    if not shutil.which("vulkaninfo"):
        return None
    done = subprocess.run(["vulkaninfo", "--summary"], capture_output=True, text=True, timeout=60)
    kept = ("deviceName", "driverName", "driverInfo", "apiVersion", "deviceType")
    return [" ".join(line.split()) for line in done.stdout.splitlines() if line.strip().startswith(kept)]


def processor() -> str:
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def memory() -> float:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
