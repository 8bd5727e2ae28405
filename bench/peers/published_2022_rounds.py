#!/usr/bin/env python3
"""Ours and its peers in turns: the published model of 2022, medians of seconds and of processor seconds, and ratios.

Run:    published_2022_rounds.py BENCH [--modes sample64,step64,train8] [--peers torch,jax] [--rounds 3] [--batch 32] [--python PYTHON]
BENCH is published_bench. A round runs ours, then each peer, each in a process of its own that does its work twice and times the second
(train8: once, with the round as the seed). Two threads each. On a machine with other work the processor seconds are the fairer figure.
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
OURS = {"sample64": "sampling/64/batch:{batch}/packs:1", "step64": "training_step/64/batch:{batch}/packs:1/path:0",
        "train8": "time_to_ess/seed:{seed}/packs:1/path:0"}


def ours(o, mode, seed):
    name = OURS[mode].format(batch=o.batch, seed=seed) + "/"
    done = subprocess.run([o.bench, "--benchmark_filter=^" + name, "--benchmark_format=json", "--benchmark_min_time=0.01"], env=o.env,
                          capture_output=True, text=True, check=True)
    row = json.loads(done.stdout)["benchmarks"][0]
    scale = {"s": 1, "ms": 1e-3}[row["time_unit"]]
    # The time of time_to_ess holds no looks at the ESS, its processor time is counted apart.
    return row["real_time"] * scale, row.get("processor", row["cpu_time"] * scale), row.get("steps", 1)


def theirs(o, peer, mode, seed):
    words = [o.python, HERE / f"{peer}_published_2022.py", mode, "--repeat", "1", "--seed", str(seed)]
    done = subprocess.run(words + ([] if mode == "train8" else ["--batch", str(o.batch)]), env=o.env, capture_output=True, text=True, check=True)
    line = done.stdout.splitlines()[-1]
    wall, cpu = re.search(r", ([\d.]+) s[ ,].*?processor ([\d.]+) s", line).groups()
    steps = re.search(r"(\d+) steps", line)
    return float(wall), float(cpu), int(steps[1]) if steps else 1


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("bench")
    p.add_argument("--modes", default="sample64,step64,train8")
    p.add_argument("--peers", default="torch,jax")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--python", default=sys.executable)
    o = p.parse_args()
    with tempfile.TemporaryDirectory() as cache:  # so that jax compiles once
        o.env = os.environ | {"OMP_NUM_THREADS": "2", "OMP_WAIT_POLICY": "passive", "JAX_PLATFORMS": "cpu",
                              "JAX_COMPILATION_CACHE_DIR": cache, "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}
        for mode in o.modes.split(","):
            times = {name: [] for name in ["ours", *o.peers.split(",")]}
            for seed in range(1, o.rounds + 1):
                for name, found in times.items():
                    found.append(ours(o, mode, seed) if name == "ours" else theirs(o, name, mode, seed))
                    print(f"{mode} {name} {seed}: {found[-1][0]:.3f} s, processor {found[-1][1]:.3f} s, {found[-1][2]:.0f} steps", flush=True)
            mine = [statistics.median(t[k] for t in times["ours"]) for k in (0, 1)]
            for name, found in times.items():
                wall, cpu = (statistics.median(t[k] for t in found) for k in (0, 1))
                print(f"{mode} {name}: median {wall:.3f} s ({wall / mine[0]:.2f} times ours), processor {cpu:.3f} s ({cpu / mine[1]:.2f})", flush=True)


if __name__ == "__main__":
    main()
