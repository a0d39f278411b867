"""The networks of the training and inference benchmarks in PyTorch, of the sizes in networks/sizes.mjs."""

import torch
from torch import nn

RESNET_STAGES = [64, 128, 256, 512]


def make_mlp():
    """784-128-64-32-10 with ReLU, as it is when it does not train."""
    return nn.Sequential(
        nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)
    )


def make_cnn():
    """The CIFAR network of the PyTorch tutorial."""
    return nn.Sequential(
        nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )


class Forecaster(nn.Module):
    """Two LSTM layers, and a linear layer on the last output."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 50, num_layers=2, batch_first=True)
        self.head = nn.Linear(50, 1)

    def forward(self, x):
        output, _ = self.lstm(x)
        return self.head(output[:, -1]).squeeze(1)


class EncoderClassifier(nn.Module):
    """An encoder; the mean over its positions goes through a linear layer to ten classes."""

    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(128, 4, dim_feedforward=512, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.head = nn.Linear(128, 10)

    def forward(self, x):
        return self.head(self.encoder(x).mean(1))


def make_bert_layer():
    """One encoder layer of the size of BERT's base model, with GELU."""
    return nn.TransformerEncoderLayer(
        768, 12, dim_feedforward=3072, dropout=0.0, activation="gelu", batch_first=True
    )


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Identity()
        if stride != 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        hidden = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(hidden)) + self.shortcut(x))


def make_resnet18():
    """ResNet-18 for images of 32 × 32: its first convolution is 3 × 3, and no pooling follows it."""
    blocks = []
    inputs = RESNET_STAGES[0]
    for i, channels in enumerate(RESNET_STAGES):
        blocks += [BasicBlock(inputs, channels, 1 if i == 0 else 2), BasicBlock(channels, channels, 1)]
        inputs = channels
    return nn.Sequential(
        nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
        *blocks,
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10),
    )
