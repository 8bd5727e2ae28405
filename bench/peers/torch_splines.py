"""The peer of splines_bench.cpp: 65 536 numbers through rational-quadratic splines of 16 bins, each with its own 47 parameters.

Forward, inverse and forward + backward with nflows and zuko on PyTorch, one thread.
Run:    python3 torch_splines.py [float32|float64] [seconds]        prints elements per second of processor time
Needs:  torch, nflows, zuko.
"""
import sys
import time

import torch
from nflows.transforms.splines.rational_quadratic import unconstrained_rational_quadratic_spline
from zuko.transforms import MonotonicRQSTransform

NUMBERS, BINS, REACH = 1 << 16, 16, 4.0


def nflows_spline(x, w, h, d, inverse):
    return unconstrained_rational_quadratic_spline(x, w, h, d, inverse=inverse, tails="linear", tail_bound=REACH,
                                                   min_bin_width=1e-4, min_bin_height=1e-4, min_derivative=1e-4)


def zuko_spline(x, w, h, d, inverse):
    f = MonotonicRQSTransform(w, h, d, bound=REACH)
    return (f.inv if inverse else f).call_and_ladj(x)


def rate(run, seconds):
    run()
    begin, passes = time.process_time(), 0
    while time.process_time() - begin < seconds:
        run()
        passes += 1
    return NUMBERS * passes / (time.process_time() - begin)


def main():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    dtype = getattr(torch, sys.argv[1] if len(sys.argv) > 1 else "float32")
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 3.0
    x = 4.4 * torch.sin(torch.arange(NUMBERS, dtype=torch.float64)).to(dtype)
    w, h, d = (torch.sin(torch.arange(NUMBERS * n, dtype=torch.float64)).reshape(NUMBERS, n).to(dtype) for n in (BINS, BINS, BINS - 1))

    def backward(spline):
        inputs = [t.clone().requires_grad_() for t in (x, w, h, d)]
        y, log_det = spline(*inputs, False)
        (y.sum() - log_det.sum()).backward()

    for name, spline in (("nflows", nflows_spline), ("zuko", zuko_spline)):
        with torch.no_grad():
            print(f"{name} forward {dtype}: {rate(lambda: spline(x, w, h, d, False), seconds):.4g} elements/s")
            print(f"{name} inverse {dtype}: {rate(lambda: spline(x, w, h, d, True), seconds):.4g} elements/s")
        print(f"{name} forward and backward {dtype}: {rate(lambda: backward(spline), seconds):.4g} elements/s")


main()
