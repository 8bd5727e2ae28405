#!/usr/bin/env python3
"""Runs clang-tidy 14 with .clang-tidy over the headers: one translation unit per umbrella, with its folder's longest test.

    scripts/tidy.py [--flags FILE] [NAME...]

NAME: umbrellas (base, io, ...) or paths of sources, then looked at themselves; else all umbrellas. FILE: the compiler's flags, as
CMake writes them for the tests (else those of build/release). Status 1 with findings; 77 where clang-tidy 14 is not here.
"""
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parents[1]


def text_of(name: str) -> str:
    """A translation unit for an umbrella: it, and the longest test of its folder for what only templates in use can show."""
    tests = [path for path in (root / "tests" / name).rglob("*_test.cpp") if not path.stem.endswith("_long_test")]
    longest = max(tests, key=lambda path: (path.stat().st_size, path.name), default=None)
    return f"#include <erg/{name}.hpp>\n" + (f'#include "{longest}"  // NOLINT\n' if longest else "")


def findings(tool: str, flags: list[str], name: str) -> str:
    """What clang-tidy says about an umbrella or a source, or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(name)
        if not source.suffix:
            source = pathlib.Path(folder) / f"{name}.cpp"
            source.write_text(text_of(name))
        command = [tool, "--quiet", f"--config-file={root}/.clang-tidy", str(source), "--", *flags]
        ran = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if ran.returncode == 0:
        return ""
    return (ran.stdout or ran.stderr).replace(f"{root}/", "").strip() or f"clang-tidy ended with {ran.returncode}"


def main(arguments: list[str]) -> int:
    tool = shutil.which("clang-tidy-14") or shutil.which("clang-tidy")
    if not tool or " version 14." not in subprocess.run([tool, "--version"], capture_output=True, text=True).stdout:
        print("skipped: clang-tidy 14 is not here, and other versions find other things")
        return 77
    file = root / "build/release/tests/flags_CXX.txt"
    if arguments[:1] == ["--flags"]:
        file, arguments = pathlib.Path(arguments[1]), arguments[2:]
    if not file.exists():
        print(f"tidy: no flags in {file}: run cmake --preset release first")
        return 2
    # g++'s warnings are not all clang's; and clang may be here without its own omp.h.
    gcc_headers = subprocess.run(["g++", "-print-file-name=include"], capture_output=True, text=True).stdout.strip()
    flags = [*file.read_text().split(), f"-I{root}/tests", "-Wno-unknown-warning-option", "-idirafter", gcc_headers]

    names = arguments or [path.stem for path in sorted((root / "include/erg").glob("*.hpp")) if path.with_suffix("").is_dir()]
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for name, said in zip(names, pool.map(lambda name: findings(tool, flags, name), names)):
            if said:
                bad += 1
                print(f"{name}:\n{said}\n")
    print(f"{len(names) - bad} of {len(names)} translation units are tidy")
    return int(bad > 0)


sys.exit(main(sys.argv[1:]))
