"""How a case of a function is made."""

from generator.format import File, Inputs, backward, flatten, optional, second_gradients, seed, values

FILE = File("functions")
# Absolute and relative, unless a case has its own.
TOLERANCE = 4e-6


def op(name, function, make, options=None, torch_options=None, tol=TOLERANCE, second=False):
    """
    One case, whose name begins with that of the function: `make` gives the positional arguments, or a pair of those PyTorch takes and
    those Nacre takes. Nacre's options are PyTorch's, unless they are said apart. The gradients are those of the sum of all outputs, each
    element times its factor; with `second` those of the same sum of the gradients are there too.
    """
    seed(name)
    made = make() if callable(make) else make
    ours = made[1] if isinstance(made, tuple) else made
    theirs = made[0] if isinstance(made, tuple) else made
    resolve = lambda value: value() if callable(value) else value
    options = {key: resolve(value) for key, value in (options or {}).items()}
    run = lambda: flatten(function(*theirs, **(options if torch_options is None else torch_options)))
    outputs = run()
    backward(outputs)
    inputs = Inputs()
    args = inputs.write(ours + ([options] if options else []))
    case = {"name": name, "args": args, "inputs": inputs.data()}
    case["expect"] = optional(outputs)
    grads = inputs.grads()
    if grads:
        case["grads"] = grads
    if second:
        found = second_gradients(run(), [inputs.tensors[key] for key in grads])
        case["second"] = {key: values(value) for key, value in zip(grads, found) if value is not None}
    if tol != TOLERANCE:
        case["tol"] = tol
    FILE.add(case)


def each(name, function, makes, tol=TOLERANCE):
    for label, make in makes.items():
        op(f"{name}/{label}", function, make, tol=tol)
