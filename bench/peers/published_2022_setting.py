"""What jax_published_2022.py and torch_published_2022.py share: the crystal, the shapes, the command line and the clock. numpy only."""
import argparse
import itertools
import math
import resource
import statistics
import time

import numpy as np

A, B, GAMMA, EPSILON, SIGMA, REACH, COSINE, LAMBDA = 7.049556277, 0.6022245584, 1.2, 6.189, 2.3925, 1.8, math.cos(math.radians(109.47)), 23.15
BETA, DENSITY, NOISE, BINS, LEAST = 1 / (0.0019872067 * 200), 0.033567184, 0.2, 16, 1e-4
PARAMETERS = 3 * BINS + 1
SOFT = 1.2  # Å: below, the pair energy is a straight line in training
TUTORIAL = {"layers": 4, "frequencies": 2, "width": 32, "blocks": 2}
FULL = {"layers": 24, "frequencies": 8, "width": 256, "blocks": 2}
HEADS = 2
BACK = [[0, 1, 2], [1, 2, 0], [2, 0, 1]]  # axes after layers % 3 rolls


class Crystal:
    """Sites and the first two shells of neighbours; images of one site count apart."""

    def __init__(self, cells):
        face = np.array([[0, 0, 0], [0, .5, .5], [.5, 0, .5], [.5, .5, 0]])
        corner = np.array(list(itertools.product(range(cells), repeat=3)), float)
        basis = np.concatenate([face, face + .25])
        self.fractions = (corner[:, None] + basis[None]).reshape(-1, 3) / cells  # the held molecule first, at the origin
        self.n, self.edge = len(self.fractions), cells * (8 / DENSITY) ** (1 / 3)
        image = np.array(list(itertools.product((-1, 0, 1), repeat=3)), float)
        d = (self.fractions[None, :, None] + image - self.fractions[:, None, None]).reshape(self.n, -1, 3) * self.edge
        nearest = np.argsort(np.linalg.norm(d, axis=-1), axis=1, kind="stable")[:, 1:17]
        self.neighbours = nearest // len(image)
        self.d = np.take_along_axis(d, nearest[:, :, None], 1)
        self.cut = float(np.linalg.norm(d[0, nearest[0, 0]])) / 2

    def base_at_rest(self):
        """ln of the base density with all molecules on their sites."""
        z = self.cut / NOISE
        log_chi_3 = math.log(math.erf(z / math.sqrt(2)) - z * math.sqrt(2 / math.pi) * math.exp(-z * z / 2))
        return -(self.n - 1) * (log_chi_3 + 1.5 * math.log(2 * math.pi * NOISE ** 2))


def arguments(doc, **flags):
    p = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("mode", choices=("train8", "sample64", "step64", "count"), nargs="?")
    p.add_argument("--check", metavar="FILE", help="compares with what `published_bench --write-comparison=FILE` wrote")
    p.add_argument("--batch", type=int, help="128 for train8, 32 for the others")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--rate", type=float, help="1e-3 for train8, else the published 7e-5")
    p.add_argument("--steps", type=int, default=2000, help="train8 gives up after these")
    p.add_argument("--every", type=int, default=25, help="steps between two looks at the ESS, which are not timed")
    p.add_argument("--samples", type=int, default=4096, help="of a look")
    p.add_argument("--repeat", type=int, default=3)
    p.add_argument("--threads", type=int, default=2)
    for flag, text in flags.items():
        p.add_argument("--" + flag, action="store_true", help=text)
    o = p.parse_args()
    if (o.mode is None) == (o.check is None):
        p.error("either a mode or --check FILE")
    return o


class Clock:
    """Seconds that pass, and seconds of processor time of all threads, since it was made."""

    def __init__(self):
        self.start, self.cpu_start = time.perf_counter(), self.cpu()

    @staticmethod
    def cpu():
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime

    def read(self):
        return np.array([time.perf_counter() - self.start, self.cpu() - self.cpu_start])


def report(name, o, batch, run):
    """Medians over o.repeat runs after a first one."""
    clock = Clock()
    run()
    first, times = clock.read()[0], []
    for _ in range(o.repeat):
        clock = Clock()
        run()
        times.append(clock.read())
    wall, cpu = (statistics.median(t[k] for t in times) for k in (0, 1))
    print(f"{name}: batch {batch}, {wall:.3f} s ({min(t[0] for t in times):.3f} to {max(t[0] for t in times):.3f}), processor {cpu:.3f} s, "
          f"{batch / wall:.2f} samples/s, the first time {first:.1f} s", flush=True)


def train_to_ess(o, step, effective_samples, compiling):
    """step() until effective_samples() finds 0.1; only steps are timed."""
    total = np.zeros(2)
    for done in range(o.every, o.steps + 1, o.every):
        clock = Clock()
        for _ in range(o.every):
            loss = step()
        loss = float(loss)
        total += clock.read()
        ess = effective_samples()
        print(f"step {done}  loss {loss:.3f}  ESS {ess:.4f}  {total[0]:.2f} s, processor {total[1]:.2f} s", flush=True)
        if ess >= 0.1:
            break
    verdict = "ESS 0.1" if ess >= 0.1 else "ESS 0.1 NOT REACHED"
    print(f"{verdict}: {done} steps, {total[0]:.2f} s, processor {total[1]:.2f} s, {1e3 * total[0] / done:.2f} ms a step, "
          f"processor {1e3 * total[1] / done:.2f} ms, compilation {compiling:.1f} s", flush=True)


def read_comparison(file):
    """Extents, weights by name, and the draws of the file, in double."""
    from safetensors import safe_open
    with safe_open(file, "np") as f:
        shape = {k: int(v) for k, v in f.metadata().items() if k in ("cells", "layers", "frequencies", "width", "blocks")}
        tensors = {k: f.get_tensor(k).astype(float) for k in f.keys()}
    draws = {k: tensors.pop("draws." + k) for k in ("base", "image", "log_density", "energy")}
    return shape, tensors, draws


def compare(weights, draws, image, log_density, energy):
    """Prints the largest differences; a SystemExit where one is above 1e-4."""
    worst = 0.0
    for name, mine, ours in (("image", image, draws["image"]), ("log_density", log_density, draws["log_density"]),
                             ("energy", energy, draws["energy"])):
        difference = np.abs(np.asarray(mine) - ours).max()
        worst = max(worst, difference if np.isfinite(difference) else math.inf)
        print(f"{name}: largest difference {difference:.3g} of {np.abs(ours).max():.3g}")
    moved = np.abs(draws["image"] - draws["base"]).max()
    print(f"{weights} parameters, {len(draws['base'])} draws, moved by up to {moved:.3g} A")
    if worst > 1e-4:
        raise SystemExit("not the same model")
