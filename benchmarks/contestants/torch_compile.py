"""PyTorch with `torch.compile` around model and loss, and its fused Adam."""

import torch

from benchmarks.contestants import torch_nn

TITLE = "torch.compile"


def prepare(case):
    return torch_nn.prepare(case, torch.compile, fused=True)
