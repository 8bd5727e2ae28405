"""The peer of estimators_bench.cpp: MBAR by pymbar 4 on JAX, in turns with ours on the same u_kn; prints times and their ratio.

The first solution of each size, which compiles, is not timed. Ours is timed with reading left out, pymbar with the free energies,
their errors and nothing else (no overlap matrix, which ours has too).
Run:    python3 pymbar_mbar.py PATH/estimators_bench [--rounds 3] [--sizes 20x10000,200x1000]
Needs:  numpy, pymbar, jax.
"""
import argparse
import json
import os
import resource
import statistics
import subprocess
import tempfile
import time

import numpy


def u_kn(states, each):
    rng = numpy.random.default_rng(1)
    stiffness, centre = 1 + 4 * numpy.arange(states) / states, 0.5 * numpy.arange(states)
    x = numpy.repeat(centre, each) + rng.standard_normal(states * each) / numpy.sqrt(numpy.repeat(stiffness, each))
    return 0.5 * stiffness[:, None] * (x[None, :] - centre[:, None]) ** 2, numpy.full(states, each)


def ours(program, path):
    done = subprocess.run([program, '--benchmark_filter=mbar/from_file', '--benchmark_format=json', '--benchmark_min_time=0.01'],
                         env={**os.environ, 'ERG_U_KN': path}, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)['benchmarks'][0]
    line = done.stderr[done.stderr.index('delta_f'):].split('\n')[0].split()
    return found['real_time'] / 1e3, found['cpu_time'] / 1e3, float(line[1]), float(line[3].rstrip(',')), found['memory/u_kn']


def theirs(u, counts):
    import pymbar
    wall, cpu = time.perf_counter(), time.process_time()
    found = pymbar.MBAR(u, counts).compute_free_energy_differences()
    return time.perf_counter() - wall, time.process_time() - cpu, float(found['Delta_f'][0, -1]), float(found['dDelta_f'][0, -1])


def main():
    options = argparse.ArgumentParser()
    options.add_argument('program')
    options.add_argument('--rounds', type=int, default=3)
    options.add_argument('--sizes', default='20x10000,200x1000')
    options = options.parse_args()
    for size in options.sizes.split(','):
        states, each = map(int, size.split('x'))
        u, counts = u_kn(states, each)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'u.npz')
            numpy.savez(path, u_kn=u, N_k=counts)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            theirs(u, counts)
            memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / u.nbytes
            rounds = []
            for _ in range(options.rounds):
                a, b = ours(options.program, path), theirs(u, counts)
                rounds.append((a, b))
                print(f'{size}: ours {a[0]:.3f} s ({a[1]:.3f} s of processors), pymbar {b[0]:.2f} s ({b[1]:.2f}), '
                      f'ratio {b[0] / a[0]:.1f} ({b[1] / a[1]:.1f}); free energies differ by {abs(a[2] - b[2]):.1e}, errors by {abs(a[3] - b[3]):.1e}; '
                      f'memory {a[4]:.2f} and {memory:.1f} of u_kn', flush=True)
            print(f'{size}: median ratio {statistics.median(b[0] / a[0] for a, b in rounds):.1f}, '
                  f'of processor time {statistics.median(b[1] / a[1] for a, b in rounds):.1f}', flush=True)


main()
