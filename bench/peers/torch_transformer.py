"""The peer of `transformer` in attention_bench.cpp: the same network, batch and number type in PyTorch, forward and forward + backward.

Inputs 32, width 256, 2 blocks of attention (2 heads) and a 4x wide GELU network, no layer normalisation, outputs 49; 16 samples.
Run:    python3 torch_transformer.py [particles] [seconds]         one thread; prints milliseconds of processor time, medians
Needs:  torch.
"""
import math
import statistics
import sys
import time

import torch
import torch.nn.functional as F

INPUTS, OUTPUTS, WIDTH, BLOCKS, HEADS, SAMPLES = 32, 49, 256, 2, 2, 16


class Attention(torch.nn.Module):
    def __init__(self, fused):
        super().__init__()
        self.fused, self.projections, self.output = fused, torch.nn.Linear(WIDTH, 3 * WIDTH), torch.nn.Linear(WIDTH, WIDTH)

    def forward(self, x):
        samples, particles, _ = x.shape
        q, k, v = self.projections(x).view(samples, particles, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        if self.fused:
            mixed = F.scaled_dot_product_attention(q, k, v)
        else:
            mixed = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(WIDTH // HEADS), -1) @ v
        return self.output(mixed.transpose(1, 2).reshape(samples, particles, WIDTH))


class Transformer(torch.nn.Module):
    def __init__(self, fused):
        super().__init__()
        self.first, self.last = torch.nn.Linear(INPUTS, WIDTH), torch.nn.Linear(WIDTH, OUTPUTS)
        self.attention = torch.nn.ModuleList(Attention(fused) for _ in range(BLOCKS))
        self.feed_forward = torch.nn.ModuleList(
            torch.nn.Sequential(torch.nn.Linear(WIDTH, 4 * WIDTH), torch.nn.GELU(approximate="tanh"), torch.nn.Linear(4 * WIDTH, WIDTH))
            for _ in range(BLOCKS))

    def forward(self, x):
        h = self.first(x)
        for attention, feed_forward in zip(self.attention, self.feed_forward):
            h = h + attention(h)
            h = h + feed_forward(h)
        return self.last(h)


def milliseconds(step, seconds):
    for _ in range(2):
        step()
    times, end = [], time.monotonic() + seconds
    while time.monotonic() < end or len(times) < 3:
        start = time.process_time()
        step()
        times.append(1e3 * (time.process_time() - start))
    return statistics.median(times)


def main():
    particles, seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 63, float(sys.argv[2]) if len(sys.argv) > 2 else 5
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for fused in (False, True):
        net = Transformer(fused)
        x, g = torch.randn(SAMPLES, particles, INPUTS, requires_grad=True), torch.randn(SAMPLES, particles, OUTPUTS)

        def forward():
            with torch.no_grad():
                net(x)

        def gradient():
            x.grad = None
            net.zero_grad(set_to_none=False)
            net(x).backward(g)

        products = particles * (INPUTS * WIDTH + BLOCKS * (12 * WIDTH ** 2 + 2 * particles * WIDTH) + OUTPUTS * WIDTH) * SAMPLES
        for name, step, times in (("forward", forward, 1), ("forward + backward", gradient, 3)):
            t = milliseconds(step, seconds)
            kind = "fused attention" if fused else "plain attention"
            print(f"{particles} particles, {kind}, {name}: {t:.2f} ms, {times * products / t / 1e6:.1f} G fma/s", flush=True)


if __name__ == "__main__":
    main()
