"""Measures commands with hyperfine, and prints what came out as a table in Markdown."""

import json
import os
import shlex
import subprocess
import tempfile
import time
from pathlib import Path


class Table:
    """Collects rows: what was done, hreg's time, what stands beside it, and the ratio."""

    def __init__(self) -> None:
        self.rows = [["case", "hreg", "beside it", "its time", "ratio", "goal"], ["---"] * 6]

    def add(self, case: str, ours: float, beside: str, theirs: float | None, goal: str) -> None:
        ratio = f"{theirs / ours:.1f}" if theirs else ""
        self.rows.append([case, span(ours), beside, span(theirs) if theirs else "", ratio, goal])
        print("| " + " | ".join(self.rows[-1]) + " |", flush=True)

    def note(self, case: str, value: str, goal: str = "") -> None:
        self.rows.append([case, value, "", "", "", goal])
        print("| " + " | ".join(self.rows[-1]) + " |", flush=True)

    def head(self) -> None:
        for row in self.rows[:2]:
            print("| " + " | ".join(row) + " |", flush=True)


def span(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


def best(command: list, prepare: str = "", runs: int = 0) -> float:
    """Gives the least time of a command in seconds, without that of a shell.

    Whatever else the machine does only adds to a time, so the least is the one to compare.
    """
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        call = ["hyperfine", "-N", "--style", "none", "--warmup", "2", "--export-json", report.name]
        call += ["--prepare", prepare] if prepare else []
        call += ["--runs", str(runs)] if runs else []
        call.append(shlex.join(map(str, command)))
        done = subprocess.run(call, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(done.stderr)
        return json.load(report)["results"][0]["min"]


def once(run) -> float:
    start = time.monotonic()
    run()
    return time.monotonic() - start


def call(*command, store: Path | None = None) -> None:
    """Runs a command that must succeed, quietly."""
    environment = {**os.environ, **({"HREG_STORE": str(store)} if store else {})}
    subprocess.run([*map(str, command)], check=True, env=environment, stdout=subprocess.DEVNULL)


def peak_mebibytes(command: list) -> float:
    """Gives the most memory a command had, in MiB.

    GNU time asks for it: a child of Python would be told Python's own, from before it was replaced.
    """
    with tempfile.NamedTemporaryFile() as report:
        timed = ["/usr/bin/time", "-f", "%M", "-o", report.name, *map(str, command)]
        subprocess.run(timed, check=True, stdout=subprocess.DEVNULL)
        return int(Path(report.name).read_text().split()[-1]) / 1024


def durable_file(folder: Path, count: int = 100) -> float:
    """Gives the time that one small file takes on this disk: written, synced, and put in place."""
    directory = os.open(folder, os.O_RDONLY)
    times = []
    for number in range(count):
        start = time.monotonic()
        with open(folder / "new", "wb") as file:
            file.write(b"x" * 500)
            file.flush()
            os.fsync(file.fileno())
        os.rename(folder / "new", folder / f"{number}")
        os.fsync(directory)
        times.append(time.monotonic() - start)
    os.close(directory)
    return min(times)
