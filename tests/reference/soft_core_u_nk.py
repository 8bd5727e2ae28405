"""Samples an alchemical path: writes soft_core_u_nk.csv, the reduced energies that mbar_golden.py and the tests read.

A Lennard-Jones particle appears in a fluid of 26 others (reduced density 0.7, temperature 1.2, cutoff at half the box), by the soft
core 4 lambda [1 / (0.5 (1 - lambda) + r^6)^2 - 1 / (0.5 (1 - lambda) + r^6)] in six steps of lambda. Metropolis moves, a sample every
ten sweeps, in the form of alchemlyb: index time and fep-lambda, a column for each lambda.
Run:    python3 soft_core_u_nk.py          (needs `numpy` and `pandas`; a minute)
"""
import pathlib

import numpy
import pandas

PARTICLES, DENSITY, TEMPERATURE = 27, 0.7, 1.2
LAMBDAS = numpy.array([0.0, 0.1, 0.25, 0.5, 0.75, 1.0])
BOX = (PARTICLES / DENSITY) ** (1 / 3)
rng = numpy.random.default_rng(7)


def squares(x, others):
    d = others - x
    d -= BOX * numpy.rint(d / BOX)
    return (d * d).sum(axis=1)


def solute(r2, lam):
    inside = r2[r2 < BOX * BOX / 4]
    s = 1 / (0.5 * (1 - lam) + inside ** 3)
    return 4 * lam * (s * s - s).sum()


def energy(i, x, positions, lam):
    """Of particle i at x with the others; particle 0 is the solute."""
    r2 = numpy.delete(squares(x, positions), i)
    if i == 0:
        return solute(r2, lam)
    s = 1 / numpy.where(r2[1:] < BOX * BOX / 4, r2[1:] ** 3, numpy.inf)
    return solute(r2[:1], lam) + 4 * (s * s - s).sum()


def main():
    rows, index = [], []
    for lam in LAMBDAS:
        grid = numpy.stack(numpy.meshgrid(*[numpy.arange(3)] * 3), -1).reshape(-1, 3)
        positions = grid * BOX / 3
        for sweep in range(600):
            for i in range(PARTICLES):
                trial = positions[i] + rng.uniform(-0.15, 0.15, 3) * (4 if i == 0 and lam < 0.3 else 1)
                change = energy(i, trial, positions, lam) - energy(i, positions[i], positions, lam)
                if numpy.log(rng.uniform()) < -change / TEMPERATURE:
                    positions[i] = trial
            if sweep >= 100 and sweep % 10 == 0:
                r2 = squares(positions[0], positions[1:])
                rows.append([solute(r2, other) / TEMPERATURE for other in LAMBDAS])
                index.append((float(sweep), lam))
    table = pandas.DataFrame(rows, columns=LAMBDAS, index=pandas.MultiIndex.from_tuples(index, names=['time', 'fep-lambda']))
    table.to_csv(pathlib.Path(__file__).with_name('soft_core_u_nk.csv'), float_format='%.12g')


main()
