"""How a case is written down: what PyTorch computes for a call, a layer, an optimizer or a schedule, as one line of JSON.

Options have PyTorch's names here and are written in camelCase. A case draws its numbers from a generator seeded by its own name, so that
a new case leaves all others as they are. Inputs have two decimals, and a number is written with the fewest digits that give it back.
"""

import json
import math
import re
import zlib
from pathlib import Path

import numpy as np
import torch

DTYPES = {
    torch.float32: "float32",
    torch.float64: "float64",
    torch.float16: "float16",
    torch.bfloat16: "bfloat16",
    torch.int32: "int32",
    torch.int64: "int32",  # Indices and counts are int32 in Nacre.
    torch.int8: "int8",
    torch.uint8: "uint8",
    torch.bool: "bool",
}


def seed(name):
    torch.manual_seed(zlib.crc32(name.encode()))


def randn(*shape, scale=1.0, grad=True, dtype=torch.float32):
    """Normal numbers with two decimals."""
    numbers = (torch.randn(shape, dtype=torch.float64) * scale * 100).round() / 100
    return numbers.to(dtype).requires_grad_(grad)


def rand(*shape, low=0.0, high=1.0, grad=True, dtype=torch.float32):
    """Uniform numbers with two decimals, of which none is a bound."""
    steps = round((high - low) * 100)
    places = torch.randint(1, max(2, steps), shape)
    return (places.double() / 100 + low).to(dtype).requires_grad_(grad)


def randint(low, high, *shape, dtype=torch.int32):
    """Whole numbers from low to high - 1."""
    return torch.randint(low, high, shape).to(dtype)


def tensor(numbers, dtype=torch.float32, grad=None):
    """The numbers given; floats get a gradient unless told otherwise."""
    made = torch.tensor(numbers, dtype=dtype)
    return made.requires_grad_(dtype.is_floating_point if grad is None else grad)


def distinct(*shape, grad=True):
    """Different numbers in random order, so that a maximum is at one place."""
    count = math.prod(shape)
    return ((torch.randperm(count).double() - count // 2) / 10).float().reshape(shape).requires_grad_(grad)


def camel(name):
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


def number(value, dtype=torch.float64):
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    short = float(str(np.float32(value))) if dtype is not torch.float64 else value
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def data(value):
    """A tensor as the cases hold it; float32 is not said."""
    flat = value.detach().reshape(-1)
    written = {"shape": list(value.shape), "data": [number(item, value.dtype) for item in flat.tolist()]}
    return written if value.dtype == torch.float32 else {**written, "dtype": DTYPES[value.dtype]}


def values(value):
    """The numbers alone, of a tensor whose shape and dtype are said elsewhere in the case."""
    return None if value is None else data(value)["data"]


def flatten(result):
    """All tensors of a result, in order; what is None stays so."""
    if isinstance(result, (tuple, list)):
        return [part for entry in result for part in flatten(entry)]
    return [result]


class Inputs:
    """Gives every tensor of a case a name, and writes arguments with these names in place of the tensors."""

    def __init__(self):
        self.tensors = {}

    def write(self, value):
        if isinstance(value, torch.Tensor):
            for name, known in self.tensors.items():
                if known is value:
                    return f"${name}"
            name = f"x{len(self.tensors)}"
            self.tensors[name] = value
            return f"${name}"
        if isinstance(value, (tuple, list)):
            return [self.write(part) for part in value]
        if isinstance(value, dict):
            return {camel(name): self.write(part) for name, part in value.items()}
        return number(value) if isinstance(value, float) else value

    def data(self):
        return {name: data(value) for name, value in self.tensors.items()}

    def grads(self):
        return {name: values(value.grad) for name, value in self.tensors.items() if value.grad is not None}


# What the elements of an output are multiplied with, over and over, before all are added up. Output n begins at the n-th.
FACTORS = (0.5, -1, 0.25, 1.5, -0.75, 2, -0.125)


def factors(size, output):
    return torch.tensor([FACTORS[(output + place) % len(FACTORS)] for place in range(size)], dtype=torch.float64)


def has_gradient(value):
    return isinstance(value, torch.Tensor) and value.requires_grad


def contracted(outputs):
    """The sum of all outputs, each element times its factor; None where none has a gradient."""
    terms = [
        (out * factors(out.numel(), n).reshape(out.shape).to(out.dtype)).sum()
        for n, out in enumerate(outputs)
        if has_gradient(out)
    ]
    return sum(terms[1:], terms[0].to(torch.promote_types(terms[0].dtype, torch.float32))) if terms else None


def backward(outputs):
    """Lets the gradients flow that a case holds: those of the sum above."""
    total = contracted(outputs)
    if total is not None:
        total.backward()


def second_gradients(outputs, wanted):
    """Gradients of the sum of the gradients, each element times its factor; none for a tensor they do not depend on."""
    slopes = torch.autograd.grad(contracted(outputs), wanted, create_graph=True)
    return torch.autograd.grad(contracted(slopes), wanted, allow_unused=True)


def optional(values):
    return [None if value is None else data(value) for value in values]


class File:
    """The cases of one file, in the order they are added."""

    all = []

    def __init__(self, name):
        File.all.append(self)
        self.name = name
        self.lines = {}

    def add(self, case):
        if case["name"] in self.lines:
            raise ValueError(f"{self.name} has two cases {case['name']}")
        self.lines[case["name"]] = json.dumps(case, separators=(",", ":"), allow_nan=False)

    def write(self, folder):
        path = Path(folder) / f"{self.name}.jsonl"
        path.write_text("\n".join(self.lines.values()) + "\n")
        print(f"{path.name}: {len(self.lines)} cases, {path.stat().st_size / 1024:.0f} KiB")
