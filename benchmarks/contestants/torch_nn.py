"""PyTorch as its tutorials write it: `torch.nn`, logits and `cross_entropy`."""

import torch
from torch import nn

from benchmarks.case import kernel_drawer
from benchmarks.contestants import loop

TITLE = "PyTorch"
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def prepare(case, wrap=lambda forward: forward, fused=None):
    torch.manual_seed(0)
    model = case.definition.build_torch(nn)
    set_initial_weights(model)
    model.to(DEVICE).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7, fused=fused)
    loss_sum, correct = torch.zeros((), device=DEVICE), torch.zeros((), device=DEVICE)

    def forward(images, labels):
        logits = model(images)
        hits = (logits.detach().argmax(1) == labels).sum()
        return nn.functional.cross_entropy(logits, labels), hits

    forward = wrap(forward)

    def step(images, labels):
        optimizer.zero_grad()
        loss, hits = forward(images, labels)
        loss.backward()
        optimizer.step()
        loss_sum.add_(loss.detach())
        correct.add_(hits)
        return loss.detach()

    return loop(step, [as_tensors(*batch) for batch in case.batches()])


def as_tensors(images, labels):
    """On the device; PyTorch wants the channels first and labels int64."""
    images = torch.from_numpy(images)
    if images.ndim == 4:
        images = images.permute(0, 3, 1, 2).contiguous()
    return images.to(DEVICE), torch.from_numpy(labels).long().to(DEVICE)


@torch.no_grad()
def set_initial_weights(model):
    """The weights of the Keras model, turned to PyTorch's layout."""
    draw, channels = kernel_drawer(), None
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            rows, columns = module.kernel_size
            kernel = torch.from_numpy(
                draw((rows, columns, module.in_channels, module.out_channels))
            )
            module.weight.copy_(kernel.permute(3, 2, 0, 1))
            channels = module.out_channels
        elif isinstance(module, nn.Linear):
            kernel = torch.from_numpy(draw((module.in_features, module.out_features)))
            if channels:  # Keras flattens with the channels last
                kernel = kernel.unflatten(0, (-1, channels)).transpose(0, 1).flatten(0, 1)
                channels = None
            module.weight.copy_(kernel.T)
        if getattr(module, "bias", None) is not None:
            module.bias.zero_()
