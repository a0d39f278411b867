"""Cases of functions that work element by element, and of those that make tensors of nothing."""

import math

import torch
import torch.nn.functional as F

from generator.format import rand, randn, tensor
from generator.function import op

INF, NAN = math.inf, math.nan
INT, BOOL, F64 = torch.int32, torch.bool, torch.float64


# ---- one tensor ----

# Values that are not numbers have no gradient to agree on. Where a function has a corner, its gradient there is part of the case.
CORNERS = [0.0, 1.0, -1.0, 0.5, -0.5, 3.0, -3.0, 6.0, 2.5, -2.5, 1.5, 20.0, 50.0, -50.0, 0.001]
SPECIAL = [NAN, INF, -INF] + CORNERS
CURVED = {
    "exp",
    "expm1",
    "log",
    "log1p",
    "log2",
    "log10",
    "sqrt",
    "rsqrt",
    "square",
    "reciprocal",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "atanh",
    "erf",
    "sigmoid",
    "elu",
    "selu",
    "gelu",
    "silu",
    "mish",
    "softplus",
    "logSigmoid",
    "softsign",
}
NO_GRADIENT = {"sign", "floor", "ceil", "round"}


def special():
    return [tensor(SPECIAL, grad=False)]


def corners():
    return [tensor(CORNERS)]


UNARY = {
    "abs": torch.abs,
    "neg": torch.neg,
    "sign": torch.sign,
    "exp": torch.exp,
    "expm1": torch.expm1,
    "log": torch.log,
    "log1p": torch.log1p,
    "log2": torch.log2,
    "log10": torch.log10,
    "sqrt": torch.sqrt,
    "rsqrt": torch.rsqrt,
    "square": torch.square,
    "reciprocal": torch.reciprocal,
    "sin": torch.sin,
    "cos": torch.cos,
    "tan": torch.tan,
    "asin": torch.asin,
    "acos": torch.acos,
    "atan": torch.atan,
    "sinh": torch.sinh,
    "cosh": torch.cosh,
    "tanh": torch.tanh,
    "atanh": torch.atanh,
    "erf": torch.erf,
    "floor": torch.floor,
    "ceil": torch.ceil,
    "round": torch.round,
    "isnan": torch.isnan,
    "isfinite": torch.isfinite,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "leakyRelu": F.leaky_relu,
    "elu": F.elu,
    "selu": F.selu,
    "gelu": F.gelu,
    "silu": F.silu,
    "mish": F.mish,
    "softplus": F.softplus,
    "softsign": F.softsign,
    "logSigmoid": F.logsigmoid,
    "hardtanh": F.hardtanh,
    "hardsigmoid": F.hardsigmoid,
    "hardswish": F.hardswish,
    "logicalNot": torch.logical_not,
}
POSITIVE = {"log", "log2", "log10", "sqrt", "rsqrt", "reciprocal"}
WITHIN_ONE = {"asin", "acos", "atanh"}
# PyTorch 1.13 computes these of floats alone.
FLOATS_ONLY = {
    "leakyRelu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "mish",
    "softplus",
    "logSigmoid",
    "hardtanh",
    "hardsigmoid",
    "hardswish",
}
NOT_OF_BOOL = {"neg", "sign", "relu", "softsign"} | FLOATS_ONLY


def unary():
    for name, function in UNARY.items():
        low, high = (0.1, 3) if name in POSITIVE else (-0.9, 0.9) if name in WITHIN_ONE else (-3, 3)
        make = lambda *shape, dtype=torch.float32: [rand(*shape, low=low, high=high, dtype=dtype, grad=name not in NO_GRADIENT)]
        op(f"{name}/0-d", function, lambda: make())
        op(f"{name}/empty", function, lambda: make(2, 0, 3))
        op(f"{name}/[2,1,3]", function, lambda: make(2, 1, 3), second=name in CURVED)
        # PyTorch's slope of hardsigmoid is 1/6 rounded to float32.
        op(f"{name}/float64", function, lambda: make(4, dtype=F64), tol=1e-8 if name == "hardsigmoid" else 1e-12)
        op(f"{name}/special", function, special)
        op(f"{name}/corners", function, corners)
        if name in FLOATS_ONLY:
            continue
        if name not in {"floor", "ceil", "round"}:
            op(f"{name}/int32", function, lambda: [tensor([0, 1, 2, 3] if name in POSITIVE else [-2, 0, 1, 3], INT)])
        if name not in NOT_OF_BOOL and name not in {"floor", "ceil", "round", "abs", "square"}:
            op(f"{name}/bool", function, lambda: [tensor([True, False], BOOL)])
    op("square/bool", torch.square, lambda: [tensor([True, False], BOOL)])
    op("round/halves", torch.round, lambda: [tensor([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 3.49999, 8388609.0], grad=False)])
    for slope in (0.0, 1.0, -0.5):
        op(f"leakyRelu/slope={slope}", F.leaky_relu, corners, {"negative_slope": slope})
    for alpha in (0.3, 2.0):
        op(f"elu/alpha={alpha}", F.elu, corners, {"alpha": alpha})
    op("gelu/none", F.gelu, lambda: [randn(7)], {"approximate": "none"})
    op("gelu/tanh-corners", F.gelu, corners, {"approximate": "tanh"})
    op("hardtanh/min-max", F.hardtanh, corners, {"min_val": -2.5, "max_val": 0.5})
    for low, high in ((-0.5, None), (None, 1.5), (-1.0, 1.0), (1.0, -1.0), (-INF, 0.5)):
        op(f"clamp/{low},{high}", torch.clamp, lambda: corners() + [low, high])
        op(f"clamp/special,{low},{high}", torch.clamp, lambda: special() + [low, high])
    op("clamp/int32", torch.clamp, lambda: [tensor([-3, 0, 5], INT), -1, 2])
    op("clamp/int32-fraction", torch.clamp, lambda: [tensor([-3, 0, 5], INT), -1.5, 2.5])
    op("clamp/empty", torch.clamp, lambda: [randn(0), -1, 1])


# ---- two tensors ----

ARITHMETIC = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "pow": torch.pow,
    "remainder": torch.remainder,
    "atan2": torch.atan2,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
}
COMPARE = {"eq": torch.eq, "ne": torch.ne, "lt": torch.lt, "le": torch.le, "gt": torch.gt, "ge": torch.ge}
LOGIC = {"logicalAnd": torch.logical_and, "logicalOr": torch.logical_or}
SHAPES = {
    "[2,1,3]-[4,1]": ((2, 1, 3), (4, 1)),
    "[]-[3]": ((), (3,)),
    "[]-[]": ((), ()),
    "[0]-[1]": ((0,), (1,)),
    "[3,0]-[]": ((3, 0), ()),
    "[1]-[1]": ((1,), (1,)),
    "[1,1]-[2,3]": ((1, 1), (2, 3)),
}
PAIRS = ([1.0, 2.0, -3.0, 0.0, INF, -INF, NAN, -2.0, 5.5], [1.0, -2.0, -3.0, 2.0, 1.0, INF, 2.0, 0.5, -2.0])


def binary():
    for name, function in {**ARITHMETIC, **COMPARE, **LOGIC}.items():
        for label, (left, right) in SHAPES.items():
            if name == "pow":
                op(
                    f"{name}/{label}",
                    function,
                    lambda: [rand(*left, low=0.3, high=2), randn(*right)],
                    second=label == "[2,1,3]-[4,1]",
                )
            else:
                second = name in {"mul", "div", "atan2"} and label == "[2,1,3]-[4,1]"
                op(f"{name}/{label}", function, lambda: [randn(*left), rand(*right, low=0.2, high=3)], second=second)
        op(f"{name}/special", function, lambda: [tensor(side, grad=False) for side in PAIRS])
        whole = ([-7, 5, 0, 4], [2, 3, 5, 4])
        if name != "pow":  # PyTorch keeps integers there; Nacre does with a number, see below.
            op(f"{name}/int32", function, lambda: [tensor(whole[0], INT), tensor(whole[1], INT)])
        op(f"{name}/int32-float32", function, lambda: [tensor(whole[1], INT), tensor([0.5, 1, 2, 4])])
        op(f"{name}/float32-float64", function, lambda: [tensor([1.5, 2]), tensor([0.5, 2], F64)])
        if name not in {"sub", "pow", "remainder", "atan2"}:
            op(f"{name}/bool-int32", function, lambda: [tensor([True, False], BOOL), tensor([3, 1], INT)])
        if name not in LOGIC and name not in {"maximum", "minimum", "atan2"}:
            op(f"{name}/number", function, lambda: [rand(2, 3, low=0.3, high=3), 1.5])
            op(f"{name}/int32-number", function, lambda: [tensor([5, 2, 1], INT), 2])
            op(f"{name}/int32-fraction", function, lambda: [tensor([5, 2, 1], INT), 0.5])
    for name in ("add", "sub", "mul", "div", "remainder", "pow"):
        function = ARITHMETIC[name]
        op(f"{name}/number-left", function, lambda: ([torch.tensor(2.5), t := rand(2, 3, low=0.3, high=3)], [2.5, t]))
    for exponent in (0, 1, 2, 3, 4, 7, 8, 9, -1, -2, -3, 0.5, -0.5, 1.5, 2.5):
        values = [0.0, 1.0, 2.0, 0.5, INF, NAN] + ([-1.0, -2.0, -INF] if float(exponent).is_integer() else [])
        op(f"pow/special^{exponent}", torch.pow, lambda: [tensor(values, grad=False), exponent])
        finite = [value for value in values if math.isfinite(value)]
        op(f"pow/corners^{exponent}", torch.pow, lambda: [tensor(finite), exponent])
    for exponent in (0, 1, 2, 3, 8):
        op(f"pow/int32^{exponent}", torch.pow, lambda: [tensor([-3, 0, 1, 5], INT), exponent])
    op("pow/zero-base", torch.pow, lambda: [tensor([0.0, 0.0, 0.0, 2.0]), tensor([0.0, 1.0, 2.5, 0.0])])
    op("maximum/ties", torch.maximum, lambda: [tensor([1.0, 2.0, 0.0]), tensor([1.0, 1.0, 0.0])])
    op("minimum/ties", torch.minimum, lambda: [tensor([1.0, 2.0, 0.0]), tensor([1.0, 1.0, 0.0])])
    op("remainder/signs", torch.remainder, lambda: [tensor([5.5, -5.5, 5.5, -5.5]), tensor([2.0, 2.0, -2.0, -2.0])])
    op("remainder/int32-signs", torch.remainder, lambda: [tensor([7, -7, 7, -7], INT), tensor([3, 3, -3, -3], INT)])
    op("add/uint8-wraps", torch.add, lambda: [tensor([250, 1], torch.uint8), tensor([10, 2], torch.uint8)])
    op("mul/int8-wraps", torch.mul, lambda: [tensor([100, -100], torch.int8), tensor([3, 2], torch.int8)])
    op("mul/int32-wraps", torch.mul, lambda: [tensor([2**30, 123456789], INT), tensor([5, 987654321], INT)])
    op("add/bfloat16-float32", torch.add, lambda: [tensor([1.5, 2], torch.bfloat16), tensor([0.25, 1])])
    # What stays inside a fused kernel keeps the precision of its arithmetic, float32; PyTorch rounds to bfloat16, an error of up to 2^-8.
    op(
        "mul/bfloat16",
        torch.mul,
        lambda: [tensor([1.3, 2.7], torch.bfloat16), tensor([0.3, 1.1], torch.bfloat16)],
        tol=2**-8,
    )
    op("div/uint8", torch.div, lambda: [tensor([250, 1], torch.uint8), tensor([10, 2], torch.uint8)])
    op("lerp/[2,1,3]-[4,1]", torch.lerp, lambda: [randn(2, 1, 3), randn(4, 1), rand(3)])
    op("lerp/number", torch.lerp, lambda: [randn(2, 3), randn(2, 3), 0.3])
    op("lerp/outside", torch.lerp, lambda: [randn(3), randn(3), tensor([-1.0, 0.0, 2.0])])
    op("lerp/0-d", torch.lerp, lambda: [randn(), randn(), rand()])
    mask = lambda *shape: rand(*shape, low=-1, high=1, grad=False) > 0
    op("where/[3,1]-[2]-[]", torch.where, lambda: [mask(3, 1), randn(2), randn()])
    op("where/0-d", torch.where, lambda: [mask(), randn(), randn()])
    op("where/empty", torch.where, lambda: [mask(0), randn(0), randn(0)])
    op("where/number", torch.where, lambda: ([c := mask(3), x := randn(3), torch.tensor(0.5)], [c, x, 0.5]))
    op("where/int32-float32", torch.where, lambda: [tensor([True, False], BOOL), tensor([1, 2], INT), tensor([0.5, 0.7])])
    op("where/nan-not-taken", torch.where, lambda: [tensor([True, False], BOOL), tensor([1.0, NAN]), tensor([INF, 2.0])])
    op("maskedFill/broadcast", torch.masked_fill, lambda: [randn(2, 3), mask(3), -1.5])
    op("maskedFill/-inf", torch.masked_fill, lambda: [randn(2, 3), mask(2, 1), -INF])
    op("maskedFill/int32", torch.masked_fill, lambda: [tensor([1, 2, 3], INT), mask(3), 7])
    op("maskedFill/0-d", torch.masked_fill, lambda: [randn(), mask(), 7.0])
    op("maskedFill/bool", torch.masked_fill, lambda: [mask(3), mask(3), True])


# ---- tensors made of nothing ----


def creation():
    kinds = {"float32": torch.float32, "float64": F64, "int32": INT, "uint8": torch.uint8, "bool": BOOL}
    for label, args in {
        "5": (5,),
        "0": (0,),
        "2,7": (2, 7),
        "2,7,2": (2, 7, 2),
        "7,2,-2": (7, 2, -2),
        "0,1,0.25": (0, 1, 0.25),
        "1,0,-0.3": (1, 0, -0.3),
        "3,3": (3, 3),
        "-2.5,1": (-2.5, 1),
        "0,0.9,0.3": (0, 0.9, 0.3),
    }.items():
        op(f"arange/{label}", torch.arange, lambda: list(args))
    for label, args in {
        "0,1,5": (0, 1, 5),
        "1,-1,4": (1, -1, 4),
        "3,3,2": (3, 3, 2),
        "0,1,1": (0, 1, 1),
        "2,5,0": (2, 5, 0),
        "-1,1,11": (-1, 1, 11),
    }.items():
        op(f"linspace/{label}", torch.linspace, lambda: list(args))
    for label, args in {"3": (3,), "2,4": (2, 4), "4,2": (4, 2), "0": (0,)}.items():
        op(f"eye/{label}", torch.eye, lambda: list(args))
    for shape in ([], [0], [2, 3], [1]):
        op(f"zeros/{shape}", torch.zeros, lambda: [shape])
        op(f"ones/{shape}", torch.ones, lambda: [shape])
        op(f"full/{shape}", torch.full, lambda: [shape, 2.5])
    for name, kind in kinds.items():
        op(f"full/{name}", torch.full, lambda: [[2], 3], {"dtype": name}, {"dtype": kind})
        op(f"ones/{name}", torch.ones, lambda: [[2]], {"dtype": name}, {"dtype": kind})
        op(f"zerosLike/{name}", torch.zeros_like, lambda: [tensor([1, 0], kind)])
        op(f"onesLike/{name}", torch.ones_like, lambda: [tensor([[1, 0]], kind)])


def build():
    unary()
    binary()
    creation()
