#!/usr/bin/env python3
"""Checks that code shown in README.md and docs/*.md is code that was compiled.

A fenced block after the line `<!-- snippet: examples/quick_start.cpp#name -->` must equal the lines between `// [name]` and the
next `// [name]` of that file, less their common indentation. Every block of C++ needs such a line.

Usage: snippets.py [--write] [ROOT]     --write puts the compiled code into the documents
"""
import argparse
import pathlib
import re
import sys
import textwrap

BLOCK = re.compile(r"(?P<head>(?:<!-- snippet: (?P<path>[^#\s]+)#(?P<name>[\w-]+) -->\n)?)```(?P<language>\w*)\n(?P<body>.*?)^```$",
                   re.MULTILINE | re.DOTALL)


def region(root, path, name):
    file = root / path
    if not file.exists():
        raise LookupError(f"{path} does not exist")
    parts = re.split(rf"^[ \t]*// \[{re.escape(name)}\][ \t]*\n", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    if len(parts) != 3:
        raise LookupError(f"{path} has {len(parts) - 1} markers `// [{name}]`, expected 2")
    return textwrap.dedent(parts[1])


def check(root, write=False):
    """One line per problem."""
    problems = []
    root = pathlib.Path(root)
    for document in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        if not document.exists():
            continue
        text = document.read_text(encoding="utf-8")

        def compare(match):
            line = text.count("\n", 0, match.start()) + 1
            where = f"{document.relative_to(root)}:{line}"
            if not match["head"]:
                if match["language"] in ("cpp", "c++"):
                    problems.append(f"{where}: C++ that is not cut from a compiled file; put `<!-- snippet: path#name -->` above it")
                return match[0]
            try:
                code = region(root, match["path"], match["name"])
            except LookupError as error:
                problems.append(f"{where}: {error}")
                return match[0]
            if code != match["body"] and not write:
                problems.append(f"{where}: differs from {match['path']}#{match['name']} (scripts/snippets.py --write mends it)")
            return f"{match['head']}```{match['language']}\n{code}```"

        new = BLOCK.sub(compare, text)
        if write and new != text:
            document.write_text(new, encoding="utf-8")
    return problems


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("root", nargs="?", default=pathlib.Path(__file__).resolve().parents[1])
    arguments = parser.parse_args()
    found = check(arguments.root, arguments.write)
    print("\n".join(found) if found else "every snippet is compiled code")
    sys.exit(bool(found))
