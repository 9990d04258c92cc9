"""Pushes small charts to a server as Helm does, by `replay.rs`: a client in Python would be the slower side."""

import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

import inputs
from servers import MANIFEST, OCTETS, Chart, chart, digest

REPLAY = Path(__file__).with_name("replay.rs")


@dataclass
class Pushed:
    """What came of pushing for some time."""

    count: int
    rate: float
    p99: float


class Pushes:
    """So many charts, each for a repository of its own, ready to be sent."""

    def __init__(self, folder: Path, count: int) -> None:
        self.program, self.plan = folder / "replay", folder / "plan"
        subprocess.run(["rustc", "--edition", "2024", "-O", REPLAY, "-o", self.program], check=True)
        with open(self.plan, "wb") as out:
            for number in range(count):
                made = chart(folder, f"new{number}", "1.0.0",
                             {"templates/a.yaml": inputs.text(f"n{number}", 6000)})
                for request in _requests(f"/v2/push/new{number}", made):
                    out.write(struct.pack("<II", number, len(request)) + request)
        self.total = count

    def send(self, port: int, connections: int, seconds: int) -> Pushed:
        """Sends them for so many seconds; it must not run out of them."""
        with open(self.plan, "rb") as plan:
            done = subprocess.run([self.program, f"127.0.0.1:{port}", str(connections), str(seconds)],
                                  stdin=plan, capture_output=True, text=True, check=True)
        times = sorted(int(line) / 1e6 for line in done.stdout.split())
        if len(times) == self.total:
            raise SystemExit(f"{self.total} charts are too few for {seconds} s")
        # The average of what each connection did, which has no share of the last pushes' end.
        rate = connections * len(times) / sum(times)
        return Pushed(len(times), rate, times[int(len(times) * 0.99)])


def _requests(repository: str, made: Chart) -> list[bytes]:
    """A question whether it is there, the beginning of an upload and the upload for each blob, and the
    manifest; a zero byte stands for the place that an upload goes to."""
    requests = []
    for data in [made.content, made.config]:
        requests += [
            _request("HEAD", f"{repository}/blobs/{digest(data)}"),
            _request("POST", f"{repository}/blobs/uploads/", b""),
            _request("PUT", f"\0&digest={digest(data)}", data),
        ]
    return [*requests, _request("PUT", f"{repository}/manifests/1.0.0", made.manifest, MANIFEST)]


def _request(method: str, path: str, body: bytes | None = None, kind: str = OCTETS) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: registry"]
    if body is not None:
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")
