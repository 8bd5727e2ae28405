#!/usr/bin/env python3
"""The layout that house.md's floor plan promises, read off the #include lines.

- a header includes its own folder and folders of lower floors only; folders of floor 0 stand beside each other, not on top;
- io/ is for programs: no other folder includes it;
- every folder has concept.hpp and an umbrella erg/<folder>.hpp that includes each of its headers and nothing else;
- a folder may have rooms (bijectors/crystal/), one level of them, which share its floor and its umbrella;
- erg/erg.hpp includes every umbrella but io's;
- headers have at most 300 lines, folders at most 12 headers; the first lines are the file's description and #pragma once;
- so have the folders of examples/ and bench/, at most 12 files of any kind; a program's folder may have rooms, rooms have none;
- what nvcc compiles includes neither Eigen nor xtensor;
- docs/tour.md lists every header with the line that says what it is.

Usage: layout.py [--write] [ROOT]     --write writes the umbrellas and the list
"""
import pathlib
import re
import sys
import textwrap

ABOUT = {
    "base": "Scalars, vectors, random streams, parallel loops, execution tags.",
    "geometry": "Periodic boxes, lattices, crystals, neighbours.",
    "networks": "Networks: forward and vector-Jacobian products on blocks.",
    "io": "What programs write and read: results, checkpoints, configurations, plots. Needs nlohmann-json; link erg::io.",
    "bijectors": "Smooth invertible maps and their composition.",
    "potentials": "Potential energies of particles, and what wraps them.",
    "densities": "Densities to sample from and to compare with.",
    "samplers": "Markov chains.",
    "training": "Losses, optimisers, schedules, checkpoints.",
    "estimators": "Free energies and their errors from log-weights.",
    "erg": "All of Ergodic that needs Eigen, xtensor and Random123 alone; erg/io.hpp is for programs and stands apart.",
}
FLOOR = {"base": 0, "geometry": 0, "networks": 0, "io": 0, "bijectors": 1, "potentials": 1, "densities": 2, "samplers": 3,
         "training": 3, "estimators": 4, "chemistry": 4, "sequences": 5, "landscapes": 5, "agents": 6}
BESIDE_BASE = {"geometry", "networks", "io"}  # floor 0: these may include base/ and themselves
# One folder of a floor may use another of the same floor where the plan says so.
SAME_FLOOR = {("landscapes", "sequences"), ("chemistry", "estimators")}
LINES, HEADERS, FILES = 300, 12, 12
LIST = re.compile(r"(?<=<!-- headers -->\n).*?(?=<!-- headers -->)", re.DOTALL)
INCLUDE = re.compile(r'^\s*#\s*include\s*"erg/([^"]+)"', re.MULTILINE)


def may_include(folder, other):
    if folder == other:
        return True
    if other == "io":
        return False
    if folder in BESIDE_BASE or other in BESIDE_BASE and folder == "base":
        return other == "base"
    if (folder, other) in SAME_FLOOR:
        return True
    return FLOOR[other] < FLOOR[folder]


def problems(root):
    found = []
    headers_of = {}
    erg = pathlib.Path(root) / "include" / "erg"
    for path in sorted(erg.glob("*/**/*")):
        name = path.relative_to(erg).as_posix()
        folder = name.split("/")[0]
        if path.is_dir() and name.count("/") == 1:
            continue
        if path.suffix != ".hpp":
            found.append(f"{name}: only .hpp files stand here")
            continue
        if name.count("/") > 2:
            found.append(f"{name}: a folder has rooms, rooms have none")
        if folder not in FLOOR:
            found.append(f"{name}: the folder {folder}/ has no floor (scripts/layout.py lists them)")
            continue
        headers_of.setdefault(folder, set()).add(name)
        text = path.read_text(encoding="utf-8")
        lines = text.count("\n")
        if lines > LINES:
            found.append(f"{name}: {lines} lines, at most {LINES}")
        if not text.startswith("/// \\file\n/// "):
            found.append(f"{name}: must begin with `/// \\file` and a line that says what it is")
        if "#pragma once" not in text:
            found.append(f"{name}: no #pragma once")
        for other in INCLUDE.findall(text):
            target = other.split("/")[0]
            if "/" not in other:
                found.append(f"{name}: includes the umbrella erg/{other}")
            elif target not in FLOOR:
                found.append(f"{name}: includes erg/{other}, which is on no floor")
            elif not may_include(folder, target):
                found.append(f"{name}: floor {FLOOR[folder]} may not include erg/{other} of floor {FLOOR[target]}")
            if not (erg / other).exists():
                found.append(f"{name}: includes erg/{other}, which does not exist")
    for folder, headers in sorted(headers_of.items()):
        rooms = [name.rpartition("/")[0] for name in headers]
        found += [f"{room}/: {rooms.count(room)} headers, at most {HEADERS}" for room in sorted(set(rooms))
                  if rooms.count(room) > HEADERS]
        if f"{folder}/concept.hpp" not in headers:
            found.append(f"{folder}/: no concept.hpp")
        found += umbrella_problems(erg / f"{folder}.hpp", headers)
    for path in sorted((pathlib.Path(root) / "cuda").rglob("*.cu*")):
        for library in re.findall(r"#\s*include\s*<(Eigen|xtensor|doctest|nlohmann)/", path.read_text(encoding="utf-8")):
            found.append(f"{path.name}: includes {library}, which stays out of what nvcc compiles")
    found += umbrella_problems(erg / "erg.hpp", {f"{folder}.hpp" for folder in headers_of if folder != "io"})
    found += program_problems(pathlib.Path(root))
    tour = pathlib.Path(root) / "docs" / "tour.md"
    if tour.exists() and LIST.findall(tour.read_text(encoding="utf-8")) != [header_list(root)]:
        found.append("docs/tour.md: the list of headers is not that of include/ (scripts/layout.py --write mends it)")
    return found


def program_problems(root):
    """What examples/ and bench/ have too much of. What ran there may have left folders of its own, hidden or __pycache__."""
    found = []
    files_of = {}
    for top in ("examples", "bench"):
        for path in sorted((root / top).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.is_dir() or any(part.startswith((".", "__")) for part in path.relative_to(root).parts):
                continue
            files_of.setdefault(name.rpartition("/")[0], []).append(name)
            if name.count("/") > 3:
                found.append(f"{name}: a folder has rooms, rooms have none")
            lines = path.read_text(encoding="utf-8").count("\n") if path.suffix == ".hpp" else 0
            if lines > LINES:
                found.append(f"{name}: {lines} lines, at most {LINES}")
    return found + [f"{folder}/: {len(files)} files, at most {FILES}" for folder, files in files_of.items() if len(files) > FILES]


def umbrella_problems(path, expected):
    if not path.exists():
        return [f"{path.name}: missing"]
    included = set(INCLUDE.findall(path.read_text(encoding="utf-8")))
    return ([f"{path.name}: does not include erg/{name}" for name in sorted(expected - included)] +
            [f"{path.name}: includes erg/{name}, which is not its own" for name in sorted(included - expected)])


def header_list(root):
    """A list for each folder and room: its headers and what they say they are."""
    erg = pathlib.Path(root) / "include" / "erg"
    rooms = {}
    for path in sorted(erg.glob("*/**/*.hpp")):
        rooms.setdefault(path.parent.relative_to(erg).as_posix(), []).append(path)
    lines = []
    for room in sorted(rooms, key=lambda room: (-FLOOR.get(room.split("/")[0], 0), room)):
        lines += [f"\n**`{room}/`**\n"]
        for path in sorted(rooms[room], key=lambda path: (path.stem != "concept", path.stem)):
            about = path.read_text(encoding="utf-8").split("\n")[1].removeprefix("/// ")
            lines += textwrap.wrap(f"- `{path.name}`. {about}", 140, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines) + "\n\n"


def write_list(root):
    tour = pathlib.Path(root) / "docs" / "tour.md"
    tour.write_text(LIST.sub(lambda match: header_list(root), tour.read_text(encoding="utf-8"), count=1), encoding="utf-8")


def write_umbrellas(root):
    erg = pathlib.Path(root) / "include" / "erg"
    folders = sorted((path.name for path in erg.iterdir() if path.is_dir()), key=lambda folder: (FLOOR[folder], folder))
    names = {folder: sorted(path.relative_to(erg).as_posix() for path in erg.glob(f"{folder}/**/*.hpp")) for folder in folders}
    names["erg"] = [f"{folder}.hpp" for folder in folders if folder != "io"]
    for umbrella, headers in names.items():
        lines = [f'#include "erg/{name}"' for name in headers]
        text = f"/// \\file\n/// {ABOUT[umbrella]}\n#pragma once\n\n" + "\n".join(sorted(lines)) + "\n"
        (erg / f"{umbrella}.hpp").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--write"]
    root = arguments[0] if arguments else pathlib.Path(__file__).resolve().parents[1]
    if "--write" in sys.argv:
        write_umbrellas(root)
        write_list(root)
    found = problems(root)
    print("\n".join(found) if found else "the layout is as planned")
    sys.exit(bool(found))
