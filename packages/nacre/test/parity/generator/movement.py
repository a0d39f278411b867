"""Cases of functions that give other shapes to elements, take some of them, or multiply tensors."""

import math

import torch
import torch.nn.functional as F

from generator.format import randint, randn, tensor
from generator.function import each, op

INF, NAN = math.inf, math.nan
INT, BOOL, F64 = torch.int32, torch.bool, torch.float64


def movement():
    cat = lambda *shapes: [randn(*shape) for shape in shapes]
    each(
        "reshape",
        lambda x, shape: x.reshape(shape),
        {
            "0-d": lambda: [randn(), [1, 1]],
            "to-0-d": lambda: [randn(1), []],
            "empty": lambda: [randn(0, 3), [3, 0]],
            "infer-empty": lambda: [randn(2, 0), [2, -1]],
            "infer": lambda: [randn(2, 3, 4), [3, -1, 2]],
            "of-transposed": lambda: ([(x := randn(2, 3)), [6]], [x, [6]]),
            "int32": lambda: [tensor([[1, 2]], INT), [2]],
        },
    )
    each(
        "flatten",
        torch.flatten,
        {
            "all": lambda: [randn(2, 3, 2)],
            "1": lambda: [randn(2, 3, 2), 1],
            "0,1": lambda: [randn(2, 3, 2), 0, 1],
            "-2,-1": lambda: [randn(2, 3, 2), -2, -1],
            "0-d": lambda: [randn()],
            "1,1": lambda: [randn(2, 3, 2), 1, 1],
            "empty": lambda: [randn(2, 0, 3), 1],
        },
    )

    def squeeze(x, dim=None):
        if dim is None:
            return torch.squeeze(x)
        for axis in sorted(([dim] if isinstance(dim, int) else [d % x.ndim for d in dim]), reverse=True):
            x = torch.squeeze(x, axis)
        return x

    each(
        "squeeze",
        squeeze,
        {
            "all": lambda: [randn(1, 3, 1, 2, 1)],
            "0": lambda: [randn(1, 3, 1), 0],
            "-1": lambda: [randn(1, 3, 1), -1],
            "not-1": lambda: [randn(1, 3, 1), 1],
            "[0,2]": lambda: [randn(1, 3, 1), [0, 2]],
            "0-d": lambda: [randn()],
            "to-0-d": lambda: [randn(1, 1)],
        },
    )
    each(
        "unsqueeze",
        torch.unsqueeze,
        {str(dim): lambda dim=dim: [randn(2, 3), dim] for dim in (0, 1, 2, -1, -3)} | {"0-d": lambda: [randn(), 0]},
    )
    each(
        "permute",
        torch.permute,
        {
            "2,0,1": lambda: [randn(2, 3, 4), [2, 0, 1]],
            "negative": lambda: [randn(2, 3, 4), [-1, 0, 1]],
            "0-d": lambda: [randn(), []],
            "empty": lambda: [randn(2, 0, 3), [2, 1, 0]],
        },
    )
    each(
        "transpose",
        torch.transpose,
        {
            "0,1": lambda: [randn(2, 3), 0, 1],
            "-1,-2": lambda: [randn(2, 3, 4), -1, -2],
            "same": lambda: [randn(2, 3), 1, 1],
            "0,2": lambda: [randn(2, 3, 4), 0, 2],
        },
    )
    each(
        "expand",
        lambda x, shape: x.expand(shape),
        {
            "-1": lambda: [randn(1, 3), [2, -1]],
            "new-axes": lambda: [randn(3), [2, 1, 3]],
            "0-d": lambda: [randn(), [2, 2]],
            "to-empty": lambda: [randn(1, 3), [0, 3]],
            "0-d-0-d": lambda: [randn(), []],
        },
    )
    each(
        "tile",
        torch.tile,
        {
            "fewer": lambda: [randn(2, 3), [2]],
            "more": lambda: [randn(2), [3, 1, 2]],
            "0-d": lambda: [randn(), [2, 2]],
            "zero": lambda: [randn(2, 3), [0, 2]],
            "one": lambda: [randn(2, 3), [1, 1]],
        },
    )
    each(
        "concat",
        torch.cat,
        {
            "1": lambda: [cat((2, 3), (2, 1), (2, 2)), 1],
            "-1": lambda: [cat((2, 3), (2, 1)), -1],
            "default": lambda: [cat((1, 3), (2, 3))],
            "one": lambda: [cat((2, 3)), 0],
            "empty-part": lambda: [cat((2, 3), (0, 3)), 0],
            "dtypes": lambda: [[tensor([1, 2], INT), tensor([0.5])], 0],
            "same-twice": lambda: [[x := randn(2, 2), x], 1],
            "bool-int32": lambda: [[tensor([True], BOOL), tensor([2], INT)], 0],
        },
    )
    each(
        "stack",
        torch.stack,
        {
            "default": lambda: [cat((2, 3), (2, 3))],
            "-1": lambda: [cat((2, 3), (2, 3), (2, 3)), -1],
            "2": lambda: [cat((2, 3), (2, 3)), 2],
            "0-d": lambda: [cat((), (), ())],
            "one": lambda: [cat((2,)), 0],
        },
    )
    each(
        "split",
        torch.split,
        {
            "2": lambda: [randn(5, 2), 2],
            "lengths": lambda: [randn(2, 6), [1, 2, 3], 1],
            "too-long": lambda: [randn(3), 5],
            "-1": lambda: [randn(2, 4), 3, -1],
            "with-0": lambda: [randn(3), [0, 3]],
        },
    )
    each(
        "chunk",
        torch.chunk,
        {
            "2": lambda: [randn(4, 2), 2],
            "uneven": lambda: [randn(7), 3],
            "fewer": lambda: [randn(5), 4],
            "more": lambda: [randn(2), 5],
            "-1": lambda: [randn(2, 4), 2, -1],
        },
    )
    each(
        "narrow",
        torch.narrow,
        {
            "0": lambda: [randn(4, 2), 0, 1, 2],
            "-1": lambda: [randn(2, 4), -1, 0, 3],
            "none": lambda: [randn(3), 0, 1, 0],
            "negative-start": lambda: [randn(4), 0, -3, 2],
            "all": lambda: [randn(3), 0, 0, 3],
        },
    )

    def cut(x, dim, start=None, end=None, step=None):
        return x[(slice(None),) * (dim % x.ndim) + (slice(start, end, step),)]

    each(
        "slice",
        cut,
        {
            "1:3": lambda: [randn(4, 2), 0, 1, 3],
            "step": lambda: [randn(2, 7), 1, 1, 7, 2],
            "negative": lambda: [randn(5), 0, -3, -1],
            "from": lambda: [randn(5), 0, 2],
            "beyond": lambda: [randn(3), 0, -9, 9],
            "none-left": lambda: [randn(3), 0, 2, 1],
            "all": lambda: [randn(3, 2), -1],
            "step-3": lambda: [randn(8), 0, 0, 8, 3],
        },
    )
    each(
        "select",
        torch.select,
        {"0,1": lambda: [randn(3, 2), 0, 1], "-1,-1": lambda: [randn(3, 2), -1, -1], "to-0-d": lambda: [randn(3), 0, 2]},
    )
    each(
        "flip",
        torch.flip,
        {
            "[0]": lambda: [randn(3, 2), [0]],
            "[-1]": lambda: [randn(3, 2), [-1]],
            "[0,1]": lambda: [randn(3, 2), [0, 1]],
            "number": lambda: ([x := randn(3), [0]], [x, 0]),
            "empty": lambda: [randn(0, 2), [0]],
            "none": lambda: [randn(2), []],
        },
    )
    each(
        "roll",
        torch.roll,
        {
            "flat": lambda: [randn(2, 3), 2],
            "-1,0": lambda: [randn(3, 2), -1, 0],
            "beyond": lambda: [randn(3), 7, 0],
            "two": lambda: [randn(2, 3), [1, -1], [0, 1]],
            "0": lambda: [randn(3), 0, 0],
            "-1,-1": lambda: [randn(2, 3), -1, -1],
            "empty": lambda: [randn(0), 2, 0],
        },
    )
    for diagonal in (-2, -1, 0, 1, 5):
        op(f"tril/{diagonal}", torch.tril, lambda: [randn(3, 4), diagonal])
        op(f"triu/{diagonal}", torch.triu, lambda: [randn(2, 4, 3), diagonal])
    op("triu/default", torch.triu, lambda: [randn(2, 2)])
    op("tril/nan", torch.tril, lambda: [tensor([[1.0, NAN], [INF, 2.0]])])
    op("triu/int32", torch.triu, lambda: [tensor([[1, 2], [3, 4]], INT)])
    each(
        "diagonal",
        torch.diagonal,
        {
            "default": lambda: [randn(3, 4)],
            "1": lambda: [randn(3, 4), 1],
            "-1": lambda: [randn(3, 4), -1],
            "0,1,2": lambda: [randn(2, 3, 4), 0, 1, 2],
            "0,-1,0": lambda: [randn(2, 3, 4), 0, -1, 0],
            "outside": lambda: [randn(2, 3), 3],
            "-1,1,2": lambda: [randn(2, 3, 3), -1, 1, 2],
        },
    )
    each(
        "unfold",
        lambda x, *args: x.unfold(*args),
        {
            "0,2,1": lambda: [randn(4), 0, 2, 1],
            "1,3,2": lambda: [randn(2, 7), 1, 3, 2],
            "-1,2,3": lambda: [randn(2, 6), -1, 2, 3],
            "0,1,1": lambda: [randn(3, 2), 0, 1, 1],
            "whole": lambda: [randn(3), 0, 3, 1],
        },
    )
    unfold = {
        "2": (2, {}),
        "[2,3]": ([2, 3], {}),
        "s2": (2, {"stride": 2}),
        "p1": (3, {"padding": 1}),
        "d2": (2, {"dilation": 2}),
        "all": ([2, 1], {"stride": [1, 2], "padding": [1, 0], "dilation": [2, 1]}),
    }
    for label, (kernel, options) in unfold.items():
        op(f"unfold/columns-{label}", F.unfold, lambda: [randn(1, 2, 4, 3), kernel], options)
        places = F.unfold(torch.zeros(1, 2, 4, 3), kernel, **options).shape
        op(f"fold/{label}", F.fold, lambda: [randn(*places), [4, 3], kernel], options)
    op("pixelShuffle/2", F.pixel_shuffle, lambda: [randn(1, 8, 2, 3), 2])
    op("pixelShuffle/3d", F.pixel_shuffle, lambda: [randn(4, 2, 1), 2])
    op("pixelShuffle/1", F.pixel_shuffle, lambda: [randn(1, 2, 2, 1), 1])
    op("pixelUnshuffle/2", F.pixel_unshuffle, lambda: [randn(1, 2, 4, 2), 2])
    op("pixelUnshuffle/5d", F.pixel_unshuffle, lambda: [randn(1, 2, 1, 2, 4), 2])
    padding()


def padding():
    for pads in ([1, 2], [0, 1, 2, 0], [-1, 1], [-1, -1, 2, 0], [1, 1, 1, 1, 1, 1], [0, 0]):
        op(f"pad/{pads}", F.pad, lambda: [randn(2, 3, 3), pads])
    op("pad/value", F.pad, lambda: [randn(2, 3), [1, 0, 0, 1]], {"value": -2.5})
    op("pad/inf", F.pad, lambda: [randn(2), [1, 0]], {"value": -INF})
    op("pad/int32", F.pad, lambda: [tensor([1, 2], INT), [1, 1]], {"value": 7})
    op("pad/empty", F.pad, lambda: [randn(0), [1, 2]])
    for mode in ("reflect", "replicate", "circular"):
        op(f"pad/{mode}-1d", F.pad, lambda: [randn(1, 2, 4), [2, 1]], {"mode": mode})
        op(f"pad/{mode}-2d", F.pad, lambda: [randn(1, 2, 3, 4), [2, 1, 0, 2]], {"mode": mode})
        op(f"pad/{mode}-3d", F.pad, lambda: [randn(1, 1, 2, 3, 3), [1, 1, 2, 0, 1, 1]], {"mode": mode})
        op(f"pad/{mode}-one-of-two", F.pad, lambda: [randn(1, 1, 3, 3), [1, 2, 0, 0]], {"mode": mode})
    op("pad/reflect-no-batch", F.pad, lambda: [randn(2, 4), [1, 2]], {"mode": "reflect"})
    op("pad/replicate-far", F.pad, lambda: [randn(1, 1, 2), [3, 4]], {"mode": "replicate"})
    op("pad/circular-whole", F.pad, lambda: [randn(1, 1, 3), [3, 3]], {"mode": "circular"})


# ---- indexing and products ----


def indexing():
    index = lambda high, *shape: randint(0, high, *shape)
    long = lambda args: ([arg.long() if isinstance(arg, torch.Tensor) and arg.dtype == INT else arg for arg in args], args)
    each(
        "gather",
        torch.gather,
        {
            "0": lambda: long([randn(3, 4), 0, index(3, 2, 4)]),
            "1": lambda: long([randn(3, 4), 1, index(4, 3, 6)]),
            "-1": lambda: long([randn(2, 3, 4), -1, index(4, 2, 3, 2)]),
            "smaller": lambda: long([randn(4, 5), 1, index(5, 2, 3)]),
            "0-d": lambda: long([randn(), 0, index(1)]),
            "empty": lambda: long([randn(3, 4), 0, index(3, 0, 4)]),
            "int32": lambda: ([x := tensor([[1, 2], [3, 4]], INT), 1, (i := index(2, 2, 2)).long()], [x, 1, i]),
        },
    )
    each(
        "scatterAdd",
        torch.scatter_add,
        {
            "0": lambda: long([randn(3, 4), 0, index(3, 5, 4), randn(5, 4)]),
            "1": lambda: long([randn(3, 4), 1, index(4, 3, 6), randn(3, 6)]),
            "-1": lambda: long([randn(2, 2, 3), -1, index(3, 2, 2, 2), randn(2, 2, 2)]),
            "one-place": lambda: long([randn(2), 0, tensor([1, 1, 1], INT), randn(3)]),
            "smaller": lambda: long([randn(4, 5), 1, index(5, 2, 3), randn(2, 3)]),
            "empty": lambda: long([randn(3), 0, index(3, 0), randn(0)]),
        },
    )
    op(
        "scatterAdd/index-smaller-than-source",
        torch.scatter_add,
        lambda: long([randn(3, 4), 0, index(3, 2, 2), randn(3, 4, grad=False)]),
    )
    each(
        "indexSelect",
        torch.index_select,
        {
            "1": lambda: [randn(3, 4), 1, index(4, 5)],
            "-1": lambda: [randn(2, 2, 3), -1, index(3, 2)],
            "repeated": lambda: [randn(3, 2), 0, tensor([2, 2, 0, 2], INT)],
            "none": lambda: [randn(3, 2), 0, index(3, 0)],
        },
    )
    each(
        "oneHot",
        F.one_hot,
        {
            "[2,3],5": lambda: long([index(5, 2, 3), 5]),
            "0-d": lambda: long([index(3), 3]),
            "empty": lambda: long([index(3, 0), 3]),
            "1": lambda: long([index(1, 2), 1]),
        },
    )
    each(
        "embedding",
        F.embedding,
        {
            "[2,3]": lambda: [index(5, 2, 3), randn(5, 2)],
            "0-d": lambda: [index(5), randn(5, 2)],
            "empty": lambda: [index(5, 0), randn(5, 2)],
            "repeated": lambda: [tensor([1, 1, 1, 0], INT), randn(3, 2)],
        },
    )
    pairs = {
        "[3]-[3]": ((3,), (3,)),
        "[1,3]-[3,1]": ((1, 3), (3, 1)),
        "[2,0]-[0,3]": ((2, 0), (0, 3)),
        "[0,2]-[2,3]": ((0, 2), (2, 3)),
        "[3]-[2,3,4]": ((3,), (2, 3, 4)),
        "[2,3,4]-[4]": ((2, 3, 4), (4,)),
        "[1,2,3]-[4,3,2]": ((1, 2, 3), (4, 3, 2)),
        "[2,1,2,3]-[3,3,2]": ((2, 1, 2, 3), (3, 3, 2)),
        "[5,1]-[1,5]": ((5, 1), (1, 5)),
        "[0]-[0]": ((0,), (0,)),
    }
    for label, (left, right) in pairs.items():
        op(
            f"matmul/{label}",
            torch.matmul,
            lambda: [randn(*left), randn(*right)],
            second=label in {"[1,3]-[3,1]", "[2,1,2,3]-[3,3,2]"},
        )
    op("matmul/int32", torch.matmul, lambda: [tensor([[1, 2], [3, 4]], INT), tensor([[5, 6], [7, -8]], INT)])
    op("matmul/float64", torch.matmul, lambda: [randn(2, 3, dtype=F64), randn(3, 2, dtype=F64)], tol=1e-12)
    op(
        "matmul/nan",
        torch.matmul,
        lambda: [tensor([[NAN, 0.0], [INF, 1.0]], grad=False), tensor([[0.0, 1.0], [1.0, 2.0]], grad=False)],
    )
    op("dot/[4]", torch.dot, lambda: [randn(4), randn(4)])
    op("dot/[1]", torch.dot, lambda: [randn(1), randn(1)])
    op("dot/empty", torch.dot, lambda: [randn(0), randn(0)])
    op("dot/int32", torch.dot, lambda: [tensor([1, 2], INT), tensor([3, -4], INT)])
    op("outer/[2]-[3]", torch.outer, lambda: [randn(2), randn(3)])
    op("outer/[1]-[1]", torch.outer, lambda: [randn(1), randn(1)])
    op("outer/empty", torch.outer, lambda: [randn(0), randn(3)])
    equations = {
        "ij,jk->ik": ((2, 3), (3, 4)),
        "ij,jk": ((2, 3), (3, 4)),
        "ii": ((3, 3),),
        "ii->i": ((3, 3),),
        "ij->ji": ((2, 3),),
        "ij->": ((2, 3),),
        "ij->i": ((2, 3),),
        "i,i->": ((3,), (3,)),
        "bij,bjk->bik": ((2, 2, 3), (2, 3, 2)),
        "...ij,...jk->...ik": ((2, 2, 3), (3, 2)),
        "i...->...": ((3, 2, 2),),
        "bhqd,bhkd->bhqk": ((1, 2, 2, 3), (1, 2, 3, 3)),
        "ij,jk,kl->il": ((2, 3), (3, 2), (2, 4)),
        "ba": ((2, 3),),
        "i,j,k->kij": ((2,), (3,), (2,)),
        "ij,ij->ij": ((2, 3), (2, 3)),
        "bn,anm,bm->ba": ((2, 3), (4, 3, 2), (2, 2)),
        "...,...->...": ((2, 1, 3), (4, 1)),
        "aij,jk->aik": ((2, 1, 3), (3, 2)),
        "iij->ij": ((2, 2, 3),),
        " i j , j k -> i k ": ((2, 3), (3, 2)),
        "ij,kj->": ((2, 3), (2, 3)),
        ",i->i": ((), (3,)),
    }
    for equation, shapes in equations.items():
        op(
            f"einsum/{equation}",
            torch.einsum,
            lambda: [equation] + [randn(*shape) for shape in shapes],
            second=equation == "ij,jk,kl->il",
        )


def build():
    movement()
    indexing()
