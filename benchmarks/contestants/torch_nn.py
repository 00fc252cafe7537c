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


def as_tensors(inputs, labels):
    """On the device; PyTorch wants the channels first, and words and labels int64."""
    inputs = torch.from_numpy(inputs)
    if inputs.ndim == 4:
        inputs = inputs.permute(0, 3, 1, 2).contiguous()
    if not inputs.is_floating_point():
        inputs = inputs.long()
    return inputs.to(DEVICE), torch.from_numpy(labels).long().to(DEVICE)


@torch.no_grad()
def set_initial_weights(model):
    """The weights of the Keras model, turned to PyTorch's layout."""
    draw, channels = kernel_drawer(), None

    def drawn(*shape):
        return torch.from_numpy(draw(shape))

    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            shape = (*module.kernel_size, module.in_channels // module.groups, module.out_channels)
            module.weight.copy_(drawn(*shape).permute(3, 2, 0, 1))
            channels = module.out_channels
        elif isinstance(module, nn.MultiheadAttention):
            _set_attention(module, drawn)
        elif isinstance(module, nn.RNNBase):
            _set_recurrent(module, drawn)
        elif isinstance(module, nn.Embedding):
            module.weight.copy_(drawn(*module.weight.shape))
        elif type(module) is nn.Linear:  # and not the one inside an attention
            kernel = drawn(module.in_features, module.out_features)
            if channels:  # Keras flattens with the channels last
                kernel = kernel.unflatten(0, (-1, channels)).transpose(0, 1).flatten(0, 1)
                channels = None
            module.weight.copy_(kernel.T)
        if isinstance(getattr(module, "bias", None), torch.Tensor):
            module.bias.zero_()


def _set_attention(module, drawn):
    width, heads = module.embed_dim, module.num_heads
    inner = [drawn(width, heads, width // heads).reshape(width, width).T for _ in range(3)]
    module.in_proj_weight.copy_(torch.cat(inner))
    module.out_proj.weight.copy_(drawn(heads, width // heads, width).reshape(width, width).T)
    module.in_proj_bias.zero_()
    module.out_proj.bias.zero_()


def _set_recurrent(module, drawn):
    """Keras' gates of a GRU come in another order, and its LSTM's forget gate begins at 1."""
    units, lstm = module.hidden_size, isinstance(module, nn.LSTM)
    order = [0, 1, 2, 3] if lstm else [1, 0, 2]

    def ordered(gates):
        return gates.unflatten(0, (len(order), units))[order].flatten(0, 1)

    for weight in (module.weight_ih_l0, module.weight_hh_l0):
        weight.copy_(ordered(drawn(weight.shape[1], weight.shape[0]).T))
    biases = torch.zeros(2, len(order) * units)
    if lstm:
        biases[0, units : 2 * units] = 1
    else:
        biases = drawn(*biases.shape)  # two rows, which `draw_weights` takes for a kernel
    module.bias_ih_l0.copy_(ordered(biases[0]))
    module.bias_hh_l0.copy_(ordered(biases[1]))
