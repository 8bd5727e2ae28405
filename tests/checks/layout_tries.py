#!/usr/bin/env python3
"""The check of the layout must itself be able to fail: it is tried on small trees, good and bad."""
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from layout import problems  # noqa: E402

HEAD = "/// \\file\n/// What this is.\n#pragma once\n"


def header(*includes, lines=0):
    return HEAD + "".join(f'#include "erg/{name}"\n' for name in includes) + "\n" * lines


GOOD = {
    "base/concept.hpp": header(),
    "base/vector.hpp": header("base/concept.hpp"),
    "geometry/concept.hpp": header("base/vector.hpp"),
    "io/concept.hpp": header("base/concept.hpp"),
    "potentials/concept.hpp": header("base/vector.hpp", "geometry/concept.hpp"),
    "densities/concept.hpp": header("potentials/concept.hpp", "geometry/concept.hpp"),
    "base.hpp": header("base/concept.hpp", "base/vector.hpp"),
    "geometry.hpp": header("geometry/concept.hpp"),
    "io.hpp": header("io/concept.hpp"),
    "potentials.hpp": header("potentials/concept.hpp"),
    "densities.hpp": header("densities/concept.hpp"),
    "erg.hpp": header("base.hpp", "geometry.hpp", "potentials.hpp", "densities.hpp"),
}
TOUR = """# Tour

<!-- headers -->

**`base/`**

- `concept.hpp`. What this is.
- `vector.hpp`. What this is.

<!-- headers -->
"""
TRIES = [
    ("the plan as it is", {}, None),
    ("a lower floor includes a higher one", {"potentials/concept.hpp": header("densities/concept.hpp")}, "floor 1 may not include"),
    ("base includes geometry", {"base/vector.hpp": header("geometry/concept.hpp")}, "floor 0 may not include"),
    ("geometry includes io", {"geometry/concept.hpp": header("io/concept.hpp")}, "may not include erg/io"),
    ("a floor includes io", {"densities/concept.hpp": header("io/concept.hpp")}, "may not include erg/io"),
    ("a header includes an umbrella", {"densities/concept.hpp": header("base.hpp")}, "includes the umbrella"),
    ("an include with spaces", {"base/vector.hpp": HEAD + '  #  include  "erg/densities/concept.hpp"\n'}, "may not include"),
    ("a header that does not exist", {"base/vector.hpp": header("base/absent.hpp")}, "does not exist"),
    ("an umbrella misses a header", {"base.hpp": header("base/concept.hpp")}, "does not include erg/base/vector.hpp"),
    ("an umbrella has a foreign header", {"io.hpp": header("io/concept.hpp", "base/vector.hpp")}, "not its own"),
    ("erg.hpp misses an umbrella", {"erg.hpp": header("base.hpp", "geometry.hpp", "potentials.hpp")}, "include erg/densities.hpp"),
    ("erg.hpp has io", {"erg.hpp": header("base.hpp", "geometry.hpp", "potentials.hpp", "densities.hpp", "io.hpp")}, "not its own"),
    ("no umbrella", {"io.hpp": None}, "io.hpp: missing"),
    ("a long header", {"base/vector.hpp": header(lines=300)}, "303 lines, at most 300"),
    ("no concept", {"io/concept.hpp": None, "io/file.hpp": header(), "io.hpp": header("io/file.hpp")}, "io/: no concept.hpp"),
    ("a folder on no floor", {"attic/concept.hpp": header()}, "has no floor"),
    ("no description", {"base/vector.hpp": "#pragma once\n"}, "must begin with"),
    ("Eigen in a kernel", {"../../cuda/kernel.cu": "#include <Eigen/Dense>\n"}, "includes Eigen"),
    ("a room", {"base/room/a.hpp": header("base/concept.hpp"), "base.hpp": header("base/concept.hpp", "base/vector.hpp", "base/room/a.hpp")}, None),
    ("a room that reaches up", {"base/room/a.hpp": header("densities/concept.hpp")}, "floor 0 may not include"),
    ("a room that the umbrella misses", {"base/room/a.hpp": header()}, "does not include erg/base/room/a.hpp"),
    ("a full room", {f"base/room/a{k}.hpp": header() for k in range(13)}, "base/room/: 13 headers, at most 12"),
    ("a room in a room", {"base/room/room/a.hpp": header()}, "rooms have none"),
    ("a tour without the headers", {"../../docs/tour.md": "# Tour\n\n<!-- headers -->\nnone\n<!-- headers -->\n"}, "docs/tour.md: the list of headers"),
    ("a tour with them", {"../../docs/tour.md": TOUR, **{f"{name}/concept.hpp": None for name in ("geometry", "io", "potentials", "densities")},
                          **{f"{name}.hpp": None for name in ("geometry", "io", "potentials", "densities")},
                          "erg.hpp": header("base.hpp")}, None),
    ("a full folder", {f"base/a{k}.hpp": header() for k in range(11)}, "13 headers, at most 12"),
    ("programs of twelve files", {f"../../{name}/a{k}.cpp": "" for name in ("examples", "examples/a", "examples/a/room", "bench") for k in range(12)}, None),
    ("a full folder of examples", {f"../../examples/a{k}.cpp": "" for k in range(13)}, "examples/: 13 files, at most 12"),
    ("a full program", {f"../../examples/a/a{k}.{end}": "" for k in range(7) for end in ("hpp", "cpp")}, "examples/a/: 14 files, at most 12"),
    ("a full room of a program", {f"../../examples/a/room/a{k}.cpp": "" for k in range(13)}, "examples/a/room/: 13 files, at most 12"),
    ("a full folder of benchmarks", {f"../../bench/peers/a{k}.py": "" for k in range(13)}, "bench/peers/: 13 files, at most 12"),
    ("what a benchmark left behind", {f"../../bench/__pycache__/a{k}.pyc": "" for k in range(13)}, None),
    ("a room in a program's room", {"../../examples/a/room/room/a.cpp": ""}, "rooms have none"),
    ("a long header of a program", {"../../examples/a/a.hpp": "\n" * 301}, "301 lines, at most 300"),
]

failures = 0
for name, changes, expected in TRIES:
    with tempfile.TemporaryDirectory() as folder:
        for path, text in {**GOOD, **changes}.items():
            if text is not None:
                file = pathlib.Path(folder) / "include" / "erg" / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
        found = problems(folder)
    good = not found if expected is None else any(expected in line for line in found)
    print(f"{'passed' if good else 'FAILED'}: {name}" + ("" if good else f": {found}"))
    failures += not good
sys.exit(failures)
