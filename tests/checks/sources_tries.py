#!/usr/bin/env python3
"""The check of sources must itself be able to fail: it is tried on small trees, good and bad."""
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from sources import check  # noqa: E402

CODE = "/// Source:  Abel and\n///          Noether 1931, arXiv:1234.56789, eq. 1 (doi:10.1/2).\n".replace("10.1/2", "10.1234/a(9)b.1")
ABEL = "- **Abel and Noether 1931**, Rings, arXiv:1234.56789. In `erg/a.hpp`.\n"
EULER = "- **Euler 1748**, Curves, doi:10.1234/A(9)b.1. In `erg/a.hpp`.\n"
BROKEN_IN_TWO = ABEL.replace("Rings, ", "Rings,\n  ")
TRIES = [
    ("all is listed", CODE, ABEL + EULER, None),
    ("an entry of two lines", CODE, BROKEN_IN_TWO + EULER, None),
    ("cited by name alone", CODE.replace("arXiv:1234.56789, ", ""), ABEL + EULER, None),
    ("cited by address", CODE.replace("arXiv:1234.56789", "https://arxiv.org/abs/1234.56789"), ABEL + EULER, None),
    ("an identifier is not listed", CODE, EULER, "erg/a.hpp: 1234.56789 is not in docs/sources.md"),
    ("another identifier", CODE.replace("56789", "56788"), ABEL + EULER, "1234.56788 is not in"),
    ("a DOI with brackets is not listed", CODE, ABEL, "10.1234/a(9)b.1 is not in"),
    ("a page cites", CODE, ABEL + EULER, "docs/page.md: 2345.67890 is not in", {"docs/page.md": "See arXiv:2345.67890.\n"}),
    ("a benchmark cites", CODE, ABEL + EULER, "bench/b.cpp: 2345.67890 is not in", {"bench/b.cpp": "// arXiv:2345.67890\n"}),
    ("no identifier", CODE, ABEL + EULER, "bench/b.cpp: arXiv:23.4 is no identifier", {"bench/b.cpp": "// arXiv:23.4\n"}),
    ("an entry that nobody cites", CODE, ABEL + EULER + "- **Gauss 1801**, Numbers, arXiv:3456.78901.\n", "Gauss 1801 is cited nowhere"),
    ("a longer name is another name", CODE, ABEL + EULER + "- **Noether 193**, Ideals.\n", "Noether 193 is cited nowhere"),
    ("one identifier twice", CODE, ABEL + "- **Abel and Noether 1931b**, Rings, arXiv:1234.56789. In `erg/a.hpp`.\n" + EULER, "stands in two entries"),
    ("not in alphabetical order", CODE, EULER + ABEL, "Abel and Noether 1931 does not come after Euler 1748"),
    ("a file that does not cite it", CODE, ABEL.replace("a.hpp", "b.hpp") + EULER, "cited in ['erg/a.hpp'], not in ['erg/b.hpp']"),
    ("no file is named", CODE, ABEL.replace(" In `erg/a.hpp`.", "") + EULER, "cited in ['erg/a.hpp'], not in"),
]
failures = 0
for name, code, entries, expected, *more in TRIES:
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        page = f"# Sources\n\nWhat is cited.\n\n{entries}\nThe end.\n"
        for path, text in {"include/erg/a.hpp": code, "docs/sources.md": page, **(more[0] if more else {})}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        found = check(root)
        good = not found if expected is None else any(expected in line for line in found)
        if expected and expected.startswith("cited in"):
            good = good and not check(root, write=True) and not check(root)
        elif expected is None and name == "all is listed":
            check(root, write=True)
            good = good and (root / "docs/sources.md").read_text(encoding="utf-8") == page
    print(f"{'passed' if good else 'FAILED'}: {name}" + ("" if good else f": {found}"))
    failures += not good
sys.exit(failures)
