"""Parts `kernels-DEVICE`: the packed tests that hold the kernels of a device against the CPU's."""

import re

from .day import Day, Failed


def run(day: Day, found: dict, device: str) -> None:
    tests = sorted(day.packed.glob("tests/*"))
    if not tests:
        raise Failed("no test executable was packed")
    found["tests"] = {}
    for test in tests:
        name = f"kernels-{device}-{test.name}"
        log = day.out / f"{name}.txt"
        problem, said = None, ""
        try:
            said = day.run(name, ["/bin/sh", "-c", f'"{test}" --show-output >"{log}" 2>&1'], FPT_TEST_DEVICE=device)
        except Failed as failed:
            problem = str(failed)
        said = log.read_text(errors="replace") if log.exists() else said
        found["tests"][test.name] = {
            "passed": len(re.findall(r"^test .* \.\.\. ok$", said, re.M)),
            "failed": re.findall(r"^test (\S+).* \.\.\. FAILED$", said, re.M),
            "skipped": re.findall(r"^.*skip.*$", said, re.M | re.I)[:3],
            "end": None if problem is None else f"{problem.split(':')[0]}: {' | '.join(said.splitlines()[-4:])[-500:]}",
        }
