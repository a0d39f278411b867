"""Cases of the layers of one tensor, with every option, while training and after it."""

import torch
from torch import nn

from generator.format import distinct, rand, randint, randn, tensor
from generator.layer import Call, Made, layer

INT = torch.int32


def activations():
    plain = [
        "ReLU",
        "SELU",
        "SiLU",
        "Mish",
        "Softsign",
        "LogSigmoid",
        "Sigmoid",
        "Tanh",
        "Hardsigmoid",
        "Hardswish",
        "ReLU6",
        "Identity",
    ]
    for name in plain:
        layer(name, calls=lambda: [randn(2, 3, scale=3)])
    variants = {
        "LeakyReLU": [{}, {"negative_slope": 0.3}],
        "ELU": [{}, {"alpha": 0.4}],
        "GELU": [{}, {"approximate": "tanh"}],
        "Softplus": [{}, {"beta": 2.5}, {"beta": 0.5}],
        "Hardtanh": [{}, {"min_val": -2.0, "max_val": 0.5}],
        "PReLU": [{}, {"num_parameters": 3}, {"init": 0.1}],
        "GLU": [{}],
    }
    for name, all_options in variants.items():
        for options in all_options:
            layer(f"{name}/{options or 'default'}", (), options, lambda: [randn(2, 3 if name != "GLU" else 4, 2, scale=3)])
    layer("Softplus/large", (), {"beta": 2.0}, lambda: [tensor([-50.0, 0.0, 9.0, 11.0, 60.0])])
    layer("ReLU6/corners", (), {}, lambda: [tensor([-1.0, 0.0, 3.0, 6.0, 7.0])])
    layer("PReLU/1-d", (), {"num_parameters": 1}, lambda: [randn(3)])
    layer("Threshold", (0.3, -2.0), {}, lambda: [randn(2, 3)])
    layer("GLU/0", (0,), {}, lambda: [randn(4, 3)])
    for name in ("Softmax", "Softmin", "LogSoftmax"):
        for dim in (0, 1, -1):
            layer(f"{name}/{dim}", (dim,), {}, lambda: [randn(2, 3, 2)])
    for name, shape in (
        ("Dropout", (2, 3)),
        ("Dropout1d", (1, 2, 3)),
        ("Dropout2d", (1, 2, 2, 2)),
        ("Dropout3d", (1, 2, 1, 2, 2)),
        ("AlphaDropout", (2, 3)),
    ):
        layer(f"{name}/p=0", (0.0,), {}, lambda: [randn(*shape)])
        layer(f"{name}/off", (0.7,), {}, lambda: [Call(randn(*shape), training=False)])
    layer("Dropout/p=1", (1.0,), {}, lambda: [randn(2, 3)])


def shapes():
    layer("Flatten", (), {}, lambda: [randn(2, 3, 2)])
    layer("Flatten/0", (0,), {}, lambda: [randn(2, 3)])
    layer("Flatten/1,2", (1, 2), {}, lambda: [randn(2, 2, 1, 3)])
    layer("Flatten/-2", (-2,), {}, lambda: [randn(2, 3, 2)])
    layer("Unflatten/1", (1, [2, 3]), {}, lambda: [randn(2, 6)])
    layer("Unflatten/-1", (-1, [2, -1]), {}, lambda: [randn(2, 6)])
    layer("PixelShuffle", (2,), {}, lambda: [randn(1, 4, 1, 2)])
    layer("PixelUnshuffle", (2,), {}, lambda: [randn(1, 1, 2, 4)])
    layer("ZeroPad2d/negative", ([-1, 1, 0, -1],), {}, lambda: [randn(1, 1, 3, 3)])
    sizes = {"nearest": (3, 2), "linear": (4,), "bilinear": (3, 2), "bicubic": (3, 2), "trilinear": (2, 1, 2)}
    for mode, size in sizes.items():
        layer(f"Upsample/{mode},scale", (), {"scale_factor": 2, "mode": mode}, lambda: [randn(1, 1, *size)])
        layer(f"Upsample/{mode},size", (), {"size": [5, 3, 2][: len(size)], "mode": mode}, lambda: [randn(1, 1, *size)])
        if mode != "nearest":
            layer(
                f"Upsample/{mode},corners",
                (),
                {"scale_factor": 2, "mode": mode, "align_corners": True},
                lambda: [randn(1, 1, *size)],
            )
    for name in ("UpsamplingNearest2d", "UpsamplingBilinear2d"):
        layer(f"{name}/scale", (), {"scale_factor": 2}, lambda: [Call(randn(1, 1, 2, 3))])
        layer(f"{name}/size", (), {"size": [3, 5]}, lambda: [Call(randn(1, 1, 2, 3))])
    for label, kernel, options in (("2", 2, {}), ("all", [2, 1], {"stride": [1, 2], "padding": [1, 0], "dilation": [2, 1]})):
        layer(f"Unfold/{label}", (kernel,), options, lambda: [randn(1, 2, 3, 3)])
        places = nn.Unfold(kernel, **options)(torch.zeros(1, 2, 3, 3)).shape
        layer(f"Fold/{label}", ([3, 3], kernel), options, lambda: [randn(*places)])


def linear():
    layer("Linear", (3, 2), {}, lambda: [randn(2, 3)])
    layer("Linear/no-bias", (3, 2), {"bias": False}, lambda: [randn(2, 2, 3)])
    layer("Linear/1-d", (3, 1), {}, lambda: [randn(3)])
    layer("Linear/empty", (3, 2), {}, lambda: [randn(0, 3)])
    layer("Bilinear", (2, 3, 2), {}, lambda: [randn(2, 2), randn(2, 3)])
    layer("Bilinear/no-bias", (2, 3, 1), {"bias": False}, lambda: [randn(2, 1, 2), randn(2, 1, 3)])
    for options in ({}, {"dim": 0}, {"dim": -1}):
        layer(f"CosineSimilarity/{options or 'default'}", (), options, lambda: [randn(2, 3), randn(2, 3)])
    for options in ({}, {"p": 1.0}, {"p": 3.0, "eps": 0.01}, {"keepdim": True}):
        layer(f"PairwiseDistance/{options or 'default'}", (), options, lambda: [randn(2, 3), randn(2, 3)])
    layer("Embedding", (4, 2), {}, lambda: [randint(0, 4, 2, 3)])
    layer("Embedding/padding", (4, 2), {"padding_idx": 1}, lambda: [tensor([[0, 1], [1, 3]], INT)])
    layer("Embedding/padding-2", (4, 2), {"padding_idx": -2}, lambda: [tensor([2, 2, 0], INT)])
    layer("Embedding/0-d", (4, 2), {}, lambda: [randint(0, 4)])
    for mode in ("sum", "mean", "max"):
        layer(f"EmbeddingBag/{mode}", (5, 2), {"mode": mode}, lambda: [randint(0, 5, 2, 3)])
        layer(
            f"EmbeddingBag/{mode},offsets", (5, 2), {"mode": mode}, lambda: [tensor([1, 4, 0, 2, 2], INT), tensor([0, 2, 2], INT)]
        )
        layer(
            f"EmbeddingBag/{mode},padding",
            (5, 2),
            {"mode": mode, "padding_idx": 2},
            lambda: [tensor([[1, 2, 3], [2, 2, 2], [0, 4, 2]], INT)],
        )
    layer("EmbeddingBag/weights", (5, 2), {"mode": "sum"}, lambda: [randint(0, 5, 2, 3), None, randn(2, 3)])
    layer(
        "EmbeddingBag/weights,offsets",
        (5, 2),
        {"mode": "sum"},
        lambda: [tensor([1, 4, 0, 2], INT), tensor([0, 3], INT), randn(4)],
    )
    layer("EmbeddingBag/default", (5, 2), {}, lambda: [randint(0, 5, 2, 3)])


def convolutions():
    for rank in (1, 2, 3):
        size = ((5,), (4, 3), (3, 3, 2))[rank - 1]
        kernel = [3, 2, 2][:rank]
        name = f"Conv{rank}d"
        variants = {
            "default": {},
            "no-bias": {"bias": False},
            "stride": {"stride": 2},
            "padding": {"padding": 1},
            "same": {"padding": "same"},
            "valid": {"padding": "valid"},
            "dilation": {"dilation": 2, "padding": 2},
            "lists": {"stride": [2, 1, 2][:rank], "padding": [1, 0, 1][:rank], "dilation": [1, 2, 1][:rank]},
        }
        for label, options in variants.items():
            layer(f"{name}/{label}", (1, 2, kernel), options, lambda: [Call(randn(1, 1, *size))])
        layer(f"{name}/groups", (4, 2, kernel), {"groups": 2}, lambda: [Call(randn(1, 4, *size))])
        layer(f"{name}/depthwise", (2, 4, kernel), {"groups": 2, "bias": False}, lambda: [Call(randn(1, 2, *size))])
        layer(f"{name}/no-batch", (2, 1, 2), {}, lambda: [Call(randn(2, *size))])
        for mode in ("reflect", "replicate", "circular"):
            layer(f"{name}/{mode}", (1, 1, kernel), {"padding": 1, "padding_mode": mode}, lambda: [Call(randn(1, 1, *size))])
            if rank == 3:
                continue
            layer(
                f"{name}/{mode},same",
                (1, 1, kernel),
                {"padding": "same", "padding_mode": mode},
                lambda: [Call(randn(1, 1, *size))],
            )
        layer(
            f"{name}/circular,stride",
            (1, 2, kernel),
            {"padding": [2, 1, 0][:rank], "stride": 2, "padding_mode": "circular"},
            lambda: [Call(randn(1, 1, *size))],
        )
        name, size = f"ConvTranspose{rank}d", ((3,), (3, 2), (2, 2, 2))[rank - 1]
        variants = {
            "default": {},
            "no-bias": {"bias": False},
            "stride": {"stride": 2, "output_padding": 1},
            "padding": {"padding": 1, "stride": 3},
            "dilation": {"dilation": 2},
            "all": {
                "stride": [2, 1, 2][:rank],
                "padding": [1, 0, 1][:rank],
                "output_padding": [1, 0, 1][:rank],
                "dilation": [1, 2, 2][:rank],
            },
        }
        for label, options in variants.items():
            layer(f"{name}/{label}", (2, 1, kernel), options, lambda: [Call(randn(1, 2, *size))])
        layer(f"{name}/groups", (4, 2, kernel), {"groups": 2}, lambda: [Call(randn(1, 4, *size))])
        layer(f"{name}/no-batch", (2, 1, 2), {}, lambda: [Call(randn(2, *size))])


def pools():
    for rank in (1, 2, 3):
        size = ((6,), (5, 4), (3, 3, 4))[rank - 1]
        make = lambda: [Call(distinct(1, 1, *size))]
        shared = {
            "default": (2, {}),
            "stride": (2, {"stride": 1}),
            "padding": (3, {"stride": 2, "padding": 1}),
            "ceil": (2, {"stride": 3, "ceil_mode": True}),
            "list": ([2, 1, 2][:rank], {"stride": [1, 2, 1][:rank]}),
        }
        for label, (kernel, options) in shared.items():
            layer(f"MaxPool{rank}d/{label}", (kernel,), options, make)
            layer(f"AvgPool{rank}d/{label}", (kernel,), options, make)
        layer(f"MaxPool{rank}d/dilation", (2,), {"dilation": 2, "stride": 1}, make)
        layer(f"AvgPool{rank}d/no-pad", (2,), {"padding": 1, "count_include_pad": False}, make)
        for kind in ("Avg", "Max"):
            layer(f"Adaptive{kind}Pool{rank}d/1", (1,), {}, make)
            layer(f"Adaptive{kind}Pool{rank}d/list", ([4, 3, 2][:rank],), {}, make)


def norms():
    shapes = {"BatchNorm1d": [(3, 2), (2, 2, 3)], "BatchNorm2d": [(2, 2, 2, 1)], "BatchNorm3d": [(2, 2, 1, 2, 1)]}
    variants = {
        "default": {},
        "eps": {"eps": 0.3},
        "momentum": {"momentum": 0.4},
        "cumulative": {"momentum": None},
        "not-affine": {"affine": False},
        "no-stats": {"track_running_stats": False},
        "nothing": {"affine": False, "track_running_stats": False},
        "momentum=0": {"momentum": 0.0},
        "momentum=1": {"momentum": 1.0},
    }
    steps = lambda *shape: [Call(randn(*shape)), Call(randn(*shape)), Call(randn(*shape), training=False)]
    for name, all_shapes in shapes.items():
        for shape in all_shapes:
            for label, options in variants.items():
                if len(shape) in {3, 5} and label not in {"default", "cumulative", "not-affine", "nothing"}:
                    continue
                layer(f"{name}/{len(shape)}-d,{label}", (shape[1],), options, lambda: steps(*shape))
        layer(f"{name}/one-in-eval", (2,), {}, lambda: [Call(randn(1, *all_shapes[0][1:]), training=False)])
    shapes = {"InstanceNorm1d": (2, 2, 3), "InstanceNorm2d": (1, 2, 2, 2), "InstanceNorm3d": (1, 2, 1, 2, 2)}
    for name, shape in shapes.items():
        for label, options in {
            "default": {},
            "affine": {"affine": True, "eps": 0.1},
            "stats": {"track_running_stats": True},
            "all": {"affine": True, "track_running_stats": True, "momentum": 0.3},
        }.items():
            layer(f"{name}/{label}", (2,), options, lambda: steps(*shape))
        layer(f"{name}/no-batch", (2,), {"affine": True}, lambda: [randn(*shape[1:])])
    for label, ctor, options in (("2", (2, 4), {}), ("1", (1, 2), {"eps": 0.2}), ("4", (4, 4), {"affine": False})):
        layer(f"GroupNorm/{label}", ctor, options, lambda: [randn(2, ctor[1], 3)])
    layer("GroupNorm/[N,C]", (2, 6), {}, lambda: [randn(2, 6)])
    for label, ctor, options in (
        ("3", (3,), {}),
        ("list", ([2, 3],), {}),
        ("eps", (3,), {"eps": 0.4}),
        ("not-affine", (3,), {"elementwise_affine": False}),
    ):
        layer(f"LayerNorm/{label}", ctor, options, lambda: [randn(2, 2, 3)])
    if hasattr(nn, "RMSNorm"):
        layer("RMSNorm", (3,), {}, lambda: [randn(2, 3)])
        layer("RMSNorm/all", ([2, 3],), {"eps": 0.1, "elementwise_affine": False}, lambda: [randn(2, 2, 3)])


def shrinking():
    """Activations and layers of channels that few networks have."""
    variants = {
        "CELU": [((), {}), ((), {"alpha": 0.4})],
        "Hardshrink": [((), {}), ((1.5,), {})],
        "Softshrink": [((), {}), ((1.5,), {})],
        "Tanhshrink": [((), {})],
    }
    for name, ctors in variants.items():
        for ctor, options in ctors:
            layer(
                f"{name}/{ctor or options or 'default'}",
                ctor,
                options,
                lambda: [tensor([-3.0, -1.5, -0.5, -0.2, 0.0, 0.3, 0.5, 1.5, 4.0])],
            )
    layer("RReLU/off", (), {"lower": 0.2, "upper": 0.4}, lambda: [Call(randn(2, 3), training=False)])
    layer("RReLU/equal", (), {"lower": 0.3, "upper": 0.3}, lambda: [randn(2, 3)])
    layer("Softmax2d", (), {}, lambda: [randn(1, 3, 2, 1)])
    layer("Softmax2d/no-batch", (), {}, lambda: [randn(3, 1, 2)])
    layer("LocalResponseNorm/default", (2,), {}, lambda: [randn(1, 3, 2)])
    layer("LocalResponseNorm/all", (3,), {"alpha": 0.5, "beta": 0.6, "k": 2.0}, lambda: [randn(1, 5, 2, 1)])
    layer("LocalResponseNorm/2-d", (1,), {"alpha": 0.5}, lambda: [Call(randn(2, 2, 1), training=False)])
    layer("ChannelShuffle", (2,), {}, lambda: [Call(randn(1, 6, 1, 2, grad=False))])
    layer("FeatureAlphaDropout/p=0", (0.0,), {}, lambda: [randn(1, 2, 3)])
    layer("FeatureAlphaDropout/off", (0.6,), {}, lambda: [Call(randn(1, 2, 3), training=False)])
    for rank, size in ((1, (5,)), (2, (4, 3))):
        for label, ctor, options in (
            ("2", (2, 2), {}),
            ("3", (3.0, 2), {"stride": 1}),
            ("1", (1, 3), {"stride": 2, "ceil_mode": True}),
        ):
            layer(f"LPPool{rank}d/{label}", ctor, options, lambda: [Call(rand(1, 1, *size, low=0.2, high=2))])


def pads():
    sizes = {1: (3,), 2: (2, 3), 3: (2, 2, 3)}
    kinds = {"ZeroPad": (), "ConstantPad": (1.5,), "ReflectionPad": (), "ReplicationPad": (), "CircularPad": ()}
    for kind, extra in kinds.items():
        for rank, size in sizes.items():
            name = f"{kind}{rank}d"
            if not hasattr(nn, name):
                continue
            layer(f"{name}/1", (1, *extra), {}, lambda: [Call(randn(1, 1, *size))])
            layer(f"{name}/list", ([1, 0, 0, 1, 1, 1][: 2 * rank], *extra), {}, lambda: [Call(randn(1, 2, *size))])
            if kind != "CircularPad":
                layer(f"{name}/no-batch", ([2, 1, 1, 0, 0, 1][: 2 * rank], *extra), {}, lambda: [Call(randn(1, *size))])


def containers():
    network = lambda: [
        Made("Linear", 3, 4),
        Made("BatchNorm1d", 4),
        Made("ReLU"),
        Made("Dropout", 0.0),
        Made("Sequential", Made("Linear", 4, 2, bias=False), Made("Tanh")),
    ]
    layer("Sequential/mlp", network, {}, lambda: [Call(randn(3, 3)), Call(randn(3, 3), training=False)])
    layer(
        "Sequential/cnn",
        lambda: [
            Made("Conv2d", 1, 2, 2),
            Made("BatchNorm2d", 2),
            Made("ReLU"),
            Made("MaxPool2d", 2),
            Made("Flatten"),
            Made("Linear", 2, 2),
        ],
        {},
        lambda: [Call(distinct(3, 1, 3, 3)), Call(distinct(2, 1, 3, 3), training=False)],
    )
    layer("Sequential/empty", (), {}, lambda: [randn(2)])


def build():
    activations()
    shapes()
    linear()
    convolutions()
    pools()
    norms()
    shrinking()
    pads()
    containers()
