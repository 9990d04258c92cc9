"""Servers that are measured, and a client that speaks to them as Helm does."""

import hashlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import inputs

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCTETS = "application/octet-stream"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server on a port of 127.0.0.1, with the processes that it is made of."""

    def __init__(self, name: str, port: int, command: list, **environment: str) -> None:
        self.name, self.port = name, port
        self.process = subprocess.Popen(
            [str(part) for part in command], env={**os.environ, **environment},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"{name} does not answer")

    def pids(self) -> list[int]:
        first = self.process.pid
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]

    def processor_seconds(self) -> float:
        total = 0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / os.sysconf("SC_CLK_TCK")

    def peak_mebibytes(self) -> float:
        found = [re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
                 for pid in self.pids()]
        return max(int(match[1]) for match in found if match) / 1024

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def registry(folder: Path) -> Server:
    port, config = free_port(), folder / "registry.yml"
    config.write_text(
        "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
        f"storage: {{filesystem: {{rootdirectory: {folder / 'registry'}}}}}\n"
        f"http: {{addr: '127.0.0.1:{port}'}}\n")
    return Server("docker-registry", port, ["docker-registry", "serve", config],
                  OTEL_TRACES_EXPORTER="none")


@dataclass
class Chart:
    """A chart as it is pushed."""

    config: bytes
    content: bytes
    manifest: bytes


def chart(folder: Path, name: str, version: str, files: dict[str, bytes]) -> Chart:
    content = inputs.archive(folder / "made.tgz", name, version, files).read_bytes()
    config = json.dumps({"name": name, "version": version, "appVersion": version, "apiVersion": "v2",
                         "description": "A chart for measuring", "type": "application"}).encode()
    part = lambda kind, data: {"mediaType": kind, "digest": digest(data), "size": len(data)}
    manifest = json.dumps({
        "schemaVersion": 2,
        "config": part("application/vnd.cncf.helm.config.v1+json", config),
        "layers": [part("application/vnd.cncf.helm.chart.content.v1.tar+gzip", content)],
    }).encode()
    return Chart(config, content, manifest)


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


class Client:
    """A connection that is kept."""

    def __init__(self, server: Server) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = OCTETS,
            expected: int = 200) -> tuple[dict, bytes]:
        headers = {"Content-Type": kind} if body is not None else {"Accept": MANIFEST}
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        got = answer.read()
        if answer.status != expected:
            raise SystemExit(f"{method} {path}: {answer.status} {got[:200]}")
        return {name.lower(): value for name, value in answer.getheaders()}, got

    def push_blob(self, repository: str, data: bytes) -> None:
        """As Helm does: asked for, begun, and sent at once."""
        self.ask("HEAD", f"/v2/{repository}/blobs/{digest(data)}", expected=404)
        head, _ = self.ask("POST", f"/v2/{repository}/blobs/uploads/", b"", expected=202)
        place = re.sub(r"^https?://[^/]+", "", head["location"])
        separator = "&" if "?" in place else "?"
        self.ask("PUT", f"{place}{separator}digest={digest(data)}", data, expected=201)

    def push(self, repository: str, tag: str, chart: "Chart", with_blobs: bool = True) -> None:
        if with_blobs:
            self.push_blob(repository, chart.content)
            self.push_blob(repository, chart.config)
        self.ask("PUT", f"/v2/{repository}/manifests/{tag}", chart.manifest, MANIFEST, 201)

    def pull(self, repository: str, tag: str) -> None:
        """As Helm does: the manifest by its tag, then both blobs."""
        _, manifest = self.ask("GET", f"/v2/{repository}/manifests/{tag}")
        read = json.loads(manifest)
        for part in [read["config"], *read["layers"]]:
            self.ask("GET", f"/v2/{repository}/blobs/{part['digest']}")
