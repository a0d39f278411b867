"""The networks of mnist-mlp and mnist-lenet in PyTorch: same layers, optimizer, schedule, batches and epochs.

    python3 examples/torch/mnist.py mlp --data ../shared/data/mnist --seeds 3

Prints, for each seed, the accuracy on the test set after the last epoch and the seconds of training, then the mean.
"""

import argparse
import gzip
import math
import pathlib
import time

import numpy
import torch
from torch import nn
from torch.nn import functional as F


def idx(folder, name):
    path = pathlib.Path(folder) / name
    read = gzip.open(f"{path}.gz").read if not path.exists() else path.read_bytes
    data = read()
    shape = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(data[3])]
    return torch.from_numpy(numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * len(shape)).reshape(shape).copy())


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = F.avg_pool2d(F.relu(self.conv1(x)), 2)
        x = F.avg_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


def mlp():
    layers = [nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)]
    return nn.Sequential(nn.Flatten(), *layers)


def accuracy(model, images, labels):
    model.eval()
    with torch.no_grad():
        parts = [model(images[i : i + 500]).argmax(1) for i in range(0, len(images), 500)]
    model.train()
    return (torch.cat(parts) == labels).float().mean().item()


def run(name, data, seed, epochs):
    images, labels, test_images, test_labels = data
    torch.manual_seed(seed)
    model = LeNet5() if name == "lenet" else mlp()
    lr = 2e-3 if name == "lenet" else 1e-3
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    began = time.perf_counter()
    for epoch in range(epochs):
        optimizer.param_groups[0]["lr"] = lr / 2 * (1 + math.cos(math.pi * epoch / epochs))
        for batch in torch.randperm(len(images)).split(64):
            loss = F.cross_entropy(model(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    seconds = time.perf_counter() - began
    return accuracy(model, test_images, test_labels), seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=["mlp", "lenet"])
    parser.add_argument("--data", required=True, help="folder with the four IDX files")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    names = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]
    images, labels, test_images, test_labels = (idx(options.data, name) for name in names)
    data = (
        images.float().div(255).unsqueeze(1),
        labels.long(),
        test_images.float().div(255).unsqueeze(1),
        test_labels.long(),
    )
    reached = []
    for seed in range(options.seeds):
        right, seconds = run(options.model, data, seed, options.epochs)
        reached.append(right)
        print(f"seed {seed}: test accuracy {100 * right:.2f} %, {seconds:.1f} s", flush=True)
    print(f"mean of {options.seeds}: {100 * sum(reached) / len(reached):.2f} %")


main()
