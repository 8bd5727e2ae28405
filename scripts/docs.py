#!/usr/bin/env python3
"""Builds the Doxygen pages; a warning is an error. Usage: docs.py --out FOLDER"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--out", required=True)
out = pathlib.Path(parser.parse_args().out)
if not shutil.which("doxygen"):
    print("skipped: doxygen is not here")
    sys.exit(77)
out.mkdir(parents=True, exist_ok=True)
root = pathlib.Path(__file__).resolve().parents[1]
run = subprocess.run(["doxygen", "docs/Doxyfile"], cwd=root, env={**os.environ, "ERG_DOCS_OUT": str(out)}, capture_output=True, text=True)
print(run.stderr[-6000:])
if run.returncode == 0 and not run.stderr.strip():
    print(f"pages are in {out}/html/index.html")
sys.exit(run.returncode != 0 or bool(run.stderr.strip()))
