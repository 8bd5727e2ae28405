"""The peer of published_bench.cpp in PyTorch: the model of "Normalizing flows for atomic solids" (2022), written for this project.

Cubic ice with one molecule held, displacements about labelled sites; the energy is counted over fixed neighbours, as ours is.
Weights have the names that ours have in a checkpoint.

Run:    python3 torch_published_2022.py MODE [--batch N] [--seed S] [--rate 1e-3] [--steps 2000] [--repeat 3] [--compile] [--plain]
  train8     the tutorial's shape on cubic ice 8 until an ESS of 0.1: steps, seconds of training (compilation told apart)
  sample64   cubic ice 64, full size: draws with log-density, median seconds of a batch
  step64     the same: one training step (loss, gradient, clip, Adam), median seconds
  count      numbers of parameters
  --check FILE   weights, draws, images, log-densities and energies that `published_bench --write-comparison=FILE` wrote, against this
                 model in double; fails on a difference above 1e-4
--compile uses torch.compile (a C++ compiler is needed), --plain writes attention out instead of scaled_dot_product_attention.
Needs:  torch, numpy; safetensors for --check. Two threads.
"""
import math

import numpy as np
import torch
import torch.nn.functional as F
from published_2022_setting import (A, B, BACK, BETA, BINS, COSINE, EPSILON, FULL, GAMMA, HEADS, LAMBDA, LEAST, NOISE, PARAMETERS, REACH,
                                    SIGMA, SOFT, TUTORIAL, Clock, Crystal, arguments, compare, read_comparison, report, train_to_ess)


class Ice:
    """The energy of displacements of all molecules but the first, from rest."""

    def __init__(self, cells):
        self.crystal = Crystal(cells)
        self.neighbours = torch.tensor(self.crystal.neighbours)
        self.d = torch.tensor(self.crystal.d, dtype=torch.get_default_dtype())
        self.rest = 0.0
        self.rest = self.energy(torch.zeros(1, self.crystal.n - 1, 3), None).item()

    @staticmethod
    def pair(r):
        inside = r < REACH - 1e-3
        gap = torch.where(inside, r - REACH, torch.full_like(r, -1))
        return torch.where(inside, A * EPSILON * (B / r ** 4 - 1) * torch.exp(1 / gap), torch.zeros_like(r))

    def energy(self, u, linear_below):
        """kcal/mol; the pair term goes on as a straight line below `linear_below` Å."""
        u = F.pad(u, (0, 0, 1, 0))
        x = (self.d + u[:, self.neighbours] - u[:, :, None]) / SIGMA
        r = x.square().sum(-1).clamp_min((0.01 / SIGMA) ** 2).sqrt()
        if linear_below is None:
            pair = self.pair(r)
        else:
            r0 = torch.tensor(linear_below / SIGMA)
            e0, slope = (t.item() for t in torch.autograd.functional.vjp(self.pair, r0, torch.ones(())))
            pair = torch.where(r < r0, e0 + (r - r0) * slope, self.pair(r.clamp_min(r0)))
        inside = r < REACH - 1e-3
        g = torch.where(inside, torch.exp(GAMMA / torch.where(inside, r - REACH, torch.full_like(r, -1))), torch.zeros_like(r))
        e = x / r[..., None]
        first, second = (g[..., None] * e).sum(-2), (g[..., None] * e).transpose(-1, -2) @ e
        angles = (second ** 2).sum((-1, -2)) - 2 * COSINE * (first ** 2).sum(-1) + (COSINE * g.sum(-1)) ** 2 - (1 - COSINE) ** 2 * (g ** 2).sum(-1)
        return 0.5 * pair.sum((-1, -2)) + 0.5 * LAMBDA * EPSILON * angles.sum(-1) - self.rest


class Attention(torch.nn.Module):
    def __init__(self, width, heads, plain):
        super().__init__()
        self.heads, self.plain = heads, plain
        self.projections, self.output = torch.nn.Linear(width, 3 * width), torch.nn.Linear(width, width)

    def forward(self, x):
        samples, particles, width = x.shape
        q, k, v = self.projections(x).view(samples, particles, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        if self.plain:
            mixed = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(width // self.heads), -1) @ v
        else:
            mixed = F.scaled_dot_product_attention(q, k, v)
        return self.output(mixed.transpose(1, 2).reshape(samples, particles, width))


class FeedForward(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.widen, self.narrow = torch.nn.Linear(width, 4 * width), torch.nn.Linear(4 * width, width)

    def forward(self, x):
        return self.narrow(F.gelu(self.widen(x), approximate="tanh"))


class Block(torch.nn.Module):
    def __init__(self, width, heads, plain):
        super().__init__()
        self.attention, self.feed_forward = Attention(width, heads, plain), FeedForward(width)

    def forward(self, h):
        h = h + self.attention(h)
        return h + self.feed_forward(h)


class Conditioner(torch.nn.Module):
    """The given axes of all particles → spline parameters of the moved ones."""

    def __init__(self, given, moved, frequencies, width, blocks, heads, plain):
        super().__init__()
        self.moved = moved
        self.register_buffer("turns", 2 * math.pi * torch.arange(1, frequencies + 1), persistent=False)
        self.first = torch.nn.Linear(2 * frequencies * given, width)
        self.block = torch.nn.ModuleList(Block(width, heads, plain) for _ in range(blocks))
        self.last = torch.nn.Linear(width, moved * PARAMETERS)
        gain = 2 / math.sqrt(max(1, blocks))
        for linear in self.modules():
            if isinstance(linear, torch.nn.Linear):
                torch.nn.init.zeros_(linear.bias)
        torch.nn.init.normal_(self.first.weight, std=math.sqrt(1 / self.first.in_features))
        torch.nn.init.zeros_(self.last.weight)
        for b in self.block:
            torch.nn.init.normal_(b.attention.projections.weight, std=math.sqrt(gain / width))
            torch.nn.init.normal_(b.feed_forward.widen.weight, std=math.sqrt(gain / width))
            torch.nn.init.zeros_(b.attention.output.weight)
            torch.nn.init.zeros_(b.feed_forward.narrow.weight)

    def forward(self, x):
        angle = (x[..., None] * self.turns).flatten(-2)
        h = self.first(torch.cat([angle.cos(), angle.sin()], -1))
        for b in self.block:
            h = b(h)
        return self.last(h).unflatten(-1, (self.moved, PARAMETERS))


def knots(raw):
    size = torch.softmax(raw, -1) * (1 - BINS * LEAST) + LEAST
    inner = size[..., :-1].cumsum(-1)
    return F.pad(inner, (1, 0)), F.pad(inner, (0, 1), value=1.0)  # left and right ends of the bins


def spline(raw, x):
    """The circular rational-quadratic spline: y and log dy/dx."""
    left, right = knots(raw[..., :BINS])
    bottom, top = knots(raw[..., BINS:2 * BINS])
    slopes = F.softplus(raw[..., 2 * BINS:3 * BINS] + math.log(math.exp(1 - LEAST) - 1)) + LEAST
    bin_ = (x[..., None] >= right[..., :-1]).sum(-1, keepdim=True)
    pick = lambda t: t.gather(-1, bin_)[..., 0]  # noqa: E731
    x0, width, y0, d0, d1 = pick(left), pick(right - left), pick(bottom), pick(slopes), pick(slopes.roll(-1, -1))
    height = pick(top - bottom)
    s, t = height / width, (x - x0) / width
    rest, both = 1 - t, t * (1 - t)
    denominator = s + (d0 + d1 - 2 * s) * both
    y = y0 + height * (s * t * t + d0 * both) / denominator
    log_slope = 2 * torch.log(s) + torch.log(d1 * t * t + 2 * s * both + d0 * rest * rest) - 2 * torch.log(denominator)
    return y, log_slope


class Layer(torch.nn.Module):
    def __init__(self, **shape):
        super().__init__()
        self.two, self.one = Conditioner(1, 2, **shape), Conditioner(2, 1, **shape)
        self.shift = torch.nn.Parameter(torch.zeros(3, 1))

    def forward(self, x):
        given, moved = x[..., :1], x[..., 1:]
        moved, first = spline(self.two(given), moved)
        given, second = spline(self.one(moved), given)
        x = torch.cat([given, moved], -1) + self.shift[:, 0]
        return (x - x.floor())[..., [2, 0, 1]], first.sum((-1, -2)) + second.sum((-1, -2))


class Published2022(torch.nn.Module):
    def __init__(self, ice, layers, frequencies, width, blocks, plain=False):
        super().__init__()
        self.cut, self.edge, self.n = ice.crystal.cut, ice.crystal.edge, ice.crystal.n - 1
        self.register_buffer("sites", torch.tensor(ice.crystal.fractions[1:], dtype=torch.get_default_dtype()), persistent=False)
        self.layer = torch.nn.ModuleList(Layer(frequencies=frequencies, width=width, blocks=blocks, heads=HEADS, plain=plain)
                                         for _ in range(layers))
        self.back = BACK[layers % 3]
        self.at_rest = ice.crystal.base_at_rest()

    def base(self, batch):
        u = NOISE * torch.randn(batch, self.n, 3)
        while (outside := u.square().sum(-1) >= self.cut ** 2).any():
            u[outside] = NOISE * torch.randn(int(outside.sum()), 3)
        return u

    def forward(self, u):
        """Displacements and their log-density."""
        log_q = self.at_rest - 0.5 / NOISE ** 2 * u.square().sum((-1, -2))
        x = self.sites + u / self.edge
        x = x - x.floor()
        for layer in self.layer:
            x, log_det = layer(x)
            log_q = log_q - log_det
        d = x[..., self.back] - self.sites + 0.5
        return (d - d.floor() - 0.5) * self.edge, log_q


def count(model):
    return sum(w.numel() for w in model.parameters())


class Training:
    def __init__(self, model, ice, batch, rate, compiled):
        self.model, self.batch, self.ice = model, batch, ice
        self.adam = torch.optim.Adam(model.parameters(), lr=rate, fused=True)
        self.loss = torch.compile(self.plain_loss) if compiled else self.plain_loss

    def plain_loss(self, u):
        v, log_q = self.model(u)
        return (BETA * self.ice.energy(v, SOFT) + log_q).mean()

    def step(self):
        self.adam.zero_grad(set_to_none=True)
        loss = self.loss(self.model.base(self.batch))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1e4)
        self.adam.step()
        return loss


def effective_samples(model, ice, samples):
    with torch.no_grad():
        v, log_q = model(model.base(samples))
        log_w = (-BETA * ice.energy(v, None) - log_q).double()
        log_w = torch.where(log_w.isfinite(), log_w, torch.full_like(log_w, -math.inf))
        w = torch.softmax(log_w, 0)
        return 1 / (len(w) * w.square().sum().item())


def train8(o):
    ice = Ice(1)
    model = Published2022(ice, **TUTORIAL, plain=o.plain)
    training, compiling = Training(model, ice, o.batch or 128, o.rate or 1e-3, o.compile), 0.0
    print(f"{count(model)} parameters", flush=True)
    if o.compile:  # compiles without moving the weights
        clock = Clock()
        training.loss(model.base(training.batch)).backward()
        compiling = clock.read()[0]
    train_to_ess(o, training.step, lambda: effective_samples(model, ice, o.samples), compiling)


def check(file):
    torch.set_default_dtype(torch.float64)
    shape, tensors, draws = read_comparison(file)
    ice = Ice(shape.pop("cells"))
    model = Published2022(ice, **shape)
    model.load_state_dict({k: torch.tensor(v) for k, v in tensors.items()})
    with torch.no_grad():
        u = torch.tensor(draws["base"])
        image, log_density = model(u)
        compare(count(model), draws, image, log_density, ice.energy(u, None))


def main():
    o = arguments(__doc__, compile="torch.compile (a C++ compiler is needed)", plain="attention written out")
    torch.set_num_threads(o.threads)
    torch.manual_seed(o.seed)
    if o.check:
        return check(o.check)
    if o.mode == "train8":
        return train8(o)
    if o.mode == "count":
        for cells, shape in ((1, TUTORIAL), (2, FULL)):
            print(f"{8 * cells ** 3} particles: {count(Published2022(Ice(cells), **shape))} parameters")
        return
    ice, batch = Ice(2), o.batch or 32
    model = Published2022(ice, **FULL, plain=o.plain)
    print(f"{count(model)} parameters", flush=True)
    if o.mode == "sample64":
        forward = torch.compile(model) if o.compile else model

        def run():
            with torch.no_grad():
                forward(model.base(batch))

        return report("sampling with log-density", o, batch, run)
    report("training step", o, batch, Training(model, ice, batch, o.rate or 7e-5, o.compile).step)


if __name__ == "__main__":
    main()
