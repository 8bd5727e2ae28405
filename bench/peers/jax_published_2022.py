"""The peer of published_bench.cpp in JAX: the model of "Normalizing flows for atomic solids" (2022), written for this project.

Cubic ice with one molecule held, displacements about labelled sites; the energy is counted over fixed neighbours, as ours is. Plain jax
on the CPU, float32, one jit for the whole step (draws, loss, gradient, clip, Adam), its arguments given away.

Run:    python3 jax_published_2022.py MODE [--batch N] [--seed S] [--rate 1e-3] [--steps 2000] [--repeat 3]
  train8     the tutorial's shape on cubic ice 8 until an ESS of 0.1: steps, seconds of training (compilation told apart)
  sample64   cubic ice 64, full size: draws with log-density, median seconds of a batch
  step64     the same: one training step, median seconds
  count      numbers of parameters
  --check FILE   weights, draws, images, log-densities and energies that `published_bench --write-comparison=FILE` wrote, against this
                 model in double; fails on a difference above 1e-4
Needs:  jax, numpy; safetensors for --check. XLA takes as many threads as the process may use: for one, `taskset -c 0 python3 ...`.
"""
import math

import numpy as np
from published_2022_setting import (A, B, BACK, BETA, BINS, COSINE, EPSILON, FULL, GAMMA, HEADS, LAMBDA, LEAST, NOISE, PARAMETERS, REACH,
                                    SIGMA, SOFT, TUTORIAL, Clock, Crystal, arguments, compare, read_comparison, report, train_to_ess)

OPTIONS = arguments(__doc__, unrolled="write the 24 layers out instead of looping over them")

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

if OPTIONS.check:
    jax.config.update("jax_enable_x64", True)


def pair(r):
    """A ε (B r⁻⁴ − 1) exp(1 / (r − a)), r in σ."""
    inside = r < REACH - 1e-3
    gap = jnp.where(inside, r - REACH, -1)
    return jnp.where(inside, A * EPSILON * (B / r ** 4 - 1) * jnp.exp(1 / gap), 0)


class Energy:
    """kcal/mol from rest of displacements of all molecules but the first."""

    def __init__(self, crystal):
        self.d, self.neighbours = jnp.asarray(crystal.d), crystal.neighbours
        r0 = SOFT / SIGMA
        value, slope = jax.value_and_grad(pair)(r0)
        self.straight = r0, float(value), float(slope)
        self.rest = 0.0
        self.rest = self(jnp.zeros((1, crystal.n - 1, 3)), False)[0]

    def __call__(self, u, soft):
        u = jnp.pad(u, ((0, 0), (1, 0), (0, 0)))
        x = (self.d + u[:, self.neighbours] - u[:, :, None]) / SIGMA
        r = jnp.sqrt(jnp.maximum((x * x).sum(-1), (0.01 / SIGMA) ** 2))
        if soft:
            r0, value, slope = self.straight
            two = jnp.where(r < r0, value + (r - r0) * slope, pair(jnp.maximum(r, r0)))
        else:
            two = pair(r)
        inside = r < REACH - 1e-3
        g = jnp.where(inside, jnp.exp(GAMMA / jnp.where(inside, r - REACH, -1)), 0)
        e = x / r[..., None]
        first, second = (g[..., None] * e).sum(-2), jnp.einsum("bnk,bnki,bnkj->bnij", g, e, e)
        # Σ_jk g g (cos − cos₀)² over ordered pairs by moments; j = k is taken out.
        angles = ((second ** 2).sum((-1, -2)) - 2 * COSINE * (first ** 2).sum(-1) + (COSINE * g.sum(-1)) ** 2
                  - (1 - COSINE) ** 2 * (g ** 2).sum(-1))
        return 0.5 * two.sum((-1, -2)) + 0.5 * LAMBDA * EPSILON * angles.sum(-1) - self.rest


def dense(w, name, x):
    return x @ w[name + ".weight"].T + w[name + ".bias"]


def attention(w, name, x):
    batch, particles, width = x.shape
    q, k, v = jnp.split(dense(w, name + ".projections", x).reshape(batch, particles, 3 * HEADS, width // HEADS), 3, axis=2)
    p = jax.nn.softmax(jnp.einsum("bihf,bjhf->bhij", q, k) / math.sqrt(width // HEADS), axis=-1)
    return dense(w, name + ".output", jnp.einsum("bhij,bjhf->bihf", p, v).reshape(x.shape))


def conditioner(w, name, x, moved, frequencies, blocks):
    angle = (x[..., None] * (2 * math.pi * jnp.arange(1, frequencies + 1))).reshape(*x.shape[:-1], -1)
    h = dense(w, name + ".first", jnp.concatenate([jnp.cos(angle), jnp.sin(angle)], -1))
    for b in range(blocks):
        block = f"{name}.block.{b}"
        h = h + attention(w, block + ".attention", h)
        h = h + dense(w, block + ".feed_forward.narrow", jax.nn.gelu(dense(w, block + ".feed_forward.widen", h), approximate=True))
    return dense(w, name + ".last", h).reshape(*x.shape[:-1], moved, PARAMETERS)


def ends(raw):
    """Left and right ends of the bins."""
    inner = jnp.cumsum(jax.nn.softmax(raw, -1) * (1 - BINS * LEAST) + LEAST, -1)[..., :-1]
    zero = jnp.zeros_like(inner[..., :1])
    return jnp.concatenate([zero, inner], -1), jnp.concatenate([inner, zero + 1], -1)


def spline(raw, x):
    """The circular rational-quadratic spline: y and log dy/dx."""
    left, right = ends(raw[..., :BINS])
    bottom, top = ends(raw[..., BINS:2 * BINS])
    slopes = jax.nn.softplus(raw[..., 2 * BINS:3 * BINS] + math.log(math.exp(1 - LEAST) - 1)) + LEAST
    bin_ = (x[..., None] >= right[..., :-1]).sum(-1, keepdims=True)

    def pick(t):
        return jnp.take_along_axis(t, bin_, -1)[..., 0]

    x0, width, y0, d0, d1 = pick(left), pick(right - left), pick(bottom), pick(slopes), pick(jnp.roll(slopes, -1, -1))
    height = pick(top - bottom)
    s, t = height / width, (x - x0) / width
    rest, both = 1 - t, t * (1 - t)
    denominator = s + (d0 + d1 - 2 * s) * both
    y = y0 + height * (s * t * t + d0 * both) / denominator
    return y, 2 * jnp.log(s) + jnp.log(d1 * t * t + 2 * s * both + d0 * rest * rest) - 2 * jnp.log(denominator)


class Model:
    """Weights are a dictionary: name within a layer → array (layers, ...)."""

    def __init__(self, crystal, layers, frequencies, width, blocks, unrolled=False):
        self.crystal, self.layers, self.frequencies, self.width, self.blocks = crystal, layers, frequencies, width, blocks
        self.at_rest, self.sites, self.unrolled = crystal.base_at_rest(), jnp.asarray(crystal.fractions[1:]), unrolled

    def initial(self, seed):
        """Ours: normal weights of the same variances, zero last layers."""
        draw, gain, w, width = np.random.default_rng(seed), 2 / math.sqrt(self.blocks), {}, self.width
        for name, given in (("two", 1), ("one", 2)):
            linear = {"first": (2 * self.frequencies * given, width, 1 / (2 * self.frequencies * given)),
                      "last": (width, (3 - given) * PARAMETERS, 0)}
            for b in range(self.blocks):
                linear |= {f"block.{b}.attention.projections": (width, 3 * width, gain / width),
                           f"block.{b}.attention.output": (width, width, 0),
                           f"block.{b}.feed_forward.widen": (width, 4 * width, gain / width),
                           f"block.{b}.feed_forward.narrow": (4 * width, width, 0)}
            for part, (inputs, outputs, variance) in linear.items():
                noise = draw.standard_normal((self.layers, outputs, inputs), np.float32) if variance else np.zeros((self.layers, outputs, inputs))
                w[f"{name}.{part}.weight"] = jnp.asarray(noise * np.float32(math.sqrt(variance)), jnp.float32)
                w[f"{name}.{part}.bias"] = jnp.zeros((self.layers, outputs))
        return w | {"shift": jnp.zeros((self.layers, 3, 1))}

    def base(self, key, batch):
        """Gaussian noise about the sites, drawn again where it leaves the sphere."""
        def again(state):
            u, key = state
            key, now = jax.random.split(key)
            outside = (u * u).sum(-1, keepdims=True) >= self.crystal.cut ** 2
            return jnp.where(outside, NOISE * jax.random.normal(now, u.shape), u), key

        key, now = jax.random.split(key)
        u = NOISE * jax.random.normal(now, (batch, self.crystal.n - 1, 3))
        return jax.lax.while_loop(lambda state: ((state[0] ** 2).sum(-1) >= self.crystal.cut ** 2).any(), again, (u, key))[0]

    def layer(self, carried, w):
        x, log_q = carried
        given, moved = x[..., :1], x[..., 1:]
        moved, first = spline(conditioner(w, "two", given, 2, self.frequencies, self.blocks), moved)
        given, second = spline(conditioner(w, "one", moved, 1, self.frequencies, self.blocks), given)
        x = jnp.concatenate([given, moved], -1) + w["shift"][:, 0]
        x = (x - jnp.floor(x))[..., jnp.array([2, 0, 1])]
        return (x, log_q - first.sum((-1, -2)) - second.sum((-1, -2))), None

    def __call__(self, weights, u):
        """Displacements and their log-density."""
        log_q = self.at_rest - 0.5 / NOISE ** 2 * (u * u).sum((-1, -2))
        x = self.sites + u / self.crystal.edge
        unroll = self.layers if self.unrolled or self.layers <= 4 else 1
        (x, log_q), _ = jax.lax.scan(self.layer, (x - jnp.floor(x), log_q), weights, unroll=unroll)
        d = x[..., jnp.array(BACK[self.layers % 3])] - self.sites + 0.5
        return (d - jnp.floor(d) - 0.5) * self.crystal.edge, log_q


def count(weights):
    return sum(w.size for w in jax.tree.leaves(weights))


class Training:
    def __init__(self, model, seed, batch, rate):
        self.model, self.energy, self.batch, self.key = model, Energy(model.crystal), batch, jax.random.key(seed)
        zeros = jax.tree.map(jnp.zeros_like, model.initial(seed))
        self.state = (model.initial(seed), zeros, jax.tree.map(jnp.copy, zeros), jnp.zeros(()))
        clock = Clock()
        self.compiled = jax.jit(lambda state, key: self.update(state, key, rate), donate_argnums=0).lower(self.state, self.key).compile()
        self.compiling = clock.read()[0]

    def loss(self, weights, key):
        v, log_q = self.model(weights, self.model.base(key, self.batch))
        return (BETA * self.energy(v, True) + log_q).mean()

    def update(self, state, key, rate):
        weights, first, second, t = state
        loss, gradient = jax.value_and_grad(self.loss)(weights, key)
        norm = jnp.sqrt(sum((g * g).sum() for g in gradient.values()))
        gradient = {k: g * jnp.minimum(1, 1e4 / norm) for k, g in gradient.items()}
        t = t + 1
        first = {k: 0.9 * first[k] + 0.1 * g for k, g in gradient.items()}
        second = {k: 0.999 * second[k] + 0.001 * g * g for k, g in gradient.items()}
        up, down = rate / (1 - 0.9 ** t), 1 / (1 - 0.999 ** t)
        return ({k: w - up * first[k] / (jnp.sqrt(second[k] * down) + 1e-8) for k, w in weights.items()}, first, second, t), loss

    def step(self):
        self.key, now = jax.random.split(self.key)
        self.state, loss = self.compiled(self.state, now)
        return loss


def check(file):
    shape, tensors, draws = read_comparison(file)
    crystal = Crystal(shape.pop("cells"))
    model = Model(crystal, **shape)
    weights = {name: jnp.stack([tensors[f"layer.{layer}.{name}"] for layer in range(model.layers)]) for name in model.initial(0)}
    image, log_density = model(weights, jnp.asarray(draws["base"]))
    compare(count(weights), draws, image, log_density, Energy(crystal)(jnp.asarray(draws["base"]), False))


def train8(o):
    model = Model(Crystal(1), **TUTORIAL)
    training = Training(model, o.seed, o.batch or 128, o.rate or 1e-3)
    print(f"{count(training.state[0])} parameters", flush=True)

    @jax.jit
    def log_weights(weights, key):
        v, log_q = model(weights, model.base(key, o.samples))
        return -BETA * training.energy(v, False) - log_q

    def effective_samples():
        training.key, now = jax.random.split(training.key)
        log_w = np.asarray(log_weights(training.state[0], now), float)
        log_w = np.where(np.isfinite(log_w), log_w, -np.inf)
        w = np.exp(log_w - log_w.max())
        return w.sum() ** 2 / (len(w) * (w * w).sum())

    def step():
        return training.step()

    train_to_ess(o, step, effective_samples, training.compiling)


def main():
    o = OPTIONS
    if o.check:
        return check(o.check)
    if o.mode == "train8":
        return train8(o)
    if o.mode == "count":
        for cells, shape in ((1, TUTORIAL), (2, FULL)):
            print(f"{8 * cells ** 3} particles: {count(Model(Crystal(cells), **shape).initial(0))} parameters")
        return
    batch, model = o.batch or 32, Model(Crystal(2), **FULL, unrolled=o.unrolled)
    if o.mode == "sample64":
        weights, key = model.initial(o.seed), jax.random.key(o.seed)
        draw = jax.jit(lambda w, k: model(w, model.base(k, batch)))
        return report("sampling with log-density", o, batch, lambda: jax.block_until_ready(draw(weights, key)))
    training = Training(model, o.seed, batch, o.rate or 7e-5)
    print(f"compilation {training.compiling:.1f} s", flush=True)

    def run():
        jax.block_until_ready(training.step())
        jax.block_until_ready(training.state)

    report("training step", o, batch, run)


if __name__ == "__main__":
    main()
