"""Writes what was found of every claim into docs/reproduction.md; the scoreboard and the claims of one study into README.md.

    python scripts/claims_page.py [--fpt PATH] [--check]

Asks `fpt claims --all` (built by `cargo run --release` where --fpt names no program) and puts what it says between the markers
of each part; the rest of the pages is left alone. With --check nothing is written, and a page that would change is an error.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys

HOME = pathlib.Path(__file__).resolve().parent.parent
STUDIES = HOME / "experiments"
END = "<!-- generated: end -->"
# The study whose claims README shows.
SHOWN = "modality"
VERDICTS = ["supported", "refuted", "smaller than δ", "undecided"]
# Studies of a profile other than `tiny`.
ELSEWHERE = {"real-bodies": "small"}
KINDS = {
    "paper": "on the paper's sections (Lu et al., 2021)",
    "critics": "on its critics' point (Rothermel et al., 2021)",
    "ours": "beyond both",
}


def claims(fpt: list[str], form: str) -> list[str]:
    """What fpt says of all studies, each at its profile."""
    asked = [["--all"], *([study, "--profile", profile] for study, profile in ELSEWHERE.items())]
    commands = [[*fpt, "claims", *which, "--format", form] for which in asked]
    return [subprocess.run(command, cwd=HOME, check=True, capture_output=True, text=True).stdout for command in commands]


def rows_of(fpt: list[str]) -> list[dict]:
    """A row a claim, of each study at its profile alone."""
    rows = [row for said in claims(fpt, "json") for row in json.loads(said)]
    return [row for row in rows if row["profile"] == ELSEWHERE.get(row["study"], "tiny")]


def has_run(rows: list[dict], study: str) -> bool:
    return any(row["runs"] > 0 for row in rows if row["study"] == study)


def kind(study: str) -> str:
    """Whose question it is: a study's first line says its section, or that it has none."""
    first = (STUDIES / f"{study}.toml").read_text().splitlines()[0]
    if re.match(r"# Sections? \d", first):
        return "paper"
    return "critics" if "Rothermel" in first else "ours"


def scoreboard(rows: list[dict]) -> list[str]:
    lines = [
        "| claims | asked | " + " | ".join(VERDICTS) + " | not run yet |",
        "|:--|--:" + "|--:" * len(VERDICTS) + "|--:|",
    ]
    kinds = {row["study"]: kind(row["study"]) for row in rows}
    groups = [(words, [row for row in rows if kinds[row["study"]] == name]) for name, words in KINDS.items()]
    for words, group in [*groups, ("**all**", rows)]:
        ran = [row for row in group if row["runs"] > 0]
        counts = [sum(row["verdict"] == verdict for row in ran) for verdict in VERDICTS]
        numbers = [len(group), *counts, len(group) - len(ran)]
        lines.append(f"| {words} | " + " | ".join(map(str, numbers)) + " |")
    return lines


def table_of_each(said: list[str], rows: list[dict]) -> dict[str, str]:
    """The tables of claims, by their studies."""
    tables = {}
    for markdown in said:
        groups = re.split(r"^### (.*?), (\w+)(?: \(.*\))?$", markdown, flags=re.M)
        # One study alone has no heading.
        if len(groups) == 1:
            tables[only(markdown, rows)] = markdown.split("\n\n", 1)[1].strip()
        for study, profile, table in zip(groups[1::3], groups[2::3], groups[3::3]):
            if profile == ELSEWHERE.get(study, "tiny"):
                tables[study] = table.strip()
    return tables


def every_claim(tables: dict[str, str], rows: list[dict]) -> list[str]:
    """The tables of all studies, each under its question: the paper's in its order, its critics', and what goes beyond."""
    found = []
    for study in {row["study"] for row in rows}:
        text = (STUDIES / f"{study}.toml").read_text()
        question = re.search(r'^question = "(.*)"$', text, re.M)[1]
        section = re.match(r"# Sections? ([\d.]+)", text)
        place = [int(number) for number in section[1].strip(".").split(".")] if section else []
        where = f"section {section[1].strip('.')}, " if section else ""
        profile = ELSEWHERE.get(study, "tiny")
        ran = has_run(rows, study)
        shown = f"[table](../results/{profile}/{study}/table.md)" if ran else "not run yet"
        lines = [f"### {question}", "", f"`{study}`, {where}{shown}.", ""]
        if ran:
            lines += [tables[study], ""]
        found.append((list(KINDS).index(kind(study)), place, study, lines))
    return [line for *_, lines in sorted(found) for line in lines]


def only(markdown: str, rows: list[dict]) -> str:
    """The study of a page without headings: the one with its first claim."""
    return next(study for study in ELSEWHERE for row in rows if row["study"] == study and row["claim"] in markdown)


def put(page: pathlib.Path, parts: dict[str, list[str]], check: bool) -> bool:
    """Whether the page says so already, or does now. Each part stands between markers of its name."""
    before = after = page.read_text()
    for name, lines in parts.items():
        begin = f"<!-- generated by scripts/claims_page.py, {name}: begin -->"
        head, rest = after.split(begin)
        _, tail = rest.split(END, 1)
        after = "\n".join([head + begin, "", *lines, "", END + tail])
    if check and after != before:
        print(f"{page.relative_to(HOME)} is not what `fpt claims --all` says: run scripts/claims_page.py", file=sys.stderr)
        return False
    if after != before:
        page.write_text(after)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fpt", help="the program, where it is not to be built")
    parser.add_argument("--check", action="store_true", help="write nothing")
    arguments = parser.parse_args()
    fpt = [arguments.fpt] if arguments.fpt else ["cargo", "run", "--release", "--quiet", "--"]
    rows = rows_of(fpt)
    tables = table_of_each(claims(fpt, "markdown"), rows)
    readme = {SHOWN: [tables[SHOWN]], "scoreboard": scoreboard(rows)}
    pages = [
        put(HOME / "README.md", readme, arguments.check),
        put(HOME / "docs" / "reproduction.md", {"claims": every_claim(tables, rows)}, arguments.check),
    ]
    return 0 if all(pages) else 1


if __name__ == "__main__":
    sys.exit(main())
