#!/usr/bin/env python3
"""Checks that a source file does not compile, and that the compiler says why in our words.

The file's first line is `// rejects: <words>`; the words must stand in the compiler's output.
Usage: reject.py --flags flags.txt COMPILER FILE
"""
import argparse
import subprocess
import sys


def complaint(compiler, flags, path):
    """What is wrong, in one line; nothing when the file is refused as it should be."""
    with open(path, encoding="utf-8") as file:
        first = file.readline().strip()
    prefix = "// rejects: "
    if not first.startswith(prefix) or len(first) < len(prefix) + 10:
        return f"{path}: the first line must be `{prefix}<words of the message>`"
    words = first[len(prefix):]
    run = subprocess.run([compiler, f"@{flags}", "-fsyntax-only", "-fdiagnostics-color=never", path], capture_output=True, text=True)
    if run.returncode == 0:
        return f"{path}: compiles, but must be refused with: {words}"
    # GCC and Clang quote and break lines differently: compare the words alone.
    if " ".join(words.split()) not in " ".join(run.stderr.split()):
        return f"{path}: refused, but not with: {words}\n{run.stderr[:4000]}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flags", required=True)
    parser.add_argument("compiler")
    parser.add_argument("file")
    arguments = parser.parse_args()
    wrong = complaint(arguments.compiler, arguments.flags, arguments.file)
    if wrong:
        sys.exit(wrong)


if __name__ == "__main__":
    main()
