"""Cases of functions that take axes away, look along one, or put its elements in order."""

import math

import torch
import torch.nn.functional as F

from generator.format import distinct, rand, randn, tensor
from generator.function import TOLERANCE, op

INF, NAN = math.inf, math.nan
INT, BOOL, F64 = torch.int32, torch.bool, torch.float64


def reduced(function):
    """PyTorch's function of no dimension, of one, or of several, as Nacre's with its options."""
    return lambda x, dim=None, keepdim=False, **options: (
        function(x, **options)
        if dim is None and not keepdim
        else function(x, tuple(range(x.ndim)) if dim is None else dim, keepdim=keepdim, **options)
    )


def one_by_one(function):
    """The same for functions that PyTorch has for a single dimension only."""

    def call(x, dim=None, keepdim=False):
        dims = range(x.ndim) if dim is None else [dim] if isinstance(dim, int) else dim
        for axis in sorted((d % max(x.ndim, 1) for d in dims), reverse=True):
            x = function(x, axis, keepdim=keepdim)
        return x if dims else function(x)

    return call


def reductions():
    plain = {
        "sum": reduced(torch.sum),
        "mean": reduced(torch.mean),
        "amax": reduced(torch.amax),
        "amin": reduced(torch.amin),
        "prod": one_by_one(torch.prod),
        "any": one_by_one(torch.any),
        "all": one_by_one(torch.all),
    }
    for name, function in plain.items():
        make = lambda *shape: [distinct(*shape)] if name in {"amax", "amin"} else [randn(*shape)]
        if name in {"any", "all"}:
            make = lambda *shape: [rand(*shape, low=-1, high=1, grad=False) > (0.4 if name == "any" else -0.6)]
        for dim in (None, 0, -1, 1, [0, 2], [-1, 1], [0, 1, 2]):
            for keepdim in (False, True):
                op(f"{name}/{dim},{keepdim}", function, lambda: make(2, 3, 2) + [dim], {"keepdim": keepdim})
        op(f"{name}/0-d", function, lambda: make())
        op(f"{name}/0-d,-1", function, lambda: make() + [-1])
        op(f"{name}/[1,1]", function, lambda: make(1, 1) + [1])
        op(f"{name}/empty-other", function, lambda: make(0, 3) + [1])
        if name not in {"amax", "amin", "mean"}:
            op(f"{name}/empty", function, lambda: make(0))
            op(f"{name}/empty-dim", function, lambda: make(2, 0, 3) + [1])
            op(f"{name}/int32", function, lambda: [tensor([[1, 0, 3], [4, 5, -6]], INT), 1])
            op(f"{name}/bool", function, lambda: [tensor([[True, False], [True, True]], BOOL), 1])
        op(f"{name}/nan", function, lambda: [tensor([[1.0, NAN], [INF, -INF], [2.0, 3.0]], grad=False), 1])
    op("mean/empty", torch.mean, lambda: [randn(0)])
    op("sum/uint8", torch.sum, lambda: [tensor([200, 100, 7], torch.uint8)])
    op("mean/float64", torch.mean, lambda: [randn(5, dtype=F64)], tol=1e-12)
    op("amax/ties", torch.amax, lambda: [tensor([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]]), 1])
    op("amin/ties", torch.amin, lambda: [tensor([[1.0, 1.0, 3.0], [2.0, 2.0, 2.0]]), 1])
    op("amax/int32", torch.amax, lambda: [tensor([[1, 0, 3], [4, 5, -6]], INT), 1])
    for zeros in ([2.0, 0.0, 3.0, -1.0], [0.0, 0.0, 3.0, -1.0], [1.0, 2.0, 3.0, 4.0]):
        label = f"{zeros.count(0.0)}-zeros"
        op(f"prod/{label}", torch.prod, lambda: [tensor([zeros]), 1])
        op(f"cumprod/{label}", torch.cumprod, lambda: [tensor([zeros]), 1])
    op("prod/twice", torch.prod, lambda: [randn(2, 3), 1], second=True)
    op("cumprod/twice", torch.cumprod, lambda: [randn(2, 3), 1], second=True)
    op("prod/all-zeros-at-ends", torch.prod, lambda: [tensor([0.0, 2.0, 3.0])])
    for name, function in (("max", torch.max), ("min", torch.min)):
        op(f"{name}/all", function, lambda: [distinct(3, 4)])
        op(f"{name}/ties-all", function, lambda: [tensor([2.0, 1.0, 2.0, 1.0])])
        op(f"{name}/0-d", function, lambda: [randn()])
        op(f"{name}/0-d,0", function, lambda: [randn(), 0])
        for dim in (0, 1, -1):
            for keepdim in (False, True):
                op(f"{name}/{dim},{keepdim}", function, lambda: [distinct(2, 3, 2), dim], {"keepdim": keepdim})
        op(f"{name}/ties", function, lambda: [tensor([[1.0, 3.0, 3.0, 1.0], [2.0, 2.0, 2.0, 2.0]]), 1])
        op(f"{name}/nan", function, lambda: [tensor([[1.0, NAN, 3.0, NAN], [INF, -INF, 2.0, 2.0]]), 1])
        op(f"{name}/int32", function, lambda: [tensor([[1, 0, 3], [4, 5, -6]], INT), 1])
        op(f"{name}/bool", function, lambda: [tensor([[True, False], [False, False]], BOOL), 1])
        place = torch.argmax if name == "max" else torch.argmin
        for dim in (None, 0, -1):
            for keepdim in (False, True):
                op(f"arg{name}/{dim},{keepdim}", place, lambda: [distinct(2, 3, 2), dim], {"keepdim": keepdim})
        op(f"arg{name}/0-d", place, lambda: [randn()])
        op(f"arg{name}/0-d,0", place, lambda: [randn(), 0])
        op(f"arg{name}/nan", place, lambda: [tensor([[1.0, NAN, 3.0, NAN], [INF, -INF, 2.0, 2.0]]), 1])
        op(f"arg{name}/ties", place, lambda: [tensor([[1.0, 3.0, 3.0, 1.0], [2.0, 2.0, 2.0, 2.0]]), 1])
        op(f"arg{name}/int32", place, lambda: [tensor([[1, 0, 3], [4, 5, -6]], INT), 1])
    spread()
    for name, function in (("softmax", F.softmax), ("logSoftmax", F.log_softmax), ("logsumexp", torch.logsumexp)):
        for dim in (0, 1, -1, -3):
            op(f"{name}/{dim}", function, lambda: [randn(2, 3, 4), dim])
        op(f"{name}/twice", function, lambda: [randn(2, 3), 1], second=True)
        op(f"{name}/0-d", function, lambda: [randn(), 0])
        op(f"{name}/[1]", function, lambda: [randn(1), 0])
        op(f"{name}/empty", function, lambda: [randn(0, 3), 1])
        # PyTorch's slope of logsumexp is exp(x - result), and float32 has four decimals of a result near 1000.
        op(
            f"{name}/large",
            function,
            lambda: [tensor([[1000.0, 1001.0], [-1000.0, -1000.0]]), 1],
            tol=1e-4 if name == "logsumexp" else TOLERANCE,
        )
        op(f"{name}/masked", function, lambda: [tensor([[-INF, 1.0, 2.0], [0.0, -INF, -INF]]), 1])
        op(f"{name}/none-left", function, lambda: [tensor([[-INF, -INF]]), 1])
        op(f"{name}/inf", function, lambda: [tensor([[INF, 1.0]], grad=False), 1])
    op("logsumexp/[0,2],keepdim", torch.logsumexp, lambda: [randn(2, 3, 4), [0, 2]], {"keepdim": True})
    op("logsumexp/empty-dim", torch.logsumexp, lambda: [randn(2, 0), 1])
    for name, function in (("cumsum", torch.cumsum), ("cumprod", torch.cumprod)):
        for dim in (0, 1, -1):
            op(f"{name}/[2,3,2],{dim}", function, lambda: [randn(2, 3, 2), dim])
        op(f"{name}/0-d", function, lambda: [randn(), 0])
        op(f"{name}/[1]", function, lambda: [randn(1), 0])
        op(f"{name}/empty", function, lambda: [randn(2, 0), 1])
        op(f"{name}/int32", function, lambda: [tensor([[1, 2, 3], [4, -5, 6]], INT), 1])
        op(f"{name}/bool", function, lambda: [tensor([True, True, False, True], BOOL), 0])
        op(f"{name}/nan", function, lambda: [tensor([1.0, NAN, 2.0], grad=False), 0])
        op(f"{name}/70", function, lambda: [rand(70, low=0.8, high=1.2), 0])


def spread():
    """Variance, standard deviation and norms."""
    moment = lambda function: lambda x, dim=None, correction=1, keepdim=False: function(
        x, dim, correction=correction, keepdim=keepdim
    )
    for name, function in (("var", moment(torch.var)), ("std", moment(torch.std))):
        for dim in (None, 0, -1, [0, 2]):
            for keepdim in (False, True):
                for correction in (0, 1, 2) if dim == 0 else (1,):
                    options = {"keepdim": keepdim, "correction": correction}
                    op(f"{name}/{dim},{keepdim},{correction}", function, lambda: [randn(3, 2, 3), dim], options)
        op(f"{name}/twice", function, lambda: [randn(2, 3), 1], second=True)
        op(f"{name}/one", function, lambda: [randn(2, 1, grad=False), 1])
        op(f"{name}/one-biased", function, lambda: [randn(2, 1), 1], {"correction": 0})
        op(f"{name}/0-d-biased", function, lambda: [randn(), None], {"correction": 0})
        op(f"{name}/equal", function, lambda: [tensor([[2.0, 2.0, 2.0], [1.0, 2.0, 3.0]]), 1])
        op(f"{name}/far", function, lambda: [tensor([10000.0, 10001.0, 10002.0])])
        op(f"{name}/float64", function, lambda: [randn(4, dtype=F64)], tol=1e-12)
    norm = lambda x, p=2, dim=None, keepdim=False: torch.linalg.vector_norm(x, p, dim, keepdim)
    for p in (0, 0.5, 1, 2, 3, INF):
        for dim in (None, 0, [0, 1]):
            op(f"norm/{p},{dim}", norm, lambda: [distinct(3, 2), p, dim])
        op(f"norm/{p},keepdim", norm, lambda: [distinct(3, 2), p, 1], {"keepdim": True})
        op(f"norm/{p},options", norm, lambda: [distinct(3, 2)], {"p": p, "dim": -1, "keepdim": True})
    for p in (0.5, 2, 3):
        op(f"norm/{p},twice", norm, lambda: [rand(2, 3, low=0.2, high=2), p, 1], second=True)
    for p in (1, 2, 3):
        op(f"norm/{p},zeros", norm, lambda: [tensor([[0.0, 0.0], [3.0, 4.0]]), p, 1])
    op("norm/2,0-d", norm, lambda: [tensor(-3.0)])
    op("norm/2,empty", norm, lambda: [randn(0)])


def sorting():
    """Sorting, with the places of what is sorted."""
    stable = lambda x, dim=-1, descending=False: torch.sort(x, dim=dim, descending=descending, stable=True)
    for label, options in {
        "default": {},
        "0": {"dim": 0},
        "descending": {"descending": True},
        "1,descending": {"dim": 1, "descending": True},
    }.items():
        op(f"sort/{label}", stable, lambda: [distinct(3, 4, 2)], options)
        op(f"argsort/{label}", lambda *args, **kwargs: stable(*args, **kwargs)[1], lambda: [distinct(3, 4, 2)], options)
    op("sort/ties", stable, lambda: [tensor([[3.0, 1.0, 3.0, 1.0, 2.0]])])
    op("sort/ties,descending", stable, lambda: [tensor([[3.0, 1.0, 3.0, 1.0, 2.0]])], {"descending": True})
    op("sort/nan", stable, lambda: [tensor([2.0, NAN, -INF, INF, 0.0], grad=False)])
    op("sort/nan,descending", stable, lambda: [tensor([2.0, NAN, -INF, INF, 0.0], grad=False)], {"descending": True})
    op("sort/int32", stable, lambda: [tensor([3, -1, 2, -1], INT)])
    op("sort/0-d", stable, lambda: [randn()])
    op("sort/empty", stable, lambda: [randn(2, 0)])
    for label, options in {"default": {}, "smallest": {"largest": False}, "dim=0": {"dim": 0}}.items():
        op(f"topk/{label}", torch.topk, lambda: [distinct(3, 4), 2], options)
    op("topk/all", torch.topk, lambda: [distinct(5), 5])
    op("topk/none", torch.topk, lambda: [distinct(5), 0])
    op("topk/nan", torch.topk, lambda: [tensor([1.0, NAN, 3.0], grad=False), 2])


def build():
    reductions()
    sorting()
