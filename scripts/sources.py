#!/usr/bin/env python3
"""Checks docs/sources.md against what the code and the pages cite.

An entry is a list item that begins with the bold name by which it is cited and ends with the files that cite it:

    - **Kingma and Ba 2015**, Adam: a method for stochastic optimization, arXiv:1412.6980. In `erg/training/adam.hpp`.

- every arXiv:, doi:, arxiv.org and doi.org identifier in the tree stands in one entry;
- every entry is cited somewhere, by its identifier or by its name, and names the files that do (erg/… is include/erg/…);
- entries are in alphabetical order and have different names.

Usage: sources.py [--write] [ROOT]     --write puts the files' names into the entries
"""
import argparse
import pathlib
import re
import sys
import textwrap
import unicodedata

PAGE = "docs/sources.md"
FOLDERS = ["include", "cuda", "examples", "bench", "tests", "docs"]
FILES = ["README.md", "CONTRIBUTING.md"]
SUFFIXES = {".hpp", ".cpp", ".cuh", ".cu", ".py", ".md"}
LEFT_OUT = "tests/checks/"  # tries of the checks, with sources that nobody wrote
CITED = re.compile(r"(?:\barxiv|\bdoi):\s*|(?:arxiv\.org/(?:abs|pdf)|doi\.org)/", re.IGNORECASE)
ARXIV = re.compile(r"\d{4}\.\d{4,5}(?!\d)|[a-z-]+(?:\.[A-Z]{2})?/\d{7}(?!\d)")
DOI = re.compile(r"10\.\d{4,9}/[^\s\"'`*|<>\],;]+")
ENTRY = re.compile(r"^- \*\*(?P<name>.+?)\*\*(?P<about>.*?)(?P<place>\s+In\s+`[^`]+`(?:,\s+`[^`]+`)*\.)?\s*(?=^- |^\s*$|\Z)",
                   re.MULTILINE | re.DOTALL)


def plain(text):
    """One line, without the marks of comments: what a citation looks like that was broken in two."""
    return " ".join(re.sub(r"^[ \t]*(?:///?<?|#|\*)[ \t]*", "", text, flags=re.MULTILINE).split())


def identifiers(text):
    """The identifiers in a text that is plain, and what looks like one and is none."""
    found, broken = set(), []
    for match in CITED.finditer(text):
        rest = text[match.end():]
        if arxiv := ARXIV.match(rest):
            found.add(arxiv[0].lower())
        elif doi := DOI.match(rest):
            name = doi[0].rstrip(".:")
            while name.endswith(")") and name.count("(") < name.count(")"):
                name = name[:-1].rstrip(".:")
            found.add(name.lower())
        elif rest[:1].isdigit():
            broken.append(match[0] + rest.split()[0])
    return found, broken


def cites(text, entry):
    name = re.compile(rf"(?<!\w){re.escape(entry['name'])}(?!\w)")
    return bool(entry["ids"] & identifiers(text)[0]) or bool(name.search(text))


def alphabetical(name):
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).lower()


def read_entries(page):
    return [{"name": " ".join(match["name"].split()),
             "ids": identifiers(plain(match["about"]))[0],
             "about": match["about"],
             "files": re.findall(r"`([^`]+)`", match["place"] or ""),
             "span": match.span()} for match in ENTRY.finditer(page)]


def texts(root):
    """Path, as entries name it -> plain text."""
    paths = [path for folder in FOLDERS for path in sorted((root / folder).rglob("*")) if path.suffix in SUFFIXES]
    paths += [root / file for file in FILES if (root / file).exists()]
    names = {path.relative_to(root).as_posix(): path for path in paths}
    return {name.removeprefix("include/"): plain(path.read_text(encoding="utf-8"))
            for name, path in names.items() if name != PAGE and not name.startswith(LEFT_OUT)}


def check(root, write=False):
    """One line per problem."""
    root = pathlib.Path(root)
    page = (root / PAGE).read_text(encoding="utf-8")
    entries, tree, problems = read_entries(page), texts(root), []
    for name, text in tree.items():
        found, broken = identifiers(text)
        problems += [f"{name}: {word} is no identifier" for word in broken]
        for identifier in sorted(found):
            holders = sum(identifier in entry["ids"] for entry in entries)
            if holders == 0:
                problems.append(f"{name}: {identifier} is not in {PAGE}")
    known = [identifier for entry in entries for identifier in entry["ids"]]
    problems += [f"{PAGE}: {identifier} stands in two entries" for identifier in sorted(set(known)) if known.count(identifier) > 1]
    for before, after in zip(entries, entries[1:]):
        if alphabetical(before["name"]) >= alphabetical(after["name"]):
            problems.append(f"{PAGE}: {after['name']} does not come after {before['name']} in the alphabet")
    new, end = [], 0
    for entry in entries:
        places = [name for name, text in tree.items() if cites(text, entry)]
        if not places:
            problems.append(f"{PAGE}: {entry['name']} is cited nowhere")
        elif places != entry["files"] and not write:
            missing, other = sorted(set(places) - set(entry["files"])), sorted(set(entry["files"]) - set(places))
            problems.append(f"{PAGE}: {entry['name']}: cited in {missing or 'no other file'}, not in {other or 'the files in another order'} "
                            "(scripts/sources.py --write mends it)")
        item = f"- **{entry['name']}**{entry['about'].rstrip()}" + (f" In {', '.join(f'`{name}`' for name in places)}." if places else "")
        wrapped = textwrap.fill(" ".join(item.split()), 140, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
        new += [page[end:entry["span"][0]], wrapped + "\n"]
        end = entry["span"][1]
    if write:
        (root / PAGE).write_text("".join(new) + page[end:], encoding="utf-8")
    return problems


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("root", nargs="?", default=pathlib.Path(__file__).resolve().parents[1])
    arguments = parser.parse_args()
    found = check(arguments.root, arguments.write)
    print("\n".join(found) if found else "every source that is cited is listed, and every one listed is cited")
    sys.exit(bool(found))
