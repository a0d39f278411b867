"""Cases of options that have no place among the other cases of their functions and classes."""

import torch
import torch.nn.functional as F

from generator.format import distinct, rand, randn, tensor
from generator.function import op
from generator.layer import Call, layer
from generator.training import Of, optimizer, schedule

INT = torch.int32


def functions():
    weight = lambda: tensor([0.5, 2.0, 1.5], grad=False)
    op("binaryCrossEntropy/weight", F.binary_cross_entropy, lambda: [rand(2, 3), rand(2, 3, grad=False)], {"weight": weight})
    op(
        "binaryCrossEntropyWithLogits/weight",
        F.binary_cross_entropy_with_logits,
        lambda: [randn(2, 3), rand(2, 3, grad=False)],
        {"weight": weight},
    )
    op(
        "binaryCrossEntropyWithLogits/posWeight",
        F.binary_cross_entropy_with_logits,
        lambda: [randn(2, 3), rand(2, 3, grad=False)],
        {"pos_weight": weight},
    )
    op("softplus/beta", F.softplus, lambda: [randn(4)], {"beta": 2.5})
    op("softplus/threshold", F.softplus, lambda: [tensor([0.5, 1.5, 3.0])], {"threshold": 1.0})
    op("avgPool2d/divisorOverride", F.avg_pool2d, lambda: [randn(1, 1, 2, 4), 2], {"divisor_override": 3})
    op("maxPool1d/returnIndices", F.max_pool1d, lambda: [distinct(1, 1, 6), 2], {"return_indices": True})
    op("maxPool2d/returnIndices,all", F.max_pool2d, lambda: [distinct(1, 2, 4, 5), [3, 2]], {"return_indices": True, "stride": [1, 2], "padding": 1, "ceil_mode": True})
    op("adaptiveMaxPool2d/returnIndices", F.adaptive_max_pool2d, lambda: [distinct(1, 2, 5, 4), [2, 3]], {"return_indices": True})
    op("avgPool3d/divisorOverride", F.avg_pool3d, lambda: [randn(1, 1, 2, 2, 3), 2], {"divisor_override": 5, "padding": 1, "stride": 1})
    op("interpolate/nearest-exact,2d", F.interpolate, lambda: [randn(1, 1, 3, 4)], {"scale_factor": 1.7, "mode": "nearest-exact"})
    op("interpolate/nearest-exact", F.interpolate, lambda: [randn(1, 1, 5)], {"size": 3, "mode": "nearest-exact"})
    op(
        "div/roundingMode",
        torch.div,
        lambda: [tensor([5.5, -5.5], grad=False), tensor([2.0, 2.0], grad=False)],
        {"rounding_mode": "floor"},
    )
    for mode in ("floor", "trunc"):
        numbers = lambda: [tensor([7, -7, 7, -7, 2000000001], INT), tensor([2, 2, -2, -2, 3], INT)]
        op(f"div/{mode},int32", torch.div, numbers, {"rounding_mode": mode})
        floats = lambda: [tensor([1.0, -1.0, 0.5, -3.5, 1.0], grad=False), tensor([0.1, 0.1, 0.25, 2.0, 0.0], grad=False)]
        op(f"div/{mode}", torch.div, floats, {"rounding_mode": mode})
    op("round/decimals=-1", torch.round, lambda: [tensor([14.0, -25.0, 1234.0], grad=False)], {"decimals": -1})
    op("sub/alpha", torch.sub, lambda: [randn(2, 3), randn(3)], {"alpha": 0.5})
    op("clamp/tensors", torch.clamp, lambda: [randn(2, 3), tensor([-0.5, -0.25, 0.0]), randn(2, 1)])
    op("round/decimals", torch.round, lambda: [tensor([1.2345, -2.3456], grad=False)], {"decimals": 2})
    op("add/alpha", torch.add, lambda: [randn(3), randn(3)], {"alpha": 2})
    norm = lambda x, p: torch.linalg.vector_norm(x, p)
    op("norm/-Infinity", norm, lambda: [distinct(4), -float("inf")])
    op("norm/-2.5", norm, lambda: [tensor([1.0, -2.0, 4.0]), -2.5])
    op("norm/-1", norm, lambda: [tensor([1.0, -2.0, 4.0]), -1])


def layers():
    weight = lambda: tensor([0.5, 2.0, 1.5], grad=False)
    layer("BCELoss/weight", (), lambda: {"weight": weight()}, lambda: [rand(2, 3), rand(2, 3, grad=False)])
    layer("BCEWithLogitsLoss/weight", (), lambda: {"weight": weight()}, lambda: [randn(2, 3), rand(2, 3, grad=False)])
    layer("BCEWithLogitsLoss/posWeight", (), lambda: {"pos_weight": weight()}, lambda: [randn(2, 3), rand(2, 3, grad=False)])
    layer("Softplus/threshold", (), {"threshold": 1.0}, lambda: [tensor([0.5, 1.5, 3.0])])
    layer(
        "LSTM/proj",
        (2, 3),
        {"proj_size": 2},
        lambda: [Call(randn(2, 2, 2)), Call(randn(2, 2, 2), [randn(1, 2, 2), randn(1, 2, 3)])],
    )
    layer(
        "LSTM/proj,all",
        (2, 3),
        {"proj_size": 2, "num_layers": 2, "bidirectional": True, "batch_first": True},
        lambda: [Call(randn(1, 2, 2))],
    )
    layer("LSTM/proj,2", (2, 4), {"proj_size": 1, "num_layers": 2, "bias": False}, lambda: [Call(randn(3, 1, 2))])
    three = lambda: [randn(2, 1, 4), randn(3, 1, 4), randn(3, 1, 4)]
    layer("MultiheadAttention/addBiasKv", (4, 2), {"add_bias_kv": True}, lambda: [Call(*three())])
    layer("MultiheadAttention/addZeroAttn", (4, 2), {"add_zero_attn": True}, lambda: [Call(*three())])
    padded = lambda: {"key_padding_mask": torch.tensor([[False, False, True]]), "attn_mask": torch.tensor([[False, True, False], [False, False, True]])}
    for option in ("add_bias_kv", "add_zero_attn"):
        layer(f"MultiheadAttention/{option},masks", (4, 2), {option: True}, lambda: [Call(*three(), **padded())])
    layer("MultiheadAttention/addBoth", (4, 2), {"add_bias_kv": True, "add_zero_attn": True}, lambda: [Call(*three())])
    layer("Embedding/maxNorm,1", (4, 2), {"max_norm": 0.4, "norm_type": 1.0}, lambda: [Call(tensor([[0, 2], [2, 3]], INT))])
    layer("EmbeddingBag/maxNorm", (4, 2), {"max_norm": 0.5, "mode": "max"}, lambda: [Call(tensor([[0, 2, 2]], INT))])
    layer("EmbeddingBag/includeLastOffset,sum", (5, 2), {"include_last_offset": True, "mode": "sum"}, lambda: [Call(tensor([1, 4, 0, 2], INT), tensor([0, 0, 3, 4], INT))])
    layer("Embedding/maxNorm", (4, 2), {"max_norm": 0.5}, lambda: [Call(tensor([0, 2, 2], INT))])
    layer("Embedding/scaleGradByFreq", (4, 2), {"scale_grad_by_freq": True}, lambda: [Call(tensor([0, 2, 2], INT))])
    layer(
        "EmbeddingBag/scaleGradByFreq",
        (4, 2),
        {"scale_grad_by_freq": True, "mode": "sum"},
        lambda: [Call(tensor([[0, 2, 2]], INT))],
    )
    layer(
        "EmbeddingBag/includeLastOffset",
        (5, 2),
        {"include_last_offset": True},
        lambda: [Call(tensor([1, 4, 0], INT), tensor([0, 2, 3], INT))],
    )
    layer("AvgPool2d/divisorOverride", (2,), {"divisor_override": 3}, lambda: [Call(randn(1, 1, 2, 4))])
    layer("MaxPool2d/returnIndices", (2,), {"return_indices": True}, lambda: [Call(distinct(1, 1, 2, 4))])
    layer("AdaptiveMaxPool1d/returnIndices", (2,), {"return_indices": True}, lambda: [Call(distinct(1, 1, 4))])
    layer("AdaptiveAvgPool2d/null", ([None, 2],), {}, lambda: [Call(randn(1, 1, 3, 4))])
    layer("Upsample/nearest-exact", (), {"size": 3, "mode": "nearest-exact"}, lambda: [Call(randn(1, 1, 5))])
    layer(
        "MaxUnpool1d",
        (2,),
        {},
        lambda: [
            Call(randn(1, 1, 3), tensor([[[0, 3, 4]]], torch.int32), run=lambda module, x, places: module(x, places.long()))
        ],
    )
    back = lambda module, x, places: module(x, places.long())
    layer(
        "MaxUnpool1d/overlap",
        (3,),
        {"stride": 1},
        lambda: [Call(tensor([[[0.5, 0.5, -1.0]]]), tensor([[[2, 2, 4]]], INT), run=back)],
    )
    layer(
        "MaxUnpool2d",
        (2,),
        {"stride": 2},
        lambda: [Call(randn(1, 2, 2, 1), tensor([[[[1], [6]], [[2], [5]]]], INT), run=back)],
    )
    layer("MaxUnpool3d", (2,), {}, lambda: [Call(randn(1, 1, 1, 1, 2), tensor([[[[[5, 10]]]]], INT), run=back)])


def training():
    for kind in ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "ASGD", "Rprop"):
        optimizer(f"{kind}/maximize", {"lr": 0.1, "maximize": True}, steps=2)
    variants = {
        "Adamax": [{}, {"lr": 0.05, "betas": [0.7, 0.9], "eps": 0.1, "weight_decay": 0.1}],
        "ASGD": [{}, {"lr": 0.1, "lambd": 0.1, "alpha": 0.5, "t0": 2.0, "weight_decay": 0.1}],
        "Rprop": [{}, {"lr": 0.1, "etas": [0.4, 1.3], "step_sizes": [0.001, 0.2]}],
    }
    for kind, all_options in variants.items():
        for i, options in enumerate(all_options):
            optimizer(f"{kind}/{i}", options)
    schedule(
        "ChainedScheduler",
        Of("ChainedScheduler", schedulers=[Of("ConstantLR", factor=0.1, total_iters=4), Of("ExponentialLR", gamma=0.9)]),
    )
    for i, options in enumerate(
        [
            {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 4, "step_size_down": 2},
            {"base_lr": 0.05, "max_lr": 0.1, "step_size_up": 3, "mode": "exp_range", "gamma": 0.9},
        ]
    ):
        schedule(f"CyclicLR/{i}", Of("CyclicLR", **options))
    schedule("CyclicLR", Of("CyclicLR", base_lr=0.01, max_lr=0.1, step_size_up=4, mode="triangular2"))


def build():
    functions()
    layers()
    training()
