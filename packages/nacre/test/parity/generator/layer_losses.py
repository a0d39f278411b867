"""Cases of the losses among the classes."""

import math

import torch
from torch import nn

from generator.format import rand, randint, randn, tensor
from generator.layer import Call, Made, layer

INF = math.inf
INT, BOOL = torch.int32, torch.bool



def losses():
    targets = lambda: tensor([2, 0, 1, 1], INT)
    weight = lambda: tensor([0.5, 2.0, 1.5], grad=False)
    pair = lambda: [randn(2, 3), randn(2, 3)]
    as_long = lambda module, x, y, *rest: module(x, y.long(), *rest)
    classes = lambda: [Call(randn(4, 3), targets(), run=as_long)]
    for reduction in ("mean", "sum", "none"):
        reduced = {"reduction": reduction}
        for name in ("MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss"):
            layer(f"{name}/{reduction}", (), reduced, pair)
        layer(f"HuberLoss/delta,{reduction}", (), {**reduced, "delta": 0.4}, pair)
        layer(f"SmoothL1Loss/beta,{reduction}", (), {**reduced, "beta": 0.3}, pair)
        layer(f"BCELoss/{reduction}", (), reduced, lambda: [rand(2, 3), rand(2, 3, grad=False)])
        layer(f"BCEWithLogitsLoss/{reduction}", (), reduced, lambda: [randn(2, 3), rand(2, 3, grad=False)])
        for label, options in {"": {}, ",weight": {"weight": weight}, ",ignore": {"ignore_index": 1}, ",all": {"weight": weight, "ignore_index": 0}}.items():
            made = lambda: {**reduced, **{key: value() if callable(value) else value for key, value in options.items()}}
            layer(f"NLLLoss/{reduction}{label}", (), made, classes)
            layer(f"CrossEntropyLoss/{reduction}{label}", (), made, classes)
            layer(f"CrossEntropyLoss/{reduction}{label},smooth", (), lambda: {**made(), "label_smoothing": 0.2}, classes)
        layer(f"CrossEntropyLoss/{reduction},probabilities", (), lambda: {**reduced, "weight": weight(), "label_smoothing": 0.1}, lambda: [randn(2, 3), rand(2, 3, grad=False)])
        layer(f"HingeEmbeddingLoss/{reduction}", (), {**reduced, "margin": 0.7}, lambda: [randn(3), tensor([1.0, -1.0, -1.0], grad=False)])
        for p in (1, 2):
            layer(f"MultiMarginLoss/{reduction},p={p}", (), lambda: {**reduced, "p": p, "margin": 0.5, "weight": weight()}, classes)
        for log_target in (False, True):
            layer(f"KLDivLoss/{reduction},{log_target}", (), {**reduced, "log_target": log_target},
                  lambda: [randn(2, 3), randn(2, 3, grad=False) if log_target else rand(2, 3, grad=False)])
        for swap in (False, True):
            layer(f"TripletMarginLoss/{reduction},{swap}", (), {**reduced, "swap": swap, "margin": 2.0, "p": 3.0, "eps": 0.001}, lambda: [randn(2, 3) for _ in range(3)])
        layer(f"CosineEmbeddingLoss/{reduction}", (), {**reduced, "margin": 0.1}, lambda: [randn(3, 2), randn(3, 2), tensor([1, -1, 1], INT)])
    layer("KLDivLoss/batchmean", (), {"reduction": "batchmean"}, lambda: [randn(2, 3), rand(2, 3, grad=False)])
    layer("MultiMarginLoss/default", (), {}, classes)
    layer("TripletMarginLoss/default", (), {}, lambda: [randn(2, 3) for _ in range(3)])
    layer("CosineEmbeddingLoss/default", (), {}, lambda: [randn(3, 2), randn(3, 2), tensor([1, -1, 1], INT)])
    layer("CrossEntropyLoss/[N,C,L]", (), {}, lambda: [Call(randn(2, 3, 2), randint(0, 3, 2, 2), run=as_long)])
    layer("NLLLoss/[N,C,H,W]", (), {}, lambda: [Call(randn(1, 3, 2, 2), randint(0, 3, 1, 2, 2), run=as_long)])
    layer("CrossEntropyLoss/one", (), {}, lambda: [Call(randn(3), randint(0, 3), run=as_long)])


def build():
    losses()
