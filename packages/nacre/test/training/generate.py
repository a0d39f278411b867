"""Writes trainings.jsonl: small trainings by hand-written PyTorch loops, with the options that fit has.

Needs torch: python3 generate.py > trainings.jsonl
"""

import json
import math

import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(1)
EXAMPLES, BATCH, EPOCHS = 11, 4, 3


def noise(count, seed):
    """Numbers from -1 to 1 that are easy to make anywhere."""
    return [math.sin(12.9898 * i + seed) for i in range(count)]


x = torch.tensor(noise(EXAMPLES * 2, 1)).reshape(EXAMPLES, 2)
labels = torch.tensor([i * i % 3 if i % 4 else 2 for i in range(EXAMPLES)])
ones = (labels == 1).float()[:, None]
sample = torch.tensor([(i * 7 % 5) / 2 for i in range(EXAMPLES)])
classes = torch.tensor([1.0, 2.0, 0.5])


def network(outputs):
    model = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, outputs))
    with torch.no_grad():
        for number, parameter in enumerate(model.parameters()):
            parameter.copy_(torch.tensor(noise(parameter.numel(), number + 2)).reshape(parameter.shape))
    return model


def cross_entropy(output, index, class_weight=None, sample_weight=None):
    """Losses of examples, weighted; the mean is over the number of examples, whatever their weights."""
    each = F.cross_entropy(output, labels[index], weight=class_weight, reduction="none")
    return each if sample_weight is None else each * sample_weight[index]


def binary(output, index):
    weight = 1 + 4 * ones[index]
    return F.binary_cross_entropy_with_logits(output, ones[index], weight=weight, reduction="none")[:, 0]


def train(name, options, *, loss=cross_entropy, outputs=3, make=None, accumulate=1, clip=None, schedule=None, interval="epoch"):
    model = network(outputs)
    optimizer = (make or (lambda p: torch.optim.SGD(p, lr=0.5, momentum=0.9)))(model.parameters())
    scheduler = schedule and schedule(optimizer)
    losses, rates = [], []
    for _ in range(EPOCHS):
        total = 0.0
        for begin in range(0, EXAMPLES, BATCH * accumulate):
            # What several small batches accumulate is the gradient of the one they make together.
            index = torch.arange(begin, min(begin + BATCH * accumulate, EXAMPLES))
            optimizer.zero_grad()
            each = loss(model(x[index]), index)
            each.mean().backward()
            total += each.sum().item()
            if clip:
                clip(model.parameters())
            rate = optimizer.param_groups[0]["lr"]
            optimizer.step()
            if scheduler and interval == "step":
                scheduler.step()
        losses.append(total / EXAMPLES)
        rates.append(rate)
        if scheduler and interval == "epoch":
            plateau = isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau)
            scheduler.step(losses[-1]) if plateau else scheduler.step()
    state = {key: value.flatten().tolist() for key, value in model.state_dict().items()}
    print(json.dumps({"name": name, "options": options, "outputs": outputs, "loss": losses, "lr": rates, "state": state}))


print(json.dumps({"x": x.tolist(), "labels": labels.tolist(), "sampleWeight": sample.tolist()}))
weighted = lambda output, index: cross_entropy(output, index, classes, sample)
train("plain", {})
train("class weights", {"classWeight": classes.tolist()}, loss=lambda o, i: cross_entropy(o, i, classes))
train("sample weights", {"sampleWeight": True}, loss=lambda o, i: cross_entropy(o, i, None, sample))
train("both weights", {"classWeight": {"0": 1, "1": 2, "2": 0.5}, "sampleWeight": True}, loss=weighted)
train("binary class weights", {"loss": "binaryCrossEntropyWithLogits", "classWeight": [1, 5]}, loss=binary, outputs=1)
train("accumulation", {"gradientAccumulation": 2}, accumulate=2)
train(
    "accumulation, weights and a clipped norm",
    {"gradientAccumulation": 2, "classWeight": classes.tolist(), "sampleWeight": True, "clipGradNorm": 0.1},
    loss=weighted,
    accumulate=2,
    clip=lambda p: nn.utils.clip_grad_norm_(p, 0.1),
)
adam = lambda p: torch.optim.Adam(p, lr=0.1)
train("a clipped norm", {"clipGradNorm": 0.05}, clip=lambda p: nn.utils.clip_grad_norm_(p, 0.05))
train("clipped values", {"clipGradValue": 0.02, "optimizer": "Adam"}, make=adam, clip=lambda p: nn.utils.clip_grad_value_(p, 0.02))
train(
    "a rate for each epoch",
    {"lrScheduler": ["StepLR", {"stepSize": 1, "gamma": 0.5}, "epoch"]},
    schedule=lambda o: torch.optim.lr_scheduler.StepLR(o, 1, 0.5),
)
train(
    "a rate for each step",
    {"optimizer": "Adam", "lrScheduler": ["OneCycleLR", {"maxLr": 0.2, "totalSteps": 9}, "step"]},
    make=adam,
    schedule=lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.2, total_steps=9),
    interval="step",
)
train(
    "a rate for each update of two batches",
    {"gradientAccumulation": 2, "lrScheduler": ["ExponentialLR", {"gamma": 0.8}, "step"]},
    accumulate=2,
    schedule=lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.8),
    interval="step",
)
train(
    "a rate that falls on a plateau",
    {"lrScheduler": ["ReduceLROnPlateau", {"patience": 0, "threshold": 10, "thresholdMode": "abs"}, "epoch"]},
    schedule=lambda o: torch.optim.lr_scheduler.ReduceLROnPlateau(o, patience=0, threshold=10, threshold_mode="abs"),
)
