"""Finds the programs that are measured."""

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HREG = os.environ.get("HREG", str(ROOT / "target/release/hreg"))
SEARCHED = [os.environ.get("PATH", "")]
if "HREG_PEERS" in os.environ:
    SEARCHED.append(os.environ["HREG_PEERS"] + "/bin")
HELM = shutil.which("helm", path=os.pathsep.join(SEARCHED))
