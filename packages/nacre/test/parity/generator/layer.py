"""How a case of a layer is made."""

import torch
from torch import nn

from generator.format import File, Inputs, backward, camel, data, flatten, optional, rand, randn, seed, values

FILE = File("layers")
# Absolute and relative, unless a case has its own.
TOLERANCE = 1e-5


class Made:
    """A layer that is an argument of another one."""

    def __init__(self, kind, *ctor, **options):
        self.kind, self.ctor, self.options = kind, ctor, options

    def torch(self):
        return getattr(nn, self.kind)(*theirs(self.ctor), **theirs(self.options))


def theirs(value):
    """Arguments as PyTorch takes them."""
    if isinstance(value, Made):
        return value.torch()
    if isinstance(value, dict):
        return {key: theirs(part) for key, part in value.items()}
    return [theirs(part) for part in value] if isinstance(value, (list, tuple)) else value


def ours(inputs, value):
    """Arguments as a case holds them."""
    if isinstance(value, Made):
        return {"class": value.kind, "ctor": ours(inputs, arguments(value.ctor, value.options))}
    if isinstance(value, dict):
        return {camel(key): ours(inputs, part) for key, part in value.items()}
    return [ours(inputs, part) for part in value] if isinstance(value, (list, tuple)) else inputs.write(value)


def arguments(positional, options):
    return [*positional, *([options] if options else [])]


class Call:
    """One call: what Nacre is given, what PyTorch is given if that is something else, and whether it is while training."""

    def __init__(self, *args, training=True, run=None, **options):
        self.args, self.options, self.training, self.run = args, options, training, run


def randomize(module):
    """Parameters and statistics with two decimals, none of which is where it begins."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(randn(*parameter.shape, scale=0.5, grad=False))
        for name, buffer in module.named_buffers():
            if name.endswith("running_var"):
                buffer.copy_(rand(*buffer.shape, low=0.5, high=2, grad=False))
            elif name.endswith("running_mean"):
                buffer.copy_(randn(*buffer.shape, grad=False))
            elif name.endswith("num_batches_tracked"):
                buffer.fill_(3)


def layer(name, ctor=(), options=None, calls=(), tol=TOLERANCE):
    """
    One case, whose name begins with that of the class: a layer with random parameters, called one time after the other. The gradients are
    those of the sum of all outputs of all calls, each element times its factor. A call that gives what the one before gave does not say it
    again. `calls` is a list of calls, or tensors that are given while training and again afterwards.
    """
    seed(name)
    ctor = ctor() if callable(ctor) else list(ctor)
    options = options() if callable(options) else options or {}
    kind = name.split("/")[0]
    module = getattr(nn, kind)(*theirs(ctor), **theirs(options))
    randomize(module)
    inputs = Inputs()
    case = {"name": name, "ctor": ours(inputs, arguments(ctor, options))}
    case["stateDict"] = {key: data(value) for key, value in module.state_dict().items()}
    case["parameterCount"] = sum(parameter.numel() for parameter in module.parameters())
    made = calls()
    if not isinstance(made[0], Call):
        made = [Call(*made), Call(*made, training=False)]
    written, before = [], None
    for call in made:
        module.train(call.training)
        run = call.run or (lambda module, *args, **kwargs: module(*args, **kwargs))
        outputs = flatten(run(module, *call.args, **call.options))
        backward(outputs)
        args = ours(inputs, arguments(call.args, call.options))
        wanted = optional(outputs)
        line = {} if call.training else {"training": False}
        line["args"] = args
        if not written or wanted != before:
            line["expect"] = wanted
        before = wanted
        written.append(line)
    case["inputs"] = inputs.data()
    case["calls"] = written
    case["grads"] = inputs.grads()
    parameters = dict(module.named_parameters())
    case["parameterGrads"] = {key: values(value.grad) for key, value in parameters.items() if value.grad is not None}
    moved = [value.training for value in made]
    case["buffersAfter"] = {key: values(value) for key, value in module.named_buffers()} if any(moved) else {}
    if tol != TOLERANCE:
        case["tol"] = tol
    FILE.add(case)
