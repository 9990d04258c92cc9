"""Makes what the benchmarks work on: the same bytes on every machine and day.

Charts are made here and not by `helm create`, so that hreg can be measured where there is no Helm.
"""

import gzip
import io
import json
import random
import tarfile
from pathlib import Path

TEMPLATES = ["deployment", "hpa", "ingress", "service", "serviceaccount", "configmap", "secret"]
WORDS = (
    "{{ .Values. }} {{- if include end with toYaml nindent default quote metadata name labels spec "
    "selector replicas template containers image ports env resources limits requests memory cpu "
    "volumes mounts path http port probe service account annotations enabled true false"
).split()


def text(seed: str, size: int) -> bytes:
    """Makes lines that look, and compress, about like templates do."""
    source = random.Random(seed)
    lines, length = [], 0
    while length < size:
        words = " ".join(source.choices(WORDS, k=source.randint(2, 6)))
        line = f"{'  ' * source.randint(0, 6)}{words}: {source.randrange(1 << source.randint(1, 24))}\n"
        lines.append(line)
        length += len(line)
    return "".join(lines).encode()[:size]


def head(name: str, version: str) -> bytes:
    return (
        f"apiVersion: v2\nname: {name}\nversion: {version}\nappVersion: \"{version}\"\n"
        "description: A chart for measuring\ntype: application\n"
    ).encode()


def small_folder(parent: Path, name: str) -> Path:
    """Makes a chart folder of about ten files and 12 KiB, as `helm create` does."""
    folder = parent / name
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_bytes(head(name, "1.0.0"))
    values = "".join(f"key{number}:\n  value: {number}\n  on: true\n" for number in range(60))
    (folder / "values.yaml").write_text(values)
    (folder / ".helmignore").write_text("# what is no part of the chart\n.git/\n*.swp\n*.bak\n")
    for template in TEMPLATES:
        (folder / "templates" / f"{template}.yaml").write_bytes(text(name + template, 1500))
    return folder


def plan_folders(parent: Path, count: int, size: int) -> tuple[list[Path], Path]:
    """Makes chart folders of about so many bytes each, and a plan that nests them three deep.

    The root has as many charts in it as each of those has, to the count of all.
    """
    charts, width = [], 7
    for number in range(count):
        folder = small_folder(parent, f"part{number}")
        rest = size - sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        (folder / "templates" / "more.yaml").write_bytes(text(f"part{number}", rest))
        charts.append(folder)

    def node(number: int) -> dict:
        package = {"independent": True, "space": "library", "chart": f"part{number}", "version": "^1"}
        return {"package": package, "_config": {"key1": {"value": number}}}

    nodes = [node(number) for number in range(count)]
    for number in range(1, count):
        nodes[(number - 1) // width][f"node{number}"] = nodes[number]
    plan = parent / "plan.json"
    save = {"space": "library", "chart": "whole", "version": "1.0.0"}
    plan.write_text(json.dumps({"save": save, "configs": nodes[0]}))
    return charts, plan


def large_folder(parent: Path, megabytes: int) -> Path:
    """Makes a chart folder with one template for each megabyte."""
    folder = parent / "large"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_bytes(head("large", "1.0.0"))
    for number in range(megabytes):
        (folder / "templates" / f"{number}.yaml").write_bytes(text(f"large{number}", 1_000_000))
    return folder


def archive(path: Path, name: str, version: str, files: dict[str, bytes], level: int = 6) -> Path:
    """Makes a chart archive."""
    with open(path, "wb") as out, gzip.GzipFile("", "wb", level, out, mtime=0) as packed:
        with tarfile.open(fileobj=packed, mode="w") as tar:
            for file, data in {"Chart.yaml": head(name, version), **files}.items():
                member = tarfile.TarInfo(f"{name}/{file}")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
    return path


def versions(parent: Path, charts: int, total: int) -> list[Path]:
    """Makes `total` small archives, spread over so many charts."""
    parent.mkdir(parents=True)
    made = []
    for number in range(total):
        name, version = f"chart{number % charts}", f"1.{number // charts // 100}.{number // charts % 100}"
        values = {"values.yaml": f"number: {number}\n".encode()}
        made.append(archive(parent / f"{name}-{version}.tgz", name, version, values))
    return made


def random_archive(parent: Path, mebibytes: int, name: str = "random") -> Path:
    """Makes an archive that does not compress, so that it is as large as what is in it."""
    source = random.Random(f"archive {name}")
    files = {f"files/{number}": source.randbytes(1 << 20) for number in range(mebibytes)}
    return archive(parent / f"{name}-1.0.0.tgz", name, "1.0.0", files, level=1)
