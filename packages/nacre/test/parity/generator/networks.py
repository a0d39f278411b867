"""Cases of the functions of networks."""

import math

import torch
import torch.nn.functional as F

from generator.format import distinct, rand, randn, tensor
from generator.function import each, op

INF, NAN = math.inf, math.nan
INT, BOOL = torch.int32, torch.bool


from generator.elementwise import corners, special


def networks():
    each(
        "linear",
        F.linear,
        {
            "[3]": lambda: [randn(3), randn(2, 3), randn(2)],
            "[2,2,3]": lambda: [randn(2, 2, 3), randn(4, 3), randn(4)],
            "no-bias": lambda: [randn(2, 3), randn(4, 3)],
            "empty": lambda: [randn(0, 3), randn(2, 3), randn(2)],
            "null": lambda: [randn(2, 3), randn(4, 3), None],
            "one": lambda: [randn(1, 1), randn(1, 1), randn(1)],
        },
    )
    convolutions()
    pools()
    norms()
    resizing()
    op("interpolate/default", F.interpolate, lambda: [randn(1, 1, 3)], {"size": 4})
    op("dropout/p=0", F.dropout, lambda: ([x := randn(2, 3)], [x, 0]), {"training": True}, {"p": 0.0})
    op("dropout/off", F.dropout, lambda: ([x := randn(2, 3)], [x, 0.9]), {"training": False}, {"p": 0.9, "training": False})
    op("dropout/p=1", F.dropout, lambda: ([x := randn(2, 3)], [x, 1]), {"training": True}, {"p": 1.0})
    for name, function, shape in (
        ("dropout1d", F.dropout1d, (1, 2, 3)),
        ("dropout2d", F.dropout2d, (1, 2, 2, 2)),
        ("dropout3d", F.dropout3d, (1, 2, 1, 2, 2)),
        ("alphaDropout", F.alpha_dropout, (2, 3)),
    ):
        op(f"{name}/off", function, lambda: ([x := randn(*shape)], [x, 0.7]), {"training": False}, {"p": 0.7, "training": False})
        op(f"{name}/p=0", function, lambda: ([x := randn(*shape)], [x, 0]), {"training": True}, {"p": 0.0, "training": True})
    op("prelu/one", F.prelu, lambda: [tensor([[-1.0, 0.0, 2.0]]), tensor([0.3])])
    op("prelu/channels", F.prelu, lambda: [randn(2, 3, 2), randn(3)])
    op("prelu/1-d", F.prelu, lambda: [randn(4), tensor([0.2])])
    for dim in (-1, 0, 1):
        op(f"glu/{dim}", F.glu, lambda: [randn(2, 4, 2), dim])
    op("glu/default", F.glu, lambda: [randn(2, 4)])
    op("threshold/corners", F.threshold, lambda: corners() + [0.5, 20])
    op("threshold/special", F.threshold, lambda: special() + [0.5, 20])
    op("threshold/int32", F.threshold, lambda: [tensor([1, 2, 3], INT), 1, 9])
    op("bilinear/bias", F.bilinear, lambda: [randn(2, 3), randn(2, 4), randn(2, 3, 4), randn(2)], second=True)
    op("bilinear/no-bias", F.bilinear, lambda: [randn(2, 2, 3), randn(2, 2, 2), randn(3, 3, 2)])
    op("bilinear/1-d", F.bilinear, lambda: [randn(3), randn(2), randn(1, 3, 2), randn(1)])
    attention()


def resizing():
    modes = {
        "nearest": [(5,), (4, 3), (2, 2, 2)],
        "area": [(5,), (4, 3), (2, 2, 2)],
        "linear": [(5,)],
        "bilinear": [(4, 3)],
        "bicubic": [(4, 3)],
        "trilinear": [(2, 2, 2)],
    }
    for mode, inputs in modes.items():
        for lengths in inputs:
            rank = len(lengths)
            alignments = [None] if mode in {"nearest", "area"} else [None, True]
            for align in alignments:
                label = f"{mode}-{rank}d" + ("" if align is None else f",{align}")
                base = {"mode": mode, **({} if align is None else {"align_corners": align})}
                op(
                    f"interpolate/{label},size",
                    F.interpolate,
                    lambda: [randn(1, 1, *lengths)],
                    {"size": [7, 3, 3][:rank], **base},
                )
                op(f"interpolate/{label},scale", F.interpolate, lambda: [randn(1, 1, *lengths)], {"scale_factor": 2, **base})
                op(
                    f"interpolate/{label},smaller",
                    F.interpolate,
                    lambda: [randn(1, 1, *lengths)],
                    {"scale_factor": [0.6, 1.7, 1.5][:rank], **base},
                )
            op(f"interpolate/{mode}-{rank}d,to-1", F.interpolate, lambda: [randn(1, 1, *lengths)], {"size": 1, "mode": mode})
            op(f"interpolate/{mode}-{rank}d,from-1", F.interpolate, lambda: [randn(1, 1, *[1] * rank)], {"size": 3, "mode": mode})


def convolutions():
    for rank, function in enumerate((F.conv1d, F.conv2d, F.conv3d), 1):
        name, size = f"conv{rank}d", ((6,), (5, 4), (4, 3, 2))[rank - 1]
        kernel = (3, 2, 2)[:rank]
        channels = 1 if rank == 3 else 2
        full = lambda value: [value] * rank
        variants = {
            "plain": {},
            "s2": {"stride": 2},
            "p1": {"padding": 1},
            "d2": {"dilation": 2, "padding": 2},
            "same": {"padding": "same"},
            "same-d2": {"padding": "same", "dilation": 2},
            "valid": {"padding": "valid"},
            "lists": {"stride": [2, 1, 3][:rank], "padding": [1, 2, 0][:rank], "dilation": [1, 2, 1][:rank]},
        }
        for label, options in variants.items():
            op(f"{name}/{label}", function, lambda: [randn(1, channels, *size), randn(2, channels, *kernel), randn(2)], options)
        op(f"{name}/groups", function, lambda: [randn(1, 4, *size[:1], *kernel[1:]), randn(4, 2, *kernel), None], {"groups": 2})
        op(
            f"{name}/depthwise",
            function,
            lambda: [randn(1, 2, *size), randn(4, 1, *kernel), randn(4)],
            {"groups": 2, "padding": 1, "stride": 2},
        )
        op(f"{name}/no-batch", function, lambda: [randn(2, *size), randn(1, 2, *kernel), randn(1)])
        op(
            f"{name}/twice",
            function,
            lambda: [randn(1, 1, *size), randn(1, 1, *kernel), randn(1)],
            {"stride": 2, "padding": 1},
            second=True,
        )
        op(f"{name}/pointwise", function, lambda: [randn(1, 3, *kernel), randn(2, 3, *full(1)), randn(2)])
        op(f"{name}/whole", function, lambda: [randn(2, 2, *kernel), randn(2, 2, *kernel)])
        op(f"{name}/null-bias", function, lambda: [randn(1, 1, *size), randn(1, 1, *kernel), None], {"stride": full(2)})
    for rank, function in enumerate((F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d), 1):
        name, size = f"convTranspose{rank}d", ((4,), (3, 2), (2, 2, 2))[rank - 1]
        kernel = (3, 2, 2)[:rank]
        variants = {
            "plain": {},
            "s2": {"stride": 2},
            "p1": {"padding": 1},
            "s3op2": {"stride": 3, "output_padding": 2},
            "d2": {"dilation": 2},
            "all": {
                "stride": [2, 1, 2][:rank],
                "padding": [1, 0, 1][:rank],
                "output_padding": [1, 0, 1][:rank],
                "dilation": [1, 2, 2][:rank],
            },
        }
        for label, options in variants.items():
            op(f"{name}/{label}", function, lambda: [randn(1, 2, *size), randn(2, 1, *kernel), randn(1)], options)
        op(f"{name}/groups", function, lambda: [randn(1, 4, *size), randn(4, 1, *kernel), randn(2)], {"groups": 2, "stride": 2})
        op(f"{name}/no-batch", function, lambda: [randn(2, *size), randn(2, 1, *kernel)])
        op(
            f"{name}/twice",
            function,
            lambda: [randn(1, 1, *size), randn(1, 1, *kernel), None],
            {"stride": 2, "padding": 1},
            second=True,
        )


def pools():
    for rank in (1, 2, 3):
        size = ((7,), (5, 6), (4, 3, 3))[rank - 1]
        shape = (1, 3 - rank if rank < 3 else 1, *size)
        kernel = [3, 2, 2][:rank]
        for name, function in (
            (f"maxPool{rank}d", getattr(F, f"max_pool{rank}d")),
            (f"avgPool{rank}d", getattr(F, f"avg_pool{rank}d")),
        ):
            variants = {
                "2": (2, {}),
                "list": (kernel, {}),
                "s1": (2, {"stride": 1}),
                "s1p1": (3, {"stride": 1, "padding": 1}),
                "ceil": (2, {"ceil_mode": True}),
                "ceil-p1": (3, {"stride": 2, "padding": 1, "ceil_mode": True}),
                "s3": (2, {"stride": 3, "ceil_mode": True}),
            }
            if name.startswith("max"):
                variants |= {
                    "d2": (2, {"dilation": 2, "stride": 1}),
                    "d2-ceil": (2, {"dilation": 2, "stride": 2, "ceil_mode": True}),
                }
            else:
                variants |= {
                    "no-pad": (3, {"stride": 2, "padding": 1, "count_include_pad": False}),
                    "no-pad-ceil": (3, {"stride": 2, "padding": 1, "ceil_mode": True, "count_include_pad": False}),
                }
            for label, (window, options) in variants.items():
                op(f"{name}/{label}", function, lambda: [distinct(*shape), window], options)
            op(f"{name}/no-batch", function, lambda: [distinct(*shape[1:]), 2])
            op(
                f"{name}/ties",
                function,
                lambda: [
                    tensor([[[1.0] * size[-1]]])
                    .detach()
                    .expand(1, 1, size[-1])
                    .reshape(1, 1, *[1] * (rank - 1), size[-1])
                    .clone()
                    .requires_grad_(),
                    [1] * (rank - 1) + [2],
                ],
            )
        for kind in ("Avg", "Max"):
            function = getattr(F, f"adaptive_{kind.lower()}_pool{rank}d")
            name = f"adaptive{kind}Pool{rank}d"
            for label, target in {
                "1": 1,
                "list": [3, 4, 2][:rank],
                "same": list(size),
                "larger": [9, 4, 4][:rank],
                "2": 2,
            }.items():
                op(f"{name}/{label}", function, lambda: [distinct(*shape), target])
            op(f"{name}/no-batch", function, lambda: [distinct(*shape[1:]), 2])
    op("maxPool2d/nan", F.max_pool2d, lambda: [tensor([[[[1.0, NAN], [3.0, 2.0]]]], grad=False), 2])
    op("maxPool2d/-inf", F.max_pool2d, lambda: [tensor([[[[-INF, -INF], [-INF, -5.0]]]], grad=False), 2], {"padding": 1})


def norms():
    each(
        "layerNorm",
        F.layer_norm,
        {
            "number": lambda: ([x := randn(2, 3), [3]], [x, 3]),
            "2d-affine": lambda: [randn(2, 3, 2), [3, 2], randn(3, 2), randn(3, 2)],
            "weight-only": lambda: [randn(2, 3), [3], randn(3), None],
            "bias-only": lambda: [randn(2, 3), [3], None, randn(3)],
            "constant": lambda: [tensor([[2.0, 2.0, 2.0]]), [3]],
        },
    )
    # PyTorch computes x·scale + shift, whose terms are a thousand and more here, so that float32 leaves four decimals.
    op("layerNorm/far", F.layer_norm, lambda: [tensor([[1000.0, 1001.0, 1002.0]]), [3]], tol=1e-4)
    op("layerNorm/twice", F.layer_norm, lambda: [randn(2, 3), [3], randn(3), randn(3)], second=True)
    op("groupNorm/twice", F.group_norm, lambda: [randn(1, 4, 2), 2, randn(4), randn(4)], second=True)
    op("layerNorm/eps", F.layer_norm, lambda: [randn(2, 3), [3], None, None], {"eps": 0.5})
    op("layerNorm/empty", F.layer_norm, lambda: [randn(0, 3), [3], randn(3), randn(3)])
    affine = {"weight": lambda: randn(3), "bias": lambda: randn(3)}
    state = lambda: [randn(3, grad=False), rand(3, low=0.5, high=2, grad=False)]
    for shape in ((4, 3), (2, 3, 4), (2, 3, 2, 2), (1, 3, 2, 1, 2)):
        for training in (False, True):
            op(f"batchNorm/{list(shape)},{training}", F.batch_norm, lambda: [randn(*shape)] + state(), {"training": training})
    for training in (False, True):
        op(
            f"batchNorm/affine,{training}",
            F.batch_norm,
            lambda: [randn(4, 3, 2)] + state(),
            {**affine, "training": training, "eps": 0.1, "momentum": 0.5},
        )
    op("batchNorm/no-state", F.batch_norm, lambda: [randn(4, 3), None, None], {**affine, "training": True}, second=True)
    op("batchNorm/weight", F.batch_norm, lambda: [randn(4, 3)] + state(), {"weight": affine["weight"]})
    # As above: the scale of a channel without variance is 1 / √eps.
    op(
        "batchNorm/constant",
        F.batch_norm,
        lambda: [tensor([[1.0, 2.0, 3.0], [1.0, 2.5, 3.0]])] + state(),
        {"training": True},
        tol=1e-4,
    )

    def rms(x, shape, weight=None, eps=2**-23):
        normal = x * torch.rsqrt(x.square().mean(tuple(range(-len(shape), 0)), keepdim=True) + eps)
        return normal if weight is None else normal * weight

    op("rmsNorm/weight", rms, lambda: [randn(2, 3), [3], randn(3)])
    op("rmsNorm/2d-eps", rms, lambda: [randn(2, 2, 3), [2, 3], None], {"eps": 0.3})
    op("instanceNorm/default", F.instance_norm, lambda: [randn(2, 3, 4)])
    op("instanceNorm/2d-affine", F.instance_norm, lambda: [randn(2, 3, 2, 2), None, None], {**affine, "eps": 0.01})
    op("instanceNorm/running", F.instance_norm, lambda: [randn(2, 3, 4)] + state(), {"use_input_stats": False})
    op("instanceNorm/input-with-state", F.instance_norm, lambda: [randn(2, 3, 4)] + state(), {"use_input_stats": True})
    for groups in (1, 2, 4):
        op(f"groupNorm/{groups}", F.group_norm, lambda: [randn(2, 4, 3), groups, randn(4), randn(4)])
    op("groupNorm/[N,C]", F.group_norm, lambda: [randn(2, 6), 2])
    op("groupNorm/2d-eps", F.group_norm, lambda: [randn(1, 4, 2, 3), 2, None, None], {"eps": 0.3})
    for label, options in {
        "default": {},
        "1,p=1": {"p": 1, "dim": 1},
        "0,p=3": {"p": 3, "dim": 0},
        "eps": {"dim": -1, "eps": 5.0},
        "inf": {"p": INF, "dim": 0},
    }.items():
        op(f"normalize/{label}", F.normalize, lambda: [distinct(3, 4)], options)
    op("normalize/zeros", F.normalize, lambda: [tensor([[0.0, 0.0], [3.0, 4.0]])])


def attention():
    def reference(q, k, v, attn_mask=None, is_causal=False, scale=None):
        scores = q @ k.transpose(-2, -1) * (1 / math.sqrt(q.shape[-1]) if scale is None else scale)
        if is_causal:
            attn_mask = torch.ones(q.shape[-2], k.shape[-2], dtype=torch.bool).tril()
        if attn_mask is not None:
            scores = scores.masked_fill(~attn_mask, -INF) if attn_mask.dtype == BOOL else scores + attn_mask
        return scores.softmax(-1) @ v

    visible = lambda *shape: (rand(*shape, grad=False) > 0.4).logical_or(torch.eye(*shape[-2:], dtype=BOOL))
    three = lambda *batch, t=3, s=3: [randn(*batch, t, 4), randn(*batch, s, 4), randn(*batch, s, 2)]
    cases = {
        "[T,E]": (lambda: three(), {}),
        "[2,T,E]": (lambda: three(2), {}),
        "[2,2,T,E]": (lambda: three(2, 2, s=5), {}),
        "causal": (lambda: three(2), {"is_causal": True}),
        "causal-wide": (lambda: three(t=2, s=4), {"is_causal": True}),
        "bool": (lambda: three(2), {"attn_mask": lambda: visible(3, 3)}),
        "bool-batch": (lambda: three(2), {"attn_mask": lambda: visible(2, 3, 3)}),
        "float": (lambda: three(2), {"attn_mask": lambda: randn(3, 3)}),
        "float-heads": (lambda: three(2, 2), {"attn_mask": lambda: randn(2, 1, 3, 3)}),
        "scale": (lambda: three(), {"scale": 0.3}),
        "broadcast": (lambda: [randn(2, 3, 4), randn(1, 5, 4), randn(5, 2)], {}),
        "dropout-0": (lambda: three(), {"dropout_p": 0}),
        "one": (lambda: three(t=1, s=1), {}),
        "float-inf": (
            lambda: three(),
            {"attn_mask": lambda: tensor([[0.0, -INF, 1.0], [0.0, 0.0, -INF], [-INF, 2.0, 0.0]], grad=False)},
        ),
    }
    for label, (make, options) in cases.items():

        def function(q, k, v, dropout_p=0, **rest):
            return reference(q, k, v, **rest)

        op(f"scaledDotProductAttention/{label}", function, make, options, second=label in {"[T,E]", "causal"})


def build():
    networks()
