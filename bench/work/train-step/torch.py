"""A train step of one of the networks on one batch; the loss is read after every step."""

import sys
from pathlib import Path

# In place of this folder, where `import torch` would find this very file.
sys.path[0] = str(Path(__file__).parent.parent / "common")
import torch  # noqa: E402
from networks import EncoderClassifier, Forecaster, make_bert_layer, make_cnn, make_resnet18  # noqa: E402
from side import check_first_loss, check_learned, report_memory, report_times, side_options, time_calls  # noqa: E402
from steps import make_train_step  # noqa: E402
from torch.nn import functional as F  # noqa: E402

options = side_options()
torch.set_num_threads(options.threads)
torch.manual_seed(0)


def make_examples(*shape):
    """Random numbers in 0..1, and one of ten classes for each example."""
    return torch.rand(options.size, *shape), torch.randint(0, 10, (options.size,))


def trained(model, optimizer, loss_of, x, y):
    def step():
        optimizer.zero_grad()
        loss = loss_of(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def cnn():
    model = make_cnn()
    sgd = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    return trained(model, sgd, F.cross_entropy, *make_examples(3, 32, 32))


def resnet18():
    model = make_resnet18()
    sgd = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    return trained(model, sgd, F.cross_entropy, *make_examples(3, 32, 32))


def lstm():
    model = Forecaster()
    x, _ = make_examples(60, 1)
    return trained(model, torch.optim.Adam(model.parameters()), F.mse_loss, x, torch.rand(options.size))


def transformer():
    model = EncoderClassifier()
    return trained(model, torch.optim.AdamW(model.parameters()), F.cross_entropy, *make_examples(128, 128))


def bert_layer():
    """Forward and backward alone: the gradients of all parameters are left in memory."""
    layer = make_bert_layer()
    x, _ = make_examples(128, 768)
    weights = torch.rand_like(x)

    def step():
        layer.zero_grad(set_to_none=True)
        loss = (layer(x) * weights).mean()
        loss.backward()
        return loss.item()

    return step


STEPS = {
    "mlp": lambda: make_train_step(options.size, options.threads),
    "cnn": cnn,
    "resnet18": resnet18,
    "lstm": lstm,
    "transformer": transformer,
    "bert-layer": bert_layer,
}

step = STEPS[options.work]()
before = step()
times = time_calls(step, options)
if options.work != "bert-layer":
    check_learned(before, step())
    if options.work != "lstm":
        check_first_loss(before, 10)
report_times("step", times)
report_memory()
