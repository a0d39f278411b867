"""Cases of the losses among the classes."""

import torch

from generator.format import rand, randint, randn, tensor
from generator.layer import Call, layer

INT = torch.int32


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
        for label, options in {
            "": {},
            ",weight": {"weight": weight},
            ",ignore": {"ignore_index": 1},
            ",all": {"weight": weight, "ignore_index": 0},
        }.items():
            made = lambda: {**reduced, **{key: value() if callable(value) else value for key, value in options.items()}}
            layer(f"NLLLoss/{reduction}{label}", (), made, classes)
            layer(f"CrossEntropyLoss/{reduction}{label}", (), made, classes)
            layer(f"CrossEntropyLoss/{reduction}{label},smooth", (), lambda: {**made(), "label_smoothing": 0.2}, classes)
        layer(
            f"CrossEntropyLoss/{reduction},probabilities",
            (),
            lambda: {**reduced, "weight": weight(), "label_smoothing": 0.1},
            lambda: [randn(2, 3), rand(2, 3, grad=False)],
        )
        layer(
            f"HingeEmbeddingLoss/{reduction}",
            (),
            {**reduced, "margin": 0.7},
            lambda: [randn(3), tensor([1.0, -1.0, -1.0], grad=False)],
        )
        for p in (1, 2):
            layer(
                f"MultiMarginLoss/{reduction},p={p}", (), lambda: {**reduced, "p": p, "margin": 0.5, "weight": weight()}, classes
            )
        for log_target in (False, True):
            layer(
                f"KLDivLoss/{reduction},{log_target}",
                (),
                {**reduced, "log_target": log_target},
                lambda: [randn(2, 3), randn(2, 3, grad=False) if log_target else rand(2, 3, grad=False)],
            )
        for swap in (False, True):
            layer(
                f"TripletMarginLoss/{reduction},{swap}",
                (),
                {**reduced, "swap": swap, "margin": 2.0, "p": 3.0, "eps": 0.001},
                lambda: [randn(2, 3) for _ in range(3)],
            )
        layer(
            f"CosineEmbeddingLoss/{reduction}",
            (),
            {**reduced, "margin": 0.1},
            lambda: [randn(3, 2), randn(3, 2), tensor([1, -1, 1], INT)],
        )
    layer("KLDivLoss/batchmean", (), {"reduction": "batchmean"}, lambda: [randn(2, 3), rand(2, 3, grad=False)])
    layer("MultiMarginLoss/default", (), {}, classes)
    layer("TripletMarginLoss/default", (), {}, lambda: [randn(2, 3) for _ in range(3)])
    layer("CosineEmbeddingLoss/default", (), {}, lambda: [randn(3, 2), randn(3, 2), tensor([1, -1, 1], INT)])
    layer("CrossEntropyLoss/[N,C,L]", (), {}, lambda: [Call(randn(2, 3, 2), randint(0, 3, 2, 2), run=as_long)])
    layer("NLLLoss/[N,C,H,W]", (), {}, lambda: [Call(randn(1, 3, 2, 2), randint(0, 3, 1, 2, 2), run=as_long)])
    layer("CrossEntropyLoss/one", (), {}, lambda: [Call(randn(3), randint(0, 3), run=as_long)])


def label_losses():
    signs = lambda *shape: randint(0, 2, *shape).float() * 2 - 1
    for reduction in ("mean", "sum", "none"):
        reduced = {"reduction": reduction}
        layer(f"SoftMarginLoss/{reduction}", (), reduced, lambda: [randn(2, 3), signs(2, 3)])
        layer(f"MultiLabelSoftMarginLoss/{reduction}", (), reduced, lambda: [randn(2, 3), randint(0, 2, 2, 3).float()])
        layer(
            f"MultiLabelSoftMarginLoss/{reduction},weight",
            (),
            lambda: {**reduced, "weight": tensor([0.5, 2.0, 1.5], grad=False)},
            lambda: [randn(2, 3), randint(0, 2, 2, 3).float()],
        )
        as_long = lambda module, x, y: module(x, y.long())
        layer(
            f"MultiLabelMarginLoss/{reduction}",
            (),
            reduced,
            lambda: [Call(randn(2, 4), tensor([[3, 0, -1, 1], [1, -1, 2, 0]], torch.int32), run=as_long)],
        )
        layer(f"MarginRankingLoss/{reduction}", (), {**reduced, "margin": 0.3}, lambda: [randn(4), randn(4), signs(4)])
        layer(
            f"TripletMarginWithDistanceLoss/{reduction}",
            (),
            {**reduced, "margin": 2.0, "swap": True},
            lambda: [randn(2, 3) for _ in range(3)],
        )
        for full in (False, True):
            layer(
                f"PoissonNLLLoss/{reduction},{full}",
                (),
                {**reduced, "full": full},
                lambda: [randn(2, 3), randint(0, 4, 2, 3).float()],
            )
            layer(
                f"GaussianNLLLoss/{reduction},{full}",
                (),
                {**reduced, "full": full},
                lambda: [randn(2, 3), randn(2, 3), rand(2, 3, low=0.1, high=2)],
            )
        layer(
            f"PoissonNLLLoss/{reduction},rate",
            (),
            {**reduced, "log_input": False, "eps": 0.01},
            lambda: [rand(2, 3, low=0.1, high=3), randint(0, 4, 2, 3).float()],
        )
        layer(
            f"GaussianNLLLoss/{reduction},eps",
            (),
            {**reduced, "eps": 0.5},
            lambda: [randn(2, 3), randn(2, 3), tensor([[0.3], [2.0]])],
        )
        # PyTorch's gradient is that of the log-probabilities before logSoftmax; the numbers alone are compared.
        for label, options in {"": {}, ",zero": {"zero_infinity": True}, ",blank": {"blank": 2}}.items():
            layer(
                f"CTCLoss/{reduction}{label}",
                (),
                {**reduced, **options},
                lambda: [
                    log_probabilities(5, 3, 4),
                    tensor([[1, 3, 3], [3, 1, 0], [1, 1, 3]], torch.int32),
                    tensor([5, 4, 3], torch.int32),
                    tensor([2, 1, 3 if options.get("zero_infinity") else 2], torch.int32),
                ],
            )
    layer(
        "CTCLoss/no-batch",
        (),
        {},
        lambda: [log_probabilities(4, 3), tensor([1, 2], torch.int32), tensor(4, torch.int32), tensor(2, torch.int32)],
    )
    layer(
        "CTCLoss/joined",
        (),
        {},
        lambda: [
            log_probabilities(4, 2, 3),
            tensor([1, 2, 1], torch.int32),
            tensor([4, 3], torch.int32),
            tensor([2, 1], torch.int32),
        ],
    )


def log_probabilities(*shape):
    return randn(*shape, grad=False).log_softmax(-1).mul(100).round().div(100)


def build():
    losses()
    label_losses()
