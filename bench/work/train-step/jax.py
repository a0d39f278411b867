"""The networks of the training benchmarks in JAX: the whole step (forward, backward, update) inside one `jit`."""

import sys
from functools import partial
from pathlib import Path

# In place of this folder, where `import jax` would find this very file.
sys.path[0] = str(Path(__file__).parent.parent / "common")
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from jax import lax, nn, random  # noqa: E402
from side import check_first_loss, check_learned, report_memory, report_times, side_options, time_calls  # noqa: E402

options = side_options()


def cross_entropy(logits, labels):
    return -jnp.take_along_axis(nn.log_softmax(logits), labels[:, None], 1).mean()


def mse(output, targets):
    return jnp.square(output - targets).mean()


def uniform(key, shape, fan_in):
    """PyTorch's initialization of linear layers and convolutions."""
    return random.uniform(key, shape, minval=-(fan_in**-0.5), maxval=fan_in**-0.5)


def linear_weights(key, inputs, outputs):
    return uniform(key, (inputs, outputs), inputs), jnp.zeros(outputs)


def linear(weights, x):
    weight, bias = weights
    return x @ weight + bias


def dropout(key, x, rate=0.2):
    return jnp.where(random.bernoulli(key, 1 - rate, x.shape), x / (1 - rate), 0)


# ---- networks: each gives its weights, and a function of (weights, x, key) ----


def mlp(key):
    sizes = [784, 128, 64, 32, 10]
    keys = random.split(key, 4)
    weights = [linear_weights(k, i, o) for k, i, o in zip(keys, sizes, sizes[1:])]

    def forward(weights, x, key):
        keys = random.split(key, 3)
        for layer, k in zip(weights, keys):
            x = dropout(k, nn.relu(linear(layer, x)))
        return linear(weights[-1], x)

    return weights, forward


def convolution(weights, x):
    kernel, bias = weights
    y = lax.conv_general_dilated(x, kernel, (1, 1), "VALID", dimension_numbers=("NCHW", "OIHW", "NCHW"))
    return y + bias[:, None, None]


def pool(x):
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")


def cnn(key):
    a, b, c, d, e = random.split(key, 5)
    weights = [
        (uniform(a, (6, 3, 5, 5), 75), jnp.zeros(6)),
        (uniform(b, (16, 6, 5, 5), 150), jnp.zeros(16)),
        linear_weights(c, 400, 120),
        linear_weights(d, 120, 84),
        linear_weights(e, 84, 10),
    ]

    def forward(weights, x, _key):
        for layer in weights[:2]:
            x = pool(nn.relu(convolution(layer, x)))
        x = x.reshape(x.shape[0], -1)
        for layer in weights[2:4]:
            x = nn.relu(linear(layer, x))
        return linear(weights[4], x)

    return weights, forward


def lstm(key):
    hidden = 50
    keys = random.split(key, 5)

    def layer_weights(a, b, inputs):
        return uniform(a, (inputs, 4 * hidden), hidden), uniform(b, (hidden, 4 * hidden), hidden), jnp.zeros(4 * hidden)

    weights = (
        layer_weights(keys[0], keys[1], 1),
        layer_weights(keys[2], keys[3], hidden),
        linear_weights(keys[4], hidden, 1),
    )

    def layer(weights, x):
        of_input, of_hidden, bias = weights
        gates_of_input = x @ of_input + bias

        def cell(carry, from_input):
            h, c = carry
            i, f, g, o = jnp.split(from_input + h @ of_hidden, 4, axis=-1)
            c = nn.sigmoid(f) * c + nn.sigmoid(i) * jnp.tanh(g)
            h = nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        zero = jnp.zeros((x.shape[1], hidden))
        return lax.scan(cell, (zero, zero), gates_of_input)[1]

    def forward(weights, x, _key):
        x = jnp.swapaxes(x, 0, 1)
        for part in weights[:2]:
            x = layer(part, x)
        return linear(weights[2], x[-1])[:, 0]

    return weights, forward


def transformer(key):
    width, heads, wide, layers = 128, 4, 512, 2
    keys = iter(random.split(key, 6 * layers + 1))

    def norm_weights():
        return jnp.ones(width), jnp.zeros(width)

    weights = [
        {
            "qkv": linear_weights(next(keys), width, 3 * width),
            "out": linear_weights(next(keys), width, width),
            "up": linear_weights(next(keys), width, wide),
            "down": linear_weights(next(keys), wide, width),
            "norm1": norm_weights(),
            "norm2": norm_weights(),
        }
        for _ in range(layers)
    ]

    def norm(weights, x):
        scale, shift = weights
        mean = x.mean(-1, keepdims=True)
        variance = jnp.square(x - mean).mean(-1, keepdims=True)
        return (x - mean) * lax.rsqrt(variance + 1e-5) * scale + shift

    def attention(weights, x):
        batch, positions, _ = x.shape
        parts = linear(weights["qkv"], x).reshape(batch, positions, 3, heads, width // heads)
        q, k, v = jnp.moveaxis(parts, (2, 3), (0, 2))
        scores = q @ jnp.swapaxes(k, -1, -2) / (width // heads) ** 0.5
        mixed = nn.softmax(scores) @ v
        return linear(weights["out"], jnp.swapaxes(mixed, 1, 2).reshape(batch, positions, width))

    def forward(weights, x, _key):
        layers, head = weights
        for layer in layers:
            x = norm(layer["norm1"], x + attention(layer, x))
            x = norm(layer["norm2"], x + linear(layer["down"], nn.relu(linear(layer["up"], x))))
        return linear(head, x.mean(1))

    return (weights, linear_weights(next(keys), width, 10)), forward


# ---- optimizers: each gives its state, and a function of (gradient, state, weight, step) ----


def adam(weight_decay=0.0):
    def update(gradient, state, weight, step):
        mean, square = state
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        direction = (mean / (1 - 0.9**step)) / (jnp.sqrt(square / (1 - 0.999**step)) + 1e-8)
        return weight * (1 - 1e-3 * weight_decay) - 1e-3 * direction, (mean, square)

    return lambda weight: (jnp.zeros_like(weight), jnp.zeros_like(weight)), update


def sgd(rate, momentum=0.9):
    def update(gradient, velocity, weight, _step):
        velocity = momentum * velocity + gradient
        return weight - rate * velocity, velocity

    return jnp.zeros_like, update


WORKS = {
    "mlp": (mlp, cross_entropy, adam(), (784,)),
    "cnn": (cnn, cross_entropy, sgd(0.001), (3, 32, 32)),
    "lstm": (lstm, mse, adam(), (60, 1)),
    "transformer": (transformer, cross_entropy, adam(0.01), (128, 128)),
}

make, loss_of, (make_state, update), shape = WORKS[options.work]
key = random.key(0)
weights, forward = make(key)
leaves, structure = jax.tree.flatten(weights)
states = [make_state(leaf) for leaf in leaves]
x = random.uniform(key, (options.size, *shape))
y = (
    random.uniform(key, (options.size,))
    if options.work == "lstm"
    else random.randint(key, (options.size,), 0, 10)
)


@partial(jax.jit, donate_argnums=(0, 1))
def train(leaves, states, count, x, y):
    def objective(leaves):
        return loss_of(forward(jax.tree.unflatten(structure, leaves), x, random.fold_in(key, count)), y)

    loss, gradients = jax.value_and_grad(objective)(leaves)
    updated = [update(g, s, w, count + 1.0) for g, s, w in zip(gradients, states, leaves)]
    return [w for w, _ in updated], [s for _, s in updated], count + 1, loss


count = jnp.int32(0)


def step():
    global leaves, states, count
    leaves, states, count, loss = train(leaves, states, count, x, y)
    return float(loss)


before = step()
times = time_calls(step, options)
check_learned(before, step())
if options.work != "lstm":
    check_first_loss(before, 10)
report_times("step", times)
report_memory()
