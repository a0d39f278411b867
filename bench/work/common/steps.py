"""The network of the training benchmarks in PyTorch, eager."""

import torch
from torch import nn

PIXELS = 784


def make_train_step(batch, threads):
    """A train step (cross-entropy, Adam) on one batch: a function that does one step and gives its loss."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(PIXELS, 128), nn.ReLU(), nn.Dropout(0.2),
        nn.Linear(128, 64), nn.ReLU(), nn.Dropout(0.2),
        nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.2),
        nn.Linear(32, 10),
    )
    adam = torch.optim.Adam(model.parameters())
    x = torch.rand(batch, PIXELS)
    y = torch.randint(0, 10, (batch,))

    def step():
        adam.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        adam.step()
        return loss.item()

    return step
