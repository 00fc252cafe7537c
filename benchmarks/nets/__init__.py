"""The nets that are trained, one a file (see `benchmarks.case.Net`)."""


def torch_module(nn, forward, *parts):
    """A `torch.nn` module of these parts, which Keras' layers are in the same order."""

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.parts = nn.ModuleList(parts)

        def forward(self, inputs):
            return forward(inputs)

    return Net()
