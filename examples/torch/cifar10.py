"""PyTorch's side of examples/cifar10-cnn.ts and examples/cifar10-resnet.ts: the same networks, initialisation, optimizer, schedule,
augmentation and data. Prints the test accuracy of every epoch and seed, and the mean over seeds.

    python3 examples/torch/cifar10.py cnn --data DIR/cifar10 --seeds 10
    python3 examples/torch/cifar10.py resnet --data DIR/cifar10 --seeds 3
"""

import argparse
import gzip
import json
import math
import os
import statistics
import time

import numpy
import torch
from torch import nn
from torch.nn import functional

parser = argparse.ArgumentParser()
parser.add_argument("network", choices=["cnn", "resnet"])
parser.add_argument("--data", required=True, help="a folder with the binary batches, plain or gzip")
parser.add_argument("--epochs", type=int)
parser.add_argument("--seed", type=int, default=0, help="the first seed")
parser.add_argument("--seeds", type=int, default=3)
parser.add_argument("--threads", type=int, default=2)
options = parser.parse_args()
torch.set_num_threads(options.threads)


def read(names):
    """Images from 0 to 1 and labels of those batches that are there."""
    records = []
    for name in names:
        path = os.path.join(options.data, name)
        if os.path.exists(path):
            records.append(open(path, "rb").read())
        elif os.path.exists(path + ".gz"):
            records.append(gzip.open(path + ".gz").read())
    data = numpy.frombuffer(b"".join(records), dtype=numpy.uint8).reshape(-1, 3073)
    images = torch.from_numpy(data[:, 1:].reshape(-1, 3, 32, 32).astype(numpy.float32) / 255)
    return images, torch.from_numpy(data[:, 0].astype(numpy.int64))


class Tutorial(nn.Module):
    """The network of "Training a classifier", the tutorial of PyTorch."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = functional.max_pool2d(functional.relu(self.conv1(x)), 2)
        x = functional.max_pool2d(functional.relu(self.conv2(x)), 2)
        x = functional.relu(self.fc1(torch.flatten(x, 1)))
        return self.fc3(functional.relu(self.fc2(x)))


def convolution(from_channels, to_channels, stride):
    layer = nn.Conv2d(from_channels, to_channels, 3, stride=stride, padding=1, bias=False)
    nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return layer


class Block(nn.Module):
    def __init__(self, from_channels, to_channels, stride):
        super().__init__()
        self.conv1 = convolution(from_channels, to_channels, stride)
        self.bn1 = nn.BatchNorm2d(to_channels)
        self.conv2 = convolution(to_channels, to_channels, 1)
        self.bn2 = nn.BatchNorm2d(to_channels)
        self.stride = stride
        self.more = to_channels - from_channels

    def forward(self, x):
        y = functional.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.stride > 1:
            # Every other pixel, and zeros for the channels that are new: the shortcut without weights of the paper.
            x = functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, self.more))
        return functional.relu(x + y)


class ResNet20(nn.Module):
    """He et al., "Deep residual learning for image recognition", section 4.2, n = 3."""

    def __init__(self):
        super().__init__()
        self.conv = convolution(3, 16, 1)
        self.bn = nn.BatchNorm2d(16)
        blocks = []
        channels = 16
        for width in (16, 32, 64):
            for i in range(3):
                blocks.append(Block(channels, width, 2 if i == 0 and width > 16 else 1))
                channels = width
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = functional.relu(self.bn(self.conv(x)))
        return self.fc(self.blocks(x).mean((2, 3)))


def augment(x):
    """A crop of 32 from the image with 4 zeros around it, and a flip of every other image, each image by itself."""
    count = len(x)
    padded = functional.pad(x, (4, 4, 4, 4))
    rows = torch.randint(0, 9, (count, 1)) + torch.arange(32)
    columns = torch.randint(0, 9, (count, 1)) + torch.arange(32)
    flips = torch.rand(count, 1) < 0.5
    columns = torch.where(flips, columns.flip(1), columns)
    which = torch.arange(count)[:, None, None]
    return padded[which, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


train_x, train_y = read([f"data_batch_{i}.bin" for i in range(1, 6)])
test_x, test_y = read(["test_batch.bin"])
is_cnn = options.network == "cnn"
if is_cnn:
    # The tutorial's: pixels from -1 to 1, batches of 4.
    mean, std = torch.full((3,), 0.5), torch.full((3,), 0.5)
    batch_size, epochs = 4, options.epochs or 10
else:
    mean, std = torch.tensor([0.4914, 0.4822, 0.4465]), torch.tensor([0.2470, 0.2435, 0.2616])
    batch_size, epochs = 64, options.epochs or 30


def normalize(x):
    return (x - mean[:, None, None]) / std[:, None, None]


print(f"{options.network}: {len(train_x)} + {len(test_x)} images, {epochs} epochs of batches of {batch_size}")


def rate(epoch, peak=0.05):
    """The learning rate of the residual network: half of it in the first epoch, then down along a cosine."""
    if epoch == 0:
        return peak / 2
    return peak * (1 + math.cos(math.pi * (epoch - 1) / (epochs - 1))) / 2


def measure(model):
    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(normalize(x)) for x in test_x.split(500)])
    model.train()
    return (logits.argmax(1) == test_y).float().mean().item()


curves = []
seconds = []
for seed in range(options.seed, options.seed + options.seeds):
    torch.manual_seed(seed)
    model = Tutorial() if is_cnn else ResNet20()
    if is_cnn:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=rate(0), momentum=0.9, weight_decay=1e-4)
    curve = []
    began = time.time()
    for epoch in range(epochs):
        if not is_cnn:
            optimizer.param_groups[0]["lr"] = rate(epoch)
        for index in torch.randperm(len(train_x)).split(batch_size):
            x, y = train_x[index], train_y[index]
            if not is_cnn:
                x = augment(x)
            loss = functional.cross_entropy(model(normalize(x)), y)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        curve.append(measure(model))
    seconds.append(time.time() - began)
    curves.append(curve)
    print(f"seed {seed}: {seconds[-1]:.1f} s, accuracy", " ".join(f"{100 * a:.1f}" for a in curve), flush=True)

last = [100 * curve[-1] for curve in curves]
means = [100 * statistics.mean(at) for at in zip(*curves)]
spread = statistics.stdev(last) if len(last) > 1 else 0
print("mean", " ".join(f"{a:.1f}" for a in means))
print(f"last epoch: mean {statistics.mean(last):.2f} %, standard deviation {spread:.2f} over {len(last)} seeds")
print(json.dumps({"network": options.network, "accuracy": last, "mean": means, "seconds": seconds}))
