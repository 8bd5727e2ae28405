"""The peer of `training_step` in flow_bench.cpp: the same flow, potential and batch in PyTorch, timed per training step.

Cubic ice of 64 molecules, three sweeps over eight colours, conditioners 48-48-48-15, Adam, total gradient of the reverse KL loss.
Run:    python3 torch_crystal_flow.py [float64|float32] [seconds] [threads]        prints configurations per second
Needs:  torch, numpy.
"""
import itertools
import math
import sys
import time

import numpy as np
import torch

A, B, GAMMA, EPSILON, SIGMA, REACH, COSINE, LAMBDA = 7.049556277, 0.6022245584, 1.2, 6.189, 2.3925, 1.8, math.cos(math.radians(109.47)), 23.15
BETA, DENSITY, CELLS, SWEEPS, WIDTH, BATCH = 1 / (0.0019872067 * 200), 0.033567184, 2, 3, 48, 128


def diamond(cells):
    """Sites, the 16 nearest neighbours of each in an order that inversion keeps, and the vectors to them."""
    face = np.array([[0, 0, 0], [0, .5, .5], [.5, 0, .5], [.5, .5, 0]])
    basis = np.concatenate([face, face + .25])
    corner = np.array(list(itertools.product(range(cells), repeat=3)), float)
    sites = (basis[:, None] + corner[None]).reshape(-1, 3)
    edge = (8 / DENSITY) ** (1 / 3)
    d = sites[None] - sites[:, None]
    d = (d - cells * np.round(d / cells)) * edge
    table = []
    for i, row in enumerate(d):
        seen = row * (1 if i < len(sites) // 2 else -1)
        key = lambda j: (round(np.linalg.norm(row[j]), 3), *np.round(seen[j], 3))
        table.append(sorted((j for j in range(len(sites)) if j != i), key=key)[:16])
    table = np.array(table)
    return len(sites), table, np.take_along_axis(d, table[:, :, None], 1)


class Water:
    """Energy of displacements from rest."""

    def __init__(self, cells):
        self.n, table, d = diamond(cells)
        self.table, self.d = torch.tensor(table), torch.tensor(d)
        self.rest = 0.0
        self.rest = self.energy(torch.zeros(1, self.n, 3, dtype=torch.get_default_dtype())).item()

    def energy(self, u):
        x = (self.d + u[:, self.table] - u[:, :, None]) / SIGMA
        r = x.square().sum(-1).sqrt()
        inside = r < REACH - 1e-3
        gap = torch.where(inside, r - REACH, torch.full_like(r, -1))
        pair = torch.where(inside, A * EPSILON * (B / r ** 4 - 1) * torch.exp(1 / gap), torch.zeros_like(r))
        g = torch.where(inside, torch.exp(GAMMA / gap), torch.zeros_like(r))
        e = x / r[..., None]
        first, second = (g[..., None] * e).sum(-2), torch.einsum('bnj,bnja,bnjc->bnac', g, e, e)
        angles = (second ** 2).sum((-1, -2)) - 2 * COSINE * (first ** 2).sum(-1) + (COSINE * g.sum(-1)) ** 2 - (1 - COSINE) ** 2 * (g ** 2).sum(-1)
        return 0.5 * pair.sum((-1, -2)) + 0.5 * LAMBDA * EPSILON * angles.sum(-1) - self.rest


class Flow(torch.nn.Module):
    def __init__(self, water):
        super().__init__()
        hessian = torch.autograd.functional.hessian(lambda z: water.energy(z.view(1, -1, 3))[0], torch.zeros(3 * water.n))
        stiffness, modes = torch.linalg.eigh(hessian)
        self.stiffness, self.modes = stiffness[3:], modes[:, 3:]
        self.water, self.per = water, water.n // 8
        block = hessian.view(water.n, 3, water.n, 3)
        self.mean = []
        for c in range(8):
            i = c * self.per
            near = torch.cat([block[i, :, j] for j in water.table[i]], 1)
            self.mean.append(-torch.linalg.solve(block[i, :, i], near))
        self.unit = 1 / math.sqrt(BETA * block[0, :, 0].trace().item() / 3)
        self.scale = torch.nn.Sequential(torch.nn.Linear(3, 16), torch.nn.SiLU(), torch.nn.Linear(16, 1))
        net = lambda: torch.nn.Sequential(torch.nn.Linear(48, WIDTH), torch.nn.SiLU(), torch.nn.Linear(WIDTH, WIDTH), torch.nn.SiLU(),
                                          torch.nn.Linear(WIDTH, 15))
        self.nets = torch.nn.ModuleList(net() for _ in range(8 * SWEEPS))
        for last in [self.scale[-1]] + [n[-1] for n in self.nets]:
            torch.nn.init.zeros_(last.weight)
            torch.nn.init.zeros_(last.bias)

    def forward(self, batch):
        """Samples and their reduced work, up to the constants of the base density."""
        z = self.stiffness / self.stiffness[-1]
        s = self.scale(torch.stack([z.sqrt(), z, z * z], -1))[:, 0]
        xi = torch.randn(batch, len(z))
        u = (xi * torch.exp(s) / torch.sqrt(BETA * self.stiffness)) @ self.modes.T
        u, log_det = u.view(batch, -1, 3), s.sum()
        for layer, net in enumerate(self.nets):
            u, more = self.move(u, layer % 8, net)
            log_det = log_det + more
        return BETA * self.water.energy(u) - 0.5 * xi.square().sum(-1) - log_det

    def move(self, u, c, net):
        mine, sign = slice(c * self.per, (c + 1) * self.per), 1 if c < 4 else -1
        near = sign * u[:, self.water.table[mine]]
        mean = near.flatten(2) @ self.mean[c].T
        skip, skew, tail, log_scale, shift = (0.4 * net((near - mean[:, :, None]).flatten(2) / self.unit)).split(3, -1)
        x, y, z = ((sign * u[:, mine] - mean) / self.unit).unbind(-1)
        r = torch.stack([x, y + skip[..., 0] * x, z + skip[..., 1] * x + skip[..., 2] * y], -1)
        out = torch.sinh(torch.exp(tail) * torch.asinh(r) + skew)
        log_det = (log_scale + tail + 0.5 * torch.log1p(out * out) - 0.5 * torch.log1p(r * r)).sum((-1, -2))
        v = sign * (mean + self.unit * (torch.exp(log_scale) * out + shift))
        return torch.cat([u[:, :mine.start], v, u[:, mine.stop:]], 1), log_det


def main(dtype='float64', seconds='20', threads='2'):
    torch.set_default_dtype(getattr(torch, dtype))
    torch.set_num_threads(int(threads))
    torch.manual_seed(0)
    flow = Flow(Water(CELLS))
    adam = torch.optim.Adam(flow.parameters(), 1e-3)

    def step():
        loss = flow(BATCH).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        return loss.item()

    first = step()
    start, steps = time.time(), 0
    while time.time() - start < float(seconds):
        last = step()
        steps += 1
    print(f'torch {torch.__version__} {dtype}: {BATCH * steps / (time.time() - start):.1f} configurations/s, loss {first:.2f} -> {last:.2f}')


if __name__ == '__main__':
    main(*sys.argv[1:])
