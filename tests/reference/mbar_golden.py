"""Multistate and two-state estimates from pymbar 4: prints the numbers of tests/estimators/multistate/mbar_golden.hpp and of
bennett_test.cpp, works_test.cpp and correlation_test.cpp beside it.

Run:    python3 mbar_golden.py          (needs the `pymbar`, `numpy` and `pandas` packages; the first line names the version)
Units:  k_B T. Samples are a formula, so that the tests make the same ones: Box and Muller on multiples of two irrationals.
The states are those of pymbar's own tests (oscillators of stiffness 1, 2, 4, 8, 16 at 0 … 4, one of them without samples), close
copies of one state, and the alchemical path of soft_core_u_nk.csv, which soft_core_u_nk.py sampled.
"""
import pathlib

import numpy
import pandas
import pymbar
from pymbar import timeseries
from pymbar.other_estimators import bar, exp_gauss

numpy.set_printoptions(floatmode='unique', linewidth=200)
print('pymbar', pymbar.__version__)


def normal(n):
    a, b = (n + 1) * 0.6180339887498949, (n + 1) * 0.4142135623730951
    return numpy.sqrt(-2 * numpy.log(1 - (a - numpy.floor(a)))) * numpy.cos(2 * numpy.pi * (b - numpy.floor(b)))


def oscillators(centre, stiffness, counts):
    centre, stiffness = numpy.array(centre), numpy.array(stiffness)
    state = numpy.repeat(numpy.arange(len(counts)), counts)
    x = centre[state] + normal(numpy.arange(sum(counts), dtype=float)) / numpy.sqrt(stiffness[state])
    return x, 0.5 * stiffness[:, None] * (x[None, :] - centre[:, None]) ** 2


def row(numbers):
    return '{' + ', '.join(repr(float(x)) for x in numbers) + '}'


def show(name, u, counts):
    mbar = pymbar.MBAR(u, counts, solver_protocol='robust', relative_tolerance=1e-14)
    found, overlap = mbar.compute_free_energy_differences(), mbar.compute_overlap()
    print(f'// {name}: f_k - f_0, their errors, row 1 of the overlap matrix')
    print(row(found['Delta_f'][0]), row(found['dDelta_f'][0]), row(overlap['matrix'][1]), sep=',\n', end=',\n')
    return mbar


five = ([0., 1., 2., 3., 4.], [1., 2., 4., 8., 16.])
x, u = oscillators(*five, [1000, 500, 0, 800, 300])
mbar = show('oscillators', u, [1000, 500, 0, 800, 300])
for k in (0, 2, 4):
    means = mbar.compute_multiple_expectations(numpy.array([x, x * x]), u[k], compute_covariance=True)
    print(f'// <x>, <x^2> in state {k}, their errors, their covariance')
    print(row([*means['mu'], *means['sigma'], means['covariances'][0, 1]]))
fes = mbar.compute_perturbed_free_energies(numpy.array([0.5 * 3 * (x - 1.5) ** 2, 0.5 * 5 * (x - 2.5) ** 2]))
print('// between two states that are none of them')
print(row([fes['Delta_f'][0, 1], fes['dDelta_f'][0, 1]]))
x, u = oscillators([0., 0., 0., 0.1], [1., 1., 1. + 1e-9, 1.], [200, 300, 250, 150])
show('nearly identical states', u, [200, 300, 250, 150])

path = pathlib.Path(__file__).with_name('soft_core_u_nk.csv')
if path.exists():
    table = pandas.read_csv(path, index_col=[0, 1])
    counts = [int((table.index.get_level_values(1) == float(column)).sum()) for column in table.columns]
    show('soft core', table.to_numpy().T.copy(), counts)

forward = 2 + 1.5 * normal(numpy.arange(700, dtype=float))
reverse = 0.5 + 1.2 * normal(numpy.arange(1000, 1400, dtype=float))
for method in ('BAR', 'MBAR'):
    found = bar(forward, reverse, uncertainty_method=method, relative_tolerance=1e-14)
    print('// BAR', method, repr(float(found['Delta_f'])), repr(float(found['dDelta_f'])))
found = exp_gauss(forward)
print('// Gaussian', repr(float(found['Delta_f'])), repr(float(found['dDelta_f'])))

series = numpy.empty(3000)
now = 5.
for t, z in enumerate(normal(numpy.arange(3000, dtype=float))):
    now = 0.9 * now + z
    series[t] = now
print('// g of the series and of its half', repr(float(timeseries.statistical_inefficiency(series))),
      repr(float(timeseries.statistical_inefficiency(series[1500:]))))
print('// equilibration', timeseries.detect_equilibration(series[:600], fast=False, nskip=10))
print('// kept', list(timeseries.subsample_correlated_data(series[:60], g=7.3)))
