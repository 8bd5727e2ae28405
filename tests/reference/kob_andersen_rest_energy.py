"""Energy per particle of the Kob-Andersen mixture at rest in the structure of caesium chloride, by sums over the lattice.

Run:    python3 kob_andersen_rest_energy.py [EDGE ...]      (needs `numpy`)
Units:  epsilon and sigma of two A particles; EDGE is that of the cubic cell of two particles.
"""
import sys

import numpy

EPSILON, SIGMA = [[1, 1.5], [1.5, 0.5]], [[1, 0.8], [0.8, 0.88]]
SITES = numpy.array([[0, 0, 0], [.5, .5, .5]])
CELLS = numpy.array([[x, y, z] for x in range(-4, 5) for y in range(-4, 5) for z in range(-4, 5)], float)


def energy(edge):
    total = 0
    for a in range(2):
        for b in range(2):
            r = edge * numpy.linalg.norm(CELLS + SITES[b] - SITES[a], axis=1)
            s6 = (SIGMA[a][b] / r[(r > 0) & (r < 2.5 * SIGMA[a][b])]) ** 6
            total += 4 * EPSILON[a][b] * (s6 * s6 - s6 - (2.5 ** -12 - 2.5 ** -6)).sum() / 2
    return total / 2


for edge in [float(x) for x in sys.argv[1:]] or [1.05]:
    print(f'edge {edge!r}, density {2 / edge ** 3!r}: {float(energy(edge))!r}')
