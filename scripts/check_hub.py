"""Checks that `fpt` and Python's `huggingface_hub` share a cache, both ways, against a hub on this machine.

    pip install huggingface_hub
    python scripts/check_hub.py --fpt target/release/fpt

The hub has one model whose weights are elsewhere, as large files are. What one side downloads, the other has to find
with HF_HUB_OFFLINE=1; the token goes to the hub alone. Exit code 0 when all of that holds.
"""

import argparse
import hashlib
import http.server
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NAME = "owner/body"
FILES = {"config.json": b'{"model_type": "gpt2"}', "model.safetensors": bytes(range(256)) * 4000}
LARGE = 1000


class Hub(http.server.BaseHTTPRequestHandler):
    """Speaks as much of the hub's HTTP as a download needs."""

    protocol_version = "HTTP/1.1"
    tokens: list = []

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, body: bool) -> None:
        Hub.tokens.append((self.headers["Host"].split(":")[0], self.headers["Authorization"]))
        parts = self.path.split("?")[0].strip("/").split("/")
        content = FILES.get(parts[-1])
        if parts[:2] == ["api", "models"]:
            return self.send(200, {}, b"{}", body)
        if content is None or (parts[0] != "elsewhere" and parts[3] not in ("main", COMMIT)):
            return self.send(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT}, b"", body)
        etag = f'"{hashlib.sha256(content).hexdigest()}"'
        if parts[0] == "elsewhere" or len(content) < LARGE:
            return self.send(200, {"X-Repo-Commit": COMMIT, "ETag": etag}, content, body)
        place = f"http://localhost:{self.server.server_port}/elsewhere/{parts[-1]}"
        linked = {"X-Linked-Etag": etag, "X-Linked-Size": str(len(content))}
        self.send(302, {"Location": place, "X-Repo-Commit": COMMIT, **linked}, b"", body)

    def send(self, status: int, headers: dict, content: bytes, body: bool) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)


def fpt(binary: str, cache: pathlib.Path, **environment: str) -> str:
    """What `fpt` says on being asked for the model. That the bytes are no weights comes after they are found."""
    settings = {**os.environ, "HF_HUB_CACHE": str(cache), "HF_TOKEN": "secret", **environment}
    run = subprocess.run([binary, "verify", NAME], env=settings, capture_output=True, text=True, check=False)
    return run.stdout + run.stderr


def python(cache: pathlib.Path, **environment: str) -> list:
    """The files as `huggingface_hub` finds or downloads them, in a process of its own."""
    code = f"""
from huggingface_hub import hf_hub_download
for file in {list(FILES)}:
    print(hf_hub_download({NAME!r}, file))
"""
    settings = {**os.environ, "HF_HUB_CACHE": str(cache), "HF_HUB_DISABLE_XET": "1", **environment}
    run = subprocess.run([sys.executable, "-c", code], env=settings, capture_output=True, text=True, check=True)
    return [pathlib.Path(line) for line in run.stdout.split()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fpt", default="target/release/fpt")
    binary = parser.parse_args().fpt
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    there = {"HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}"}
    alone = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_OFFLINE": "1"}
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = pathlib.Path(folder) / "ours", pathlib.Path(folder) / "theirs"
        said = fpt(binary, ours, **there)
        found = python(ours, **alone)
        assert [path.read_bytes() for path in found] == list(FILES.values()), said
        assert all(token is None for host, token in Hub.tokens if host == "localhost"), Hub.tokens
        assert any(token == "Bearer secret" for host, token in Hub.tokens if host != "localhost")
        layout = {str(path.relative_to(ours)) for path in ours.rglob("*") if path.is_file() and path.suffix != ".lock"}

        python(theirs, **there)
        assert "not in the cache" in fpt(binary, pathlib.Path(folder) / "empty", **alone)
        said = fpt(binary, theirs, **alone)
        assert "not in the cache" not in said, said
        other = {str(path.relative_to(theirs)) for path in theirs.rglob("*") if path.is_file() and path.suffix != ".lock"}
        assert layout <= other, layout ^ other
    print(f"both find what the other downloaded: {', '.join(sorted(layout))}")


if __name__ == "__main__":
    main()
