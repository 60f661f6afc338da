"""Everything that an hour on a GPU should tell, on a machine with a GPU and nothing else.

    scripts/gpu_pack.sh gpu-pack          # where the workspace is built; carry the folder over
    python3 gpu_day.py                    # there, in that folder

Parts, each worth having alone: machine, kernels-DEVICE, steps-SHAPE, throughput-DEVICE, smoke-DEVICE, tiny-DEVICE,
paper-DEVICE. Each takes ten minutes at the most and writes gpu-day/PART.json when it is done; one that is there is not
run again, so the same command goes on where it was stopped. gpu-day/REPORT.md tells all of it, gpu-day/all.tar.gz holds
all but the jobs. Without PyTorch (optional) its columns are absent.
"""

import argparse
import functools
import pathlib
import sys
import tarfile
import time
import traceback

from gpu import kernels, machine, report, steps, studies, throughput
from gpu.day import Day, Failed

PART_SECONDS = 590


def parts(devices: list[str]) -> dict:
    """All of them by name, what is worth most first."""

    def each(name, run) -> dict:
        return {f"{name}-{device}": functools.partial(run, device=device) for device in devices}

    table = {"machine": machine.run}
    table |= each("kernels", kernels.run)
    table |= {f"steps-{shape}": functools.partial(steps.run, shape=shape) for shape in steps.SHAPES}
    table |= each("throughput", throughput.run) | each("smoke", studies.smoke)
    return table | each("tiny", studies.tiny) | each("paper", studies.paper)


def chosen(names: list[str], text: str) -> list[str]:
    """`steps,smoke-cuda`: parts by their names or the beginnings of those."""
    words = [word for word in text.split(",") if word]
    for word in words:
        if not any(name == word or name.startswith(f"{word}-") for name in names):
            sys.exit(f"there is no part `{word}`; known are {', '.join(names)}")
    return [name for name in names if any(name == word or name.startswith(f"{word}-") for word in words)]


def run(day: Day, name: str, part) -> dict:
    start, found = time.monotonic(), {}
    day.begin(PART_SECONDS)
    record = {"part": name, "found": found}
    try:
        part(day, found)
    except Failed as problem:
        record["error"] = str(problem)
    except Exception as problem:  # whatever it is, the other parts are worth having
        (day.logs / f"{name}.trace.log").write_text(traceback.format_exc())
        record["error"] = f"{type(problem).__name__}: {problem}"
    record["unfinished"] = found.pop("unfinished", False)
    record["seconds"] = round(time.monotonic() - start, 1)
    day.write(name, record)
    return record


def pack(day: Day) -> None:
    """One archive of what was found: no bodies, no checkpoints."""
    with tarfile.open(day.out / "all.tar.gz", "w:gz") as archive:
        for path in sorted(day.out.rglob("*")):
            name = path.relative_to(day.out)
            wanted = path.suffix in (".json", ".md", ".log", ".txt", ".parquet", ".toml") or path.name == "log"
            if path.is_file() and wanted:
                archive.add(path, f"gpu-day/{name}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--device", default="both", help="wgpu, cuda, both (default), or a list such as flex,wgpu")
    parser.add_argument("--only", metavar="PARTS", help="only these, by name or beginning: machine,steps,smoke-cuda")
    parser.add_argument("--again", metavar="PARTS", default="", help="these also where they are done")
    parser.add_argument("--minutes", type=float, default=1e4, help="no part goes on for longer than that in all")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("gpu-day"))
    parser.add_argument("--quick", action="store_true", help="a rehearsal: micro sizes, PyTorch on the CPU if at all")
    arguments = parser.parse_args()
    devices = ["wgpu", "cuda"] if arguments.device == "both" else arguments.device.split(",")
    table = parts(devices)
    names = list(table)
    again = chosen(names, arguments.again)
    wanted = chosen(names, arguments.only) if arguments.only else names
    wanted = [name for name in names if name in {*wanted, *again}]
    day = Day(
        pathlib.Path(__file__).resolve().parent, arguments.out.resolve(), devices, arguments.quick, arguments.minutes
    )
    if arguments.quick:
        wanted = [name for name in wanted if name not in ("steps-base", "steps-base-large-batch", "steps-large")]
    for name in wanted:
        record = day.read(name)
        if record and not record.get("unfinished") and name not in again:
            print(f"{name:24} is there" + (" (failed; --again runs it)" if record.get("error") else ""), flush=True)
            continue
        if day.end - time.monotonic() < 20:
            print(f"{name:24} no time left", flush=True)
            continue
        unusable = day.read("machine") if "-" in name else None
        device = name.rpartition("-")[2]
        told = ((unusable or {}).get("found", {}).get("devices", {})).get(device, {})
        if "error" in told:
            print(f"{name:24} not run: {device} cannot be used", flush=True)
            continue
        record = run(day, name, table[name])
        end = "unfinished; the same command goes on" if record["unfinished"] else "done"
        end = f"failed: {record['error'][:200]}" if record.get("error") else end
        print(f"{name:24} {record['seconds']:6.0f} s  {end}", flush=True)
        report.write(day, names)
        pack(day)
    report.write(day, names)
    pack(day)
    print(f"{day.out / 'REPORT.md'} and {day.out / 'all.tar.gz'}")


if __name__ == "__main__":
    main()
