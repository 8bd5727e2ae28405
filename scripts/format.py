#!/usr/bin/env python3
"""Checks that all C++ is formatted as .clang-format says; `--write` formats it. Needs clang-format 14 (Debian 12's)."""
import pathlib
import shutil
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parents[1]
tool = shutil.which("clang-format-14") or shutil.which("clang-format")
if not tool or " version 14." not in subprocess.run([tool, "--version"], capture_output=True, text=True).stdout:
    print("skipped: clang-format 14 is not here, and other versions lay code out differently")
    sys.exit(77)
files = [str(path) for folder in ("include", "cuda", "tests", "bench", "examples", "docs")
         for path in sorted((root / folder).rglob("*")) if path.suffix in (".hpp", ".cpp", ".cuh", ".cu")]
if "--write" in sys.argv:
    sys.exit(subprocess.run([tool, "-i", *files]).returncode)
bad = [path for path in files if subprocess.run([tool, "--dry-run", "--Werror", path], capture_output=True).returncode]
for path in bad:
    print(f"{pathlib.Path(path).relative_to(root)}: not formatted (scripts/format.py --write)")
print(f"{len(files) - len(bad)} of {len(files)} files are formatted")
sys.exit(bool(bad))
