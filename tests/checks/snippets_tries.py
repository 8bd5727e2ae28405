#!/usr/bin/env python3
"""The check of snippets must itself be able to fail: it is tried on small documents, good and bad."""
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from snippets import check  # noqa: E402

CODE = "int before;\n  // [part]\n  int x = 1;\n    int y = 2;\n  // [part]\nint after;\n"
SHOWN = "<!-- snippet: a.cpp#part -->\n```cpp\nint x = 1;\n  int y = 2;\n```\n"
TRIES = [
    ("equal to the compiled region", CODE, f"# Title\n\n{SHOWN}\ntext\n\n```sh\nls\n```\n", None),
    ("differs", CODE, SHOWN.replace("2", "3"), "differs from a.cpp#part"),
    ("a marker is missing", CODE.replace("  // [part]\n", "", 1), SHOWN, "has 1 markers"),
    ("the file is missing", CODE, SHOWN.replace("a.cpp", "b.cpp"), "b.cpp does not exist"),
    ("code without its source", CODE, "```cpp\nint z;\n```\n", "not cut from a compiled file"),
]
failures = 0
for name, code, document, expected in TRIES:
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "a.cpp").write_text(code, encoding="utf-8")
        (root / "README.md").write_text(document, encoding="utf-8")
        found = check(root)
        good = not found if expected is None else any(expected in line for line in found)
        if expected and expected.startswith("differs"):
            good = good and not check(root, write=True) and not check(root)
    print(f"{'passed' if good else 'FAILED'}: {name}" + ("" if good else f": {found}"))
    failures += not good
sys.exit(failures)
