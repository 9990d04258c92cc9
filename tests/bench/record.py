"""Writes down which requests a client sends to a registry, for `replay.rs` to send again."""

import re
import socket
import struct
import threading
from pathlib import Path


class Recorder:
    """A proxy that passes requests on to a registry, and keeps them in the order in which they came."""

    def __init__(self, registry: str) -> None:
        self.registry = registry
        self.requests: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        host, port = self.registry.split(":")
        server = socket.create_connection((host, int(port)))
        from_client, from_server = client.makefile("rb"), server.makefile("rb")
        while request := _message(from_client, True):
            self.requests.append(request)
            server.sendall(request)
            client.sendall(_message(from_server, not request.startswith(b"HEAD ")))

    def plan(self) -> list[tuple[str, bytes]]:
        """Gives the requests with their repositories, those of each in an order in which one
        connection can send them; a zero byte stands for the place that an upload goes to."""
        by_repository: dict[str, list[bytes]] = {}
        for request in self.requests:
            request = request.replace(self.address.encode(), self.registry.encode())
            found = re.match(rb"\w+ /v2/(.+?)/(manifests|blobs)/", request)
            if found:
                by_repository.setdefault(found[1].decode(), []).append(request)
        return [(name, request) for name, requests in by_repository.items()
                for request in _in_order(requests)]


def write(plan: list[tuple[str, bytes]], path: Path, old: str, new: str) -> Path:
    """Writes a plan down, for repositories below another space."""
    numbers: dict[str, int] = {}
    with open(path, "wb") as out:
        for name, request in plan:
            request = request.replace(f"/v2/{old}/".encode(), f"/v2/{new}/".encode(), 1)
            out.write(struct.pack("<II", numbers.setdefault(name, len(numbers)), len(request)))
            out.write(request)
    return path


def _message(stream, with_body: bool) -> bytes:
    lines = []
    while line := stream.readline():
        lines.append(line)
        if line == b"\r\n":
            break
    length = [line for line in lines if line.lower().startswith(b"content-length:")]
    body = stream.read(int(length[0].split(b":")[1])) if length and with_body else b""
    return b"".join(lines) + body


def _in_order(requests: list[bytes]) -> list[bytes]:
    """Puts what was sent side by side for one chart one after the other: for each blob the question
    whether it is there, the beginning of an upload, and the upload."""
    kinds: dict[str, list[bytes]] = {"ask": [], "begin": [], "send": [], "end": [], "other": []}
    for request in requests:
        kinds[_kind(request.split(b" HTTP/")[0])].append(request)
    ordered = kinds["other"]
    for begin, send in zip(kinds["begin"], kinds["send"]):
        digest = re.search(rb"digest=sha256(?:%3A|:)([0-9a-f]{64})", send)[1]
        ordered += [request for request in kinds["ask"] if digest in request.split(b"\r\n")[0]]
        ordered += [begin, re.sub(rb"^PUT \S+?[?&]digest=", b"PUT \0&digest=", send, count=1)]
    return ordered + kinds["end"]


def _kind(line: bytes) -> str:
    for kind, start, part in [("ask", b"HEAD ", b"/blobs/"), ("begin", b"POST ", b"/blobs/"),
                              ("send", b"PUT ", b"/blobs/"), ("end", b"PUT ", b"/manifests/")]:
        if line.startswith(start) and part in line:
            return kind
    return "other"
