#!/usr/bin/env python3
"""The check of rejected code must itself be able to fail: it is tried on code that compiles and on other messages."""
import argparse
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from reject import complaint  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("--flags", required=True)
parser.add_argument("compiler")
arguments = parser.parse_args()

TRIES = [
    ("refused with our words", '// rejects: a sentence of ours\nstatic_assert(false, "a sentence of ours");\n', None),
    ("refused in a template that is used", '// rejects: a sentence of ours\ntemplate <int N>\nstruct S { static_assert(N > 0, '
     '"a sentence of ours"); };\ntemplate <int N> int f() { return sizeof(S<N>); }\nint x = f<0>();\n', None),
    ("compiles", "// rejects: a sentence of ours\nint x = 0;\n", "compiles, but must be refused"),
    ("refused with other words", "// rejects: a sentence of ours\nint x = y;\n", "refused, but not with"),
    ("no first line", 'static_assert(false, "a sentence of ours");\n', "the first line must be"),
    ("too few words", '// rejects: a\nstatic_assert(false, "a");\n', "the first line must be"),
]
failures = 0
with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / "try.cpp"
    for name, text, expected in TRIES:
        path.write_text(text, encoding="utf-8")
        got = complaint(arguments.compiler, arguments.flags, str(path))
        good = got is None if expected is None else got is not None and expected in got
        print(f"{'passed' if good else 'FAILED'}: {name}")
        failures += not good
sys.exit(failures)
