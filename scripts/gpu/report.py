"""`REPORT.md` of what the parts have found."""

from .day import Day
from .steps import SHAPES


def write(day: Day, parts: list[str]) -> None:
    records = {part: day.read(part) for part in parts}
    records = {part: record for part, record in records.items() if record}
    lines = ["# A GPU day", ""]
    machine = records.get("machine", {}).get("found", {})
    lines += of_machine(machine) if machine else []
    lines += of_parts(records)
    lines += of_kernels(records)
    for shape in SHAPES:
        if record := records.get(f"steps-{shape}"):
            lines += of_steps(record["found"], shape, machine)
    lines += of_throughput(records)
    for part, record in records.items():
        if part.startswith(("smoke-", "tiny-")):
            lines += of_curves(part, record["found"])
        if part.startswith("paper-"):
            lines += of_paper(part, record["found"])
    (day.out / "REPORT.md").write_text("\n".join(lines) + "\n")


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    def line(cells: list[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    return [line(head), "|:--|" + "--:|" * (len(head) - 1), *map(line, rows), ""]


def number(value, digits: int = 2) -> str:
    return "" if value is None or value != value else f"{value:,.{digits}f}"


def of_machine(found: dict) -> list[str]:
    lines = ["## Machine", ""]
    card = found.get("card")
    lines.append(f"Card: {', '.join(f'{name} {value}' for name, value in card.items()) if card else 'none'}.")
    if cpu := found.get("cpu"):
        lines += [f"CPU: {cpu['cores']} x {cpu['model']}, {cpu['memory_gib']} GiB. {found['system']}.", ""]
    for device, told in found.get("devices", {}).items():
        if "error" in told:
            lines.append(f"- `{device}` cannot be used: {told['error']}")
        elif "rates" in told:
            lines.append(f"- `{device}` takes steps, but did not tell its rates: {told['rates']}")
        else:
            lines.append(
                f"- `{device}`: a product of f32 at {told['peak_gflops'] / 1e3:.2f} TFLOP/s, reading at {told['read_gbs']:.0f} GB/s"
            )
    torch = found.get("torch")
    if not torch:
        lines += ["- There is no PyTorch here: its columns are absent.", ""]
    elif "error" in torch:
        lines += [f"- PyTorch failed: {torch['error']}", ""]
    else:
        rates = [f"{how} {max(by_side.values()):.1f}" for how, by_side in torch["tflops"].items()]
        lines.append(f"- PyTorch {torch['version']} on {torch['device']}: TFLOP/s of a product: {', '.join(rates)};")
        lines += [f"  a copy at {torch['copy_gbs']:.0f} GB/s (read and written)", ""]
    if vulkan := found.get("vulkan"):
        lines += [f"Vulkan: {'; '.join(vulkan)}", ""]
    return lines


def of_parts(records: dict) -> list[str]:
    def end(record: dict) -> str:
        if record.get("error"):
            return f"failed: {record['error']}"
        return "unfinished" if record.get("unfinished") else "done"

    rows = [[part, number(record.get("seconds"), 0), end(record)] for part, record in records.items()]
    return ["## Parts", "", *table(["part", "seconds", ""], rows)]


def of_kernels(records: dict) -> list[str]:
    rows = []
    for part, record in records.items():
        for test, told in record["found"].get("tests", {}).items() if part.startswith("kernels-") else ():
            failed = ", ".join(told["failed"]) or "0"
            rows.append([part, test, str(told["passed"]), failed, told["end"] or "; ".join(told["skipped"])])
    return ["## Kernels against the CPU", "", *table(["part", "tests", "passed", "failed", ""], rows)] if rows else []


def of_steps(found: dict, shape: str, machine: dict) -> list[str]:
    peaks = (machine.get("torch") or {}).get("tflops", {})
    rows = []
    for row in found["rows"]:
        ceiling = max(peaks.get("bf16" if row["precision"] in ("bf16w", "f16") else row["precision"], {}).values(), default=None)
        share = None if not ceiling or "tflops" not in row else 100 * row["tflops"] / ceiling
        name = f"{row['side']} {row['device'] if row['side'] == 'fpt' else row['how']}"
        if "error" in row:
            rows.append([name, row["precision"], f"failed: {row['error'][:120]}", "", "", "", ""])
            continue
        ratios = [row["step_ms"] / other["step_ms"] for other in fastest(found, row)] if "step_ms" in row else []
        spread = f"{number(row.get('least_ms'))} to {number(row.get('greatest_ms'))}"
        cells = [number(row.get("step_ms")), spread, number(share, 1), number(row.get("device_memory_mib"), 0)]
        rows.append([name, row["precision"], *cells, " / ".join(f"{ratio:.2f}" for ratio in ratios)])
    head = ["side", "precision", "step, ms", "rounds", "% of peak", "memory, MiB", "time over eager / compile"]
    torch = f" PyTorch {found['torch']}." if found.get("torch") else " No PyTorch."
    note = f"{found['rounds']} rounds in turn, dropout {found['dropout']}, medians.{torch}"
    return [f"## A step at {shape}: {found['shape']}", "", note, "", *table(head, rows)] if "rounds" in found else []


def fastest(found: dict, row: dict) -> list[dict]:
    """PyTorch's eager and its compiled step in the precision of a row of ours: of 16 bits, the faster way to have them."""
    kinds = (row["precision"],) if row["precision"] == "f32" else ("bf16", "bf16w")
    peers = [other for other in found["rows"] if other["side"] == "PyTorch" and "step_ms" in other]
    peers = [other for other in peers if other["precision"] in kinds] if row["side"] == "fpt" else []
    best = []
    for how in ("eager", "compile"):
        same = [other for other in peers if other["how"] == how]
        best += [min(same, key=lambda other: other["step_ms"])] if same else []
    return best


def of_throughput(records: dict) -> list[str]:
    rows, note = [], ""
    for part, record in records.items():
        if not part.startswith("throughput-"):
            continue
        found = record["found"]
        cpu = found.get("cpu")
        note = f"Shape {found.get('shape', '')}." + (f" Two cores of a CPU: {cpu['steps_a_second']:.2f} steps a second." if cpu else "")
        for row in found.get("rows", []):
            rate = row.get("steps_a_second")
            times = number(rate / cpu["steps_a_second"], 1) if rate and cpu else ""
            rows.append([part, str(row["processes"]), number(rate, 1), times or row.get("error", "")])
    head = ["part", "processes", "steps a second", "times two cores"]
    return ["## Small bodies, several processes", "", note, "", *table(head, rows)] if rows else []


def of_curves(part: str, found: dict) -> list[str]:
    others = "the CPU's of this machine" if part.startswith("smoke") else "the committed ones"
    lines = [f"## {part}", "", f"Curves beside {others}: greatest difference of the losses, train and validation.", ""]
    for where in found.values():
        if isinstance(where, dict) and where.get("ended"):
            lines += [f"Not whole yet: {where['said']}", ""]
    cells = found.get("cells", [])
    if part.startswith("smoke") and cells:
        worst = max(cells, key=lambda cell: cell["greatest"])
        within = sum(cell["greatest"] <= 1e-4 for cell in cells)
        times = ", ".join(f"{name} {told['seconds']:.0f} s" for name, told in found.items() if isinstance(told, dict))
        text = f"{within} of {len(cells)} cells within 1e-4; greatest {worst['greatest']:.2e} ({worst['cell']}). {times}."
        return [*lines, text, ""]
    rows = []
    for cell in cells:
        gaps = [f"{cell['first']:.1e} ({cell['first_step']})", f"{cell['greatest']:.1e}"]
        gaps.append(f"{cell['last']:.1e} ({cell['last_step']})")
        rows.append([cell["cell"], *gaps, number(100 * cell["accuracy_before"], 1), number(100 * cell["accuracy"], 1)])
    head = ["cell", "first point", "greatest", "last point", "accuracy there", "here"]
    return [*lines, *table(head, rows)]


def of_paper(part: str, found: dict) -> list[str]:
    rows = []
    for cell in found.get("cells", []):
        last = (cell.get("points") or [{}])[-1]
        steps = f"{last['step']}{' (goes on)' if cell.get('stopped') else ''}" if last else cell.get("error", "")[:200]
        accuracy = number(100 * last["validation_accuracy"], 1) if last else ""
        rows.append([cell["task"], str(cell["seed"]), steps, number(cell.get("steps_a_second"), 1), accuracy])
    head = ["random body on", "seed", "steps", "steps a second", "validation accuracy, %"]
    return [f"## {part}", "", *table(head, rows)]
