"""Free energy differences by exponential averaging from pymbar: prints the numbers of tests/estimators/two_states/free_energy_perturbation_test.cpp.

Run:    python3 pymbar_golden.py          (needs the `pymbar` and `numpy` packages; the first line names the version)
Units:  k_B T. The works are a formula, so that the test makes the same ones: work(k) = shift + scale * sin(k * k).
"""
import numpy
import pymbar
from pymbar.other_estimators import exp

print('pymbar', pymbar.__version__)
for samples, shift, scale in [(7, 0.5, 0.25), (1000, -3.0, 2.0), (20000, 1500.0, 6.0)]:
    works = shift + scale * numpy.sin(numpy.arange(samples, dtype=float) ** 2)
    found = exp(works)
    print(f'{{{samples}, {shift!r}, {scale!r}, {float(found["Delta_f"])!r}, {float(found["dDelta_f"])!r}}},')
