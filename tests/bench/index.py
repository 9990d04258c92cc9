"""Measures the index.yaml of 20,000 versions: the first one beside `helm repo index` of the same archives, and
those after one more push."""

import os
import statistics
import subprocess
import time
from pathlib import Path

import inputs
from tools import HELM, HREG

VERSIONS = int(os.environ.get("INDEX_VERSIONS", "20000"))
STARTS = 3
PUSHES = 15


def taken(command: list) -> tuple[float, float, float]:
    """Runs a program: the time, the processor time, and the most memory in MiB."""
    start = time.monotonic()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command[0]} has failed")
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def row(case: str, spread: str, time_taken: float, processor: float | None, memory: float) -> None:
    spent = "" if processor is None else f"{processor * 1000:,.0f} ms"
    print(f"| {case} | {spread} | {time_taken * 1000:,.1f} ms | {spent} | {memory:.1f} MiB |", flush=True)


def get(client, packed: bool) -> tuple[float, float, int]:
    """Asks for the index: the time until its head is there, until it is whole, and its size."""
    start = time.monotonic()
    headers = {"Accept-Encoding": "gzip"} if packed else {}
    client.connection.request("GET", "/index.yaml", headers=headers)
    answer = client.connection.getresponse()
    first = time.monotonic() - start
    size = len(answer.read())
    if answer.status != 200:
        raise SystemExit(f"GET /index.yaml: {answer.status}")
    return first, time.monotonic() - start, size


def firsts(start, client_of, folder: Path, spread: str, packed: bool) -> None:
    """The first index of a server that has just been started, the least of some."""
    kind = "gzip" if packed else "plain"
    found = []
    for _ in range(STARTS):
        server = start(folder)
        try:
            client, before = client_of(server), server.processor_seconds()
            _, whole, _ = get(client, packed)
            found.append((whole, server.processor_seconds() - before, server.peak_mebibytes()))
        finally:
            server.end()
    row(f"first index, {kind}", spread, *min(found))


def after_pushes(start, client_of, chart, folder: Path, spread: str) -> None:
    """The index after each of some pushes into one chart: the middle of them, and the slowest."""
    server = start(folder)
    try:
        client = client_of(server)
        get(client, False), get(client, True)
        for packed in [False, True]:
            kind, times = "gzip" if packed else "plain", []
            spent = 0.0
            for number in range(PUSHES):
                version = f"9.{int(packed)}.{number}"
                client.push("library/chart0", version, chart(folder, "chart0", version, {}))
                before = server.processor_seconds()
                times.append(get(client, packed)[:2])
                spent += server.processor_seconds() - before
            first = statistics.median(first for first, _ in times)
            whole = [whole for _, whole in times]
            memory = server.peak_mebibytes()
            row(f"after one more push, {kind}, its head", spread, first, None, memory)
            row(f"after one more push, {kind}, whole", spread, statistics.median(whole),
                spent / PUSHES, memory)
            row(f"after one more push, {kind}, the slowest of {PUSHES}", spread, max(whole), None, memory)
    finally:
        server.end()


def measure(start, client_of, chart, folder: Path) -> None:
    """Measures stores of all versions in 280 charts, and in one."""
    print("\n| index.yaml | of | time | processor | memory |\n|" + "---|" * 5)
    for charts in [280, 1]:
        place = folder / f"in{charts}"
        place.mkdir()
        spread = f"{VERSIONS:,} versions in {charts} chart{'s' if charts > 1 else ''}"
        archives = inputs.versions(place / "archives", charts, VERSIONS)
        for at in range(0, len(archives), 5000):
            save = [HREG, "--store", place / "store", "save", *archives[at:at + 5000]]
            subprocess.run(save, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # What was changed just now is looked at anew each time.
        time.sleep(1.5)
        if HELM:
            row("`helm repo index`", spread, *min(taken([HELM, "repo", "index", place / "archives"])
                                                  for _ in range(2)))
        for packed in [False, True]:
            firsts(start, client_of, place, spread, packed)
        after_pushes(start, client_of, chart, place, spread)
