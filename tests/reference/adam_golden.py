"""Weights after each of six Adam steps by PyTorch in double, for training/adam_test.cpp.

Run:    python3 adam_golden.py          (needs the `torch` package; prints lines to be put into the test)
"""
import torch

weights = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64, requires_grad=True)
optimiser = torch.optim.Adam([weights], lr=0.1, betas=(0.9, 0.999), eps=1e-8)
print(f'// torch {torch.__version__}')
for step in range(1, 7):
    weights.grad = torch.tensor([0.3 * step, -1e-3 * (-1) ** step, 20.0 / step ** 2], dtype=torch.float64)
    for group in optimiser.param_groups:
        group['lr'] = 0.1 / step
    optimiser.step()
    print('{' + ', '.join(f'{w:.17g}' for w in weights.tolist()) + '},')
