"""Cases of losses."""

import math

import torch
import torch.nn.functional as F

from generator.format import distinct, rand, randint, randn, tensor
from generator.function import op

INF = math.inf
INT = torch.int32


REDUCTIONS = ("mean", "sum", "none")


def losses():
    pair = lambda *shape: [randn(*shape), randn(*shape)]
    plain = {"mseLoss": F.mse_loss, "l1Loss": F.l1_loss, "huberLoss": F.huber_loss, "smoothL1Loss": F.smooth_l1_loss}
    for name, function in plain.items():
        for reduction in REDUCTIONS:
            second = reduction == "mean" and name != "l1Loss"
            op(f"{name}/{reduction}", function, lambda: pair(2, 3), {"reduction": reduction}, second=second)
        op(f"{name}/0-d", function, lambda: pair())
        op(f"{name}/equal", function, lambda: [tensor([1.0, 2.0]), tensor([1.0, 3.0])])
        op(f"{name}/empty", function, lambda: pair(0), {"reduction": "sum"})
        op(f"{name}/empty-mean", function, lambda: pair(0))
        op(f"{name}/corner", function, lambda: [tensor([1.0, -1.0, 0.5, -3.0]), tensor([0.0, 0.0, 0.0, 0.0])])
    for delta in (0.3, 2.0):
        op(f"huberLoss/delta={delta}", F.huber_loss, lambda: pair(2, 3), {"delta": delta, "reduction": "none"})
    for beta in (0.0, 0.3, 2.0):
        op(f"smoothL1Loss/beta={beta}", F.smooth_l1_loss, lambda: pair(2, 3), {"beta": beta, "reduction": "none"})
    for reduction in REDUCTIONS:
        options = {"reduction": reduction}
        op(f"binaryCrossEntropy/{reduction}", F.binary_cross_entropy, lambda: [rand(2, 3), rand(2, 3, grad=False)], options)
        op(
            f"binaryCrossEntropyWithLogits/{reduction}",
            F.binary_cross_entropy_with_logits,
            lambda: [randn(2, 3), rand(2, 3, grad=False)],
            options,
            second=reduction == "sum",
        )
        op(
            f"hingeEmbeddingLoss/{reduction}",
            F.hinge_embedding_loss,
            lambda: [randn(2, 3), tensor([[1.0, -1.0, 1.0], [-1.0, -1.0, 1.0]], grad=False)],
            options,
        )
        for log_target in (False, True):
            op(
                f"klDiv/{reduction},{log_target}",
                F.kl_div,
                lambda: [randn(2, 3), randn(2, 3) if log_target else rand(2, 3, grad=False)],
                {**options, "log_target": log_target},
            )
    op("klDiv/batchmean", F.kl_div, lambda: [randn(2, 3), rand(2, 3, grad=False)], {"reduction": "batchmean"})
    op("klDiv/batchmean,log", F.kl_div, lambda: [randn(2, 3), randn(2, 3)], {"reduction": "batchmean", "log_target": True})
    op("klDiv/zeros", F.kl_div, lambda: [randn(2, 2), tensor([[0.0, 1.0], [0.5, 0.5]], grad=False)], {"reduction": "sum"})
    op(
        "binaryCrossEntropy/certain",
        F.binary_cross_entropy,
        lambda: [tensor([0.0, 1.0, 0.0, 1.0]), tensor([0.0, 1.0, 1.0, 0.0], grad=False)],
        {"reduction": "none"},
    )
    op(
        "binaryCrossEntropyWithLogits/large",
        F.binary_cross_entropy_with_logits,
        lambda: [tensor([200.0, -200.0, 200.0, -200.0]), tensor([0.0, 1.0, 1.0, 0.0], grad=False)],
        {"reduction": "none"},
    )
    op("binaryCrossEntropyWithLogits/target-gradient", F.binary_cross_entropy_with_logits, lambda: [randn(3), rand(3)])
    op(
        "hingeEmbeddingLoss/margin",
        F.hinge_embedding_loss,
        lambda: [randn(4), tensor([1.0, -1.0, -1.0, 1.0], grad=False)],
        {"margin": 0.4},
    )
    class_losses()
    focal()
    margins()


def class_losses():
    targets = lambda high, *shape: randint(0, high, *shape).long()
    weights = lambda: tensor([0.5, 1.0, 2.0, 0.0], grad=False)
    log_p = (
        lambda *shape: randn(*shape).detach().log_softmax(1 if len(shape) > 1 else 0).mul(100).round().div(100).requires_grad_()
    )
    for name, function, make in (("crossEntropy", F.cross_entropy, randn), ("nllLoss", F.nll_loss, log_p)):
        for reduction in REDUCTIONS:
            for label, options in {
                "": {},
                ",weight": {"weight": weights},
                ",ignore": {"ignore_index": 1},
                ",weight,ignore": {"weight": weights, "ignore_index": 0},
            }.items():
                op(
                    f"{name}/{reduction}{label}",
                    function,
                    lambda: [make(5, 4), tensor([0, 1, 2, 3, 1], torch.long)],
                    {"reduction": reduction, **options},
                )
        op(f"{name}/one", function, lambda: [make(4), targets(4)])
        op(f"{name}/[N,C,L]", function, lambda: [make(2, 4, 3), targets(4, 2, 3)], {"weight": weights})
        op(f"{name}/[N,C,H,W]", function, lambda: [make(1, 4, 2, 2), targets(4, 1, 2, 2)], {"reduction": "none"})
        op(f"{name}/-100", function, lambda: [make(3, 4), tensor([1, -100, 2], torch.long)])
        op(f"{name}/-100,none", function, lambda: [make(3, 4), tensor([1, -100, 2], torch.long)], {"reduction": "none"})
        op(f"{name}/all-ignored", function, lambda: [make(2, 4), tensor([-100, -100], torch.long)], {"reduction": "sum"})
        op(f"{name}/all-ignored,mean", function, lambda: [make(2, 4).detach(), tensor([-100, -100], torch.long)])
        op(f"{name}/one-class", function, lambda: [make(2, 1), tensor([0, 0], torch.long)])
    for reduction in REDUCTIONS:
        for label, options in {
            "": {},
            ",weight": {"weight": weights},
            ",ignore": {"ignore_index": 1},
            ",all": {"weight": weights, "ignore_index": 2},
        }.items():
            op(
                f"crossEntropy/smooth,{reduction}{label}",
                F.cross_entropy,
                lambda: [randn(5, 4), tensor([0, 1, 2, 3, 1], torch.long)],
                {"reduction": reduction, "label_smoothing": 0.2, **options},
            )
        soft = lambda *shape: torch.rand(shape).softmax(1).mul(100).round().div(100)
        for label, options in {
            "": {},
            ",weight": {"weight": weights},
            ",smooth": {"label_smoothing": 0.3},
            ",all": {"weight": weights, "label_smoothing": 0.3},
        }.items():
            op(
                f"crossEntropy/probabilities,{reduction}{label}",
                F.cross_entropy,
                lambda: [randn(3, 4), soft(3, 4)],
                {"reduction": reduction, **options},
            )
        op(
            f"crossEntropy/probabilities,{reduction},[N,C,L]",
            F.cross_entropy,
            lambda: [randn(2, 4, 3), soft(2, 4, 3)],
            {"reduction": reduction, "weight": weights, "label_smoothing": 0.1},
        )
    op("crossEntropy/probabilities,gradient", F.cross_entropy, lambda: [randn(3, 4), soft(3, 4).requires_grad_()])
    op("crossEntropy/probabilities,[C]", F.cross_entropy, lambda: [randn(4), rand(4, grad=False)])
    op(
        "crossEntropy/smooth,[N,C,L]",
        F.cross_entropy,
        lambda: [randn(2, 4, 3), targets(4, 2, 3)],
        {"label_smoothing": 0.1, "weight": weights, "ignore_index": 0},
    )
    op(
        "crossEntropy/twice",
        F.cross_entropy,
        lambda: [randn(3, 4), targets(4, 3)],
        {"label_smoothing": 0.1, "weight": weights},
        second=True,
    )
    op(
        "crossEntropy/large",
        F.cross_entropy,
        lambda: [tensor([[1000.0, -1000.0], [1000.0, 1000.0]]), tensor([1, 0], torch.long)],
        {"reduction": "none"},
    )


def focal():
    """Losses that PyTorch has no function for, by their formulas."""

    def loss(x, y, alpha=0.25, gamma=2, reduction="mean"):
        if y.shape == x.shape:
            p = torch.sigmoid(x)
            each = F.binary_cross_entropy_with_logits(x, y, reduction="none") * (p + y - 2 * p * y) ** gamma
            each = each if alpha is None else each * (alpha * y + (1 - alpha) * (1 - y))
        else:
            truth = x.log_softmax(1).gather(1, y.long()[:, None]).squeeze(1)
            each = -truth * (1 - truth.exp()) ** gamma
        return {"mean": torch.mean, "sum": torch.sum, "none": lambda value: value}[reduction](each)

    binary = lambda: [randn(2, 3), randint(0, 2, 2, 3).float()]
    op("focalLoss/default", loss, binary)
    op("focalLoss/all", loss, binary, {"alpha": 0.6, "gamma": 1.5, "reduction": "none"})
    op("focalLoss/alpha-null", loss, binary, {"alpha": None, "gamma": 0, "reduction": "sum"})
    op("focalLoss/classes", loss, lambda: [randn(3, 4), randint(0, 4, 3)], {"gamma": 3})
    wrong = lambda x, y, reduction="mean": (
        (x.argmax(1) != y).float().mean() if reduction == "mean" else (x.argmax(1) != y).float()
    )
    op("zeroOneLoss/mean", wrong, lambda: [randn(4, 3, grad=False), randint(0, 3, 4)])
    op("zeroOneLoss/none", wrong, lambda: [randn(4, 3, grad=False), randint(0, 3, 4)], {"reduction": "none"})
    # The numbers alone: PyTorch's gradient is that of the logits before logSoftmax.
    log_p = lambda *shape: randn(*shape, grad=False).log_softmax(-1).mul(100).round().div(100)
    lengths = lambda *numbers: tensor(numbers, INT)
    op("ctcLoss/default", F.ctc_loss, lambda: [log_p(4, 2, 3), tensor([[1, 2], [2, 2]], INT), lengths(4, 4), lengths(2, 2)])
    op(
        "ctcLoss/all",
        F.ctc_loss,
        lambda: [log_p(4, 2, 3), tensor([[1, 0], [0, 0]], INT), lengths(4, 2), lengths(2, 2)],
        {"blank": 2, "reduction": "none", "zero_infinity": True},
    )


def margins():
    target = lambda: tensor([2, 0, 1], torch.long)
    weights = lambda: tensor([0.5, 2.0, 1.0], grad=False)
    for reduction in REDUCTIONS:
        for p in (1, 2):
            op(
                f"multiMarginLoss/{reduction},p={p}",
                F.multi_margin_loss,
                lambda: [randn(3, 3), target()],
                {"reduction": reduction, "p": p, "margin": 0.7, "weight": weights},
            )
        for swap in (False, True):
            op(
                f"tripletMarginLoss/{reduction},{swap}",
                F.triplet_margin_loss,
                lambda: [randn(3, 4) for _ in range(3)],
                {"reduction": reduction, "swap": swap},
            )
        op(
            f"cosineEmbeddingLoss/{reduction}",
            F.cosine_embedding_loss,
            lambda: [randn(3, 4), randn(3, 4), tensor([1, -1, 1], INT)],
            {"reduction": reduction, "margin": 0.2},
        )
    op("multiMarginLoss/default", F.multi_margin_loss, lambda: [randn(3, 3), target()])
    op("multiMarginLoss/one", F.multi_margin_loss, lambda: [randn(3), tensor(1, torch.long)])
    for p in (1, 3):
        op(
            f"tripletMarginLoss/p={p}",
            F.triplet_margin_loss,
            lambda: [randn(3, 4) for _ in range(3)],
            {"p": p, "margin": 2.5, "eps": 0.01},
        )
    op("tripletMarginLoss/one", F.triplet_margin_loss, lambda: [randn(4) for _ in range(3)])
    op("cosineEmbeddingLoss/default", F.cosine_embedding_loss, lambda: [randn(3, 4), randn(3, 4), tensor([-1, -1, 1], INT)])
    op("cosineEmbeddingLoss/one", F.cosine_embedding_loss, lambda: [randn(4), randn(4), tensor(-1, INT)])
    for label, options in {"default": {}, "dim=0": {"dim": 0}, "dim=-1": {"dim": -1}, "eps": {"dim": 1, "eps": 3.0}}.items():
        op(f"cosineSimilarity/{label}", F.cosine_similarity, lambda: [randn(3, 4), randn(3, 4)], options)
    op("cosineSimilarity/twice", F.cosine_similarity, lambda: [randn(2, 3), randn(2, 3)], second=True)
    op("cosineSimilarity/broadcast", F.cosine_similarity, lambda: [randn(2, 1, 4), randn(3, 4)], {"dim": 2})
    op(
        "cosineSimilarity/zeros",
        F.cosine_similarity,
        lambda: [tensor([[0.0, 0.0]], grad=False), tensor([[1.0, 2.0]], grad=False)],
    )
    for p in (1, 2, 3, INF):
        op(f"pairwiseDistance/p={p}", F.pairwise_distance, lambda: [distinct(2, 3), randn(2, 3)], {"p": p})
    op("pairwiseDistance/keepdim", F.pairwise_distance, lambda: [randn(2, 3), randn(2, 3)], {"keepdim": True, "eps": 0.1})
    op("pairwiseDistance/broadcast", F.pairwise_distance, lambda: [randn(3), randn(2, 3)])


def build():
    losses()
