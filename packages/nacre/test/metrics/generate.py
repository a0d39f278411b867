"""Writes cases.jsonl: what scikit-learn 1.2 computes for the metrics of this library. Run: python3 generate.py (with scikit-learn and NumPy).

A case of a class: {"metric", "options", "predictions", "targets", "weights", "expect"}; of a function: {"call", "args", "options",
"expect"}. Numbers that are not finite are strings. Scores have few digits, so that some are equal.
"""

import json
import os
import warnings

import numpy as np
import sklearn.metrics as sk
from sklearn.calibration import calibration_curve

warnings.filterwarnings("ignore")
rng = np.random.RandomState(7)
cases = []


def plain(value):
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (bool, np.bool_)) or value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    value = float(value)
    if not np.isfinite(value):
        return "NaN" if np.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return int(value) if value == int(value) and abs(value) < 1e15 else value


def data(array, dtype):
    array = np.asarray(array)
    return {"shape": list(array.shape), "dtype": dtype, "data": array.ravel()}


def of_class(name, metric, options, predictions, targets, expect, weights=None, kinds=("float64", "int32"), tol=None):
    cases.append(
        plain(
            {
                "name": name,
                "metric": metric,
                "options": options,
                "predictions": data(predictions, kinds[0]),
                "targets": data(targets, kinds[1]),
                **({} if weights is None else {"weights": weights}),
                "expect": expect,
                **({} if tol is None else {"tol": tol}),
            }
        )
    )


def of_function(name, call, args, options, expect, tol=None):
    cases.append(
        plain(
            {
                "name": name,
                "call": call,
                "args": args,
                "options": options,
                "expect": expect,
                **({} if tol is None else {"tol": tol}),
            }
        )
    )


def probabilities(n, classes, digits=2):
    """Rows that sum to 1, with few digits."""
    p = rng.dirichlet(np.ones(classes), n).round(digits)
    p[:, -1] = 1 - p[:, :-1].sum(axis=1)
    return np.abs(p.round(digits))


def weights_of(n):
    return rng.choice([0.0, 0.5, 1.0, 2.0, 3.5], n)


# ---- classes by their counts ----

PER_CLASS = ("Precision", "Recall", "F1", "FBeta", "IoU", "Specificity", "Dice")


def per_class(metric, actual, predicted, average, labels, weights, zero, beta):
    if metric == "Specificity":
        matrix = sk.multilabel_confusion_matrix(actual, predicted, labels=labels, sample_weight=weights)
        tn, fp = matrix[:, 0, 0], matrix[:, 0, 1]
        support = matrix[:, 1].sum(axis=1)
        divide = lambda a, b: np.where(b == 0, zero, a / np.where(b == 0, 1, b))
        if average == "binary":
            return divide(tn, tn + fp)[1 if labels is not None and len(labels) == 2 else 0]
        if average == "micro":
            return divide(np.array([tn.sum()]), np.array([(tn + fp).sum()]))[0]
        values = divide(tn, tn + fp)
        if average == "macro":
            return values.mean()
        if average == "weighted":
            return np.average(values, weights=support)
        return values
    common = {"average": average, "sample_weight": weights, "zero_division": zero}
    if average != "binary":
        common["labels"] = labels
    if metric == "Precision":
        return sk.precision_score(actual, predicted, **common)
    if metric == "Recall":
        return sk.recall_score(actual, predicted, **common)
    if metric in ("F1", "Dice"):
        return sk.f1_score(actual, predicted, **common)
    if metric == "FBeta":
        return sk.fbeta_score(actual, predicted, beta=beta, **common)
    return sk.jaccard_score(actual, predicted, **common)


def count_cases(name, options, predictions, targets, actual, predicted, labels, averages, weights=None, zero=0):
    for metric in PER_CLASS:
        for average in averages:
            given = {**options, "average": average}
            beta = 0.5 if average == "macro" else 2
            if metric == "FBeta":
                given["beta"] = beta
            if zero:
                given["zeroDivision"] = zero
            expect = per_class(metric, actual, predicted, average, labels, weights, zero, beta)
            of_class(f"{name} {average}", metric, given, predictions, targets, expect, weights)


def agreement_cases(name, options, predictions, targets, actual, predicted, weights=None):
    args = (actual, predicted)
    w = {"sample_weight": weights}
    add = lambda metric, more, expect: of_class(name, metric, {**options, **more}, predictions, targets, expect, weights)
    add("BalancedAccuracy", {}, sk.balanced_accuracy_score(*args, **w))
    if len(np.unique(actual)) > 1:
        add("BalancedAccuracy", {"adjusted": True}, sk.balanced_accuracy_score(*args, adjusted=True, **w))
    add("MatthewsCorrelation", {}, sk.matthews_corrcoef(*args, **w))
    top = int(max(np.max(actual), np.max(predicted))) + 1
    for kind in (None, "linear", "quadratic"):
        kappa = sk.cohen_kappa_score(*args, weights=kind, labels=range(top), **w)
        add("CohenKappa", {"weights": kind, "zeroDivision": "NaN" if np.isnan(kappa) else 0}, kappa)


def binary_counts():
    scores = rng.rand(24).round(2)
    for name, targets, weights in (
        ("two classes", rng.randint(0, 2, 24), None),
        ("two classes, weights", rng.randint(0, 2, 24), weights_of(24)),
        ("two classes, no positive", np.zeros(24, int), None),
        ("two classes, all positive", np.ones(24, int), None),
    ):
        predicted = (scores > 0.5).astype(int)
        options = {"threshold": 0.5}
        averages = ("binary", "micro", "macro", "weighted", None)
        count_cases(name, options, scores, targets, targets, predicted, [0, 1], averages, weights)
        agreement_cases(name, options, scores, targets, targets, predicted, weights)
    low = np.full(10, 0.25)
    targets = rng.randint(0, 2, 10)
    for zero in (0, 1):
        averages = ("binary", "macro", None)
        count_cases(f"none taken, zero {zero}", {"threshold": 0.5}, low, targets, targets, np.zeros(10, int), [0, 1], averages, None, zero)
    agreement_cases("none taken", {"threshold": 0.5}, low, targets, targets, np.zeros(10, int))
    agreement_cases("one class only", {"threshold": 0.5}, low, np.zeros(10, int), np.zeros(10, int), np.zeros(10, int))


def many_counts():
    averages = ("micro", "macro", "weighted", None)
    logits = rng.randn(30, 4).round(2)
    predicted = logits.argmax(axis=1)
    targets = np.where(rng.rand(30) < 0.6, predicted, rng.randint(0, 4, 30))
    count_cases("four classes", {}, logits, targets, targets, predicted, range(4), averages)
    agreement_cases("four classes", {}, logits, targets, targets, predicted)
    weights = weights_of(30)
    count_cases("four classes, weights", {}, logits, targets, targets, predicted, range(4), averages, weights)
    agreement_cases("four classes, weights", {}, logits, targets, targets, predicted, weights)
    absent = np.where(targets == 3, 0, targets)
    for zero in (0, 1):
        count_cases(f"class 3 absent, zero {zero}", {}, logits, absent, absent, predicted, range(4), averages, None, zero)
    shy = logits.copy()
    shy[:, 3] = -9
    taken = shy.argmax(axis=1)
    for zero in (0, 1):
        count_cases(f"class 3 absent and never taken, zero {zero}", {}, shy, absent, absent, taken, range(4), averages, None, zero)
    ignoring = np.where(rng.rand(30) < 0.2, -100, targets)
    kept = ignoring != -100
    for metric in PER_CLASS:
        expect = per_class(metric, targets[kept], predicted[kept], "macro", range(4), None, 0, 1)
        of_class("four classes, some ignored", metric, {"average": "macro", "ignoreIndex": -100}, logits, ignoring, expect)
    given, actual = rng.randint(0, 5, 40), rng.randint(0, 5, 40)
    for metric in PER_CLASS:
        expect = per_class(metric, actual, given, "weighted", range(5), None, 0, 1)
        options = {"average": "weighted", "classes": 5}
        of_class("labels", metric, options, given, actual, expect, kinds=("int32", "int32"))
    many, marks = rng.rand(18, 5).round(2), rng.randint(0, 2, (18, 5))
    marks[:, 2] = 0
    taken = (many > 0.5).astype(int)
    options = {"multiLabel": True, "threshold": 0.5}
    for weights in (None, weights_of(18)):
        suffix = "" if weights is None else ", weights"
        count_cases(f"many labels{suffix}", options, many, marks, marks, taken, range(5), averages, weights)
    pixels, mask = rng.randn(2, 3, 4, 4).round(2), rng.randint(0, 3, (2, 4, 4))
    for metric in ("IoU", "Dice", "F1"):
        expect = per_class(metric, mask.ravel(), pixels.argmax(axis=1).ravel(), "macro", range(3), None, 0, 1)
        of_class("pixels", metric, {"average": "macro"}, pixels, mask, expect)


def confusion():
    logits, targets, weights = rng.randn(40, 4).round(2), rng.randint(0, 4, 40), weights_of(40)
    for normalize in (None, "true", "pred", "all"):
        for w in (None, weights):
            expect = sk.confusion_matrix(targets, logits.argmax(axis=1), labels=range(4), sample_weight=w, normalize=normalize)
            of_class("matrix", "ConfusionMatrix", {"classes": 4, "normalize": normalize}, logits, targets, expect, w)


# ---- rankings ----


def ranked():
    yield "scores", rng.rand(30).round(3), rng.randint(0, 2, 30), None
    yield "ties", rng.randint(0, 5, 40) / 4, rng.randint(0, 2, 40), None
    yield "ties and weights", rng.randint(0, 5, 40) / 4, rng.randint(0, 2, 40), weights_of(40)
    yield "weights", rng.randn(30).round(3), rng.randint(0, 2, 30), weights_of(30)
    yield "all equal", np.full(12, 0.5), np.arange(12) % 3 == 0, None
    yield "perfect", np.arange(10) / 10, (np.arange(10) > 4).astype(int), None
    yield "the wrong way round", np.arange(10) / 10, (np.arange(10) < 5).astype(int), None
    yield "one positive", rng.rand(20).round(2), (np.arange(20) == 7).astype(int), None
    yield "two examples", np.array([0.1, 0.7]), np.array([1, 0]), None
    for repeat in range(8):
        yield f"random {repeat}", rng.rand(25).round(1), np.r_[0, 1, rng.randint(0, 2, 23)], weights_of(25) + (repeat % 2)


def rankings():
    for name, scores, labels, weights in ranked():
        labels = labels.astype(int)
        w = {"sample_weight": weights}
        given = {} if weights is None else {"sampleWeight": weights}
        of_class(name, "RocAuc", {}, scores, labels, sk.roc_auc_score(labels, scores, **w), weights)
        for limit in (0.1, 0.5):
            expect = sk.roc_auc_score(labels, scores, max_fpr=limit, **w)
            of_class(f"{name} up to {limit}", "RocAuc", {"maxFpr": limit}, scores, labels, expect, weights)
        of_class(name, "AveragePrecision", {}, scores, labels, sk.average_precision_score(labels, scores, **w), weights)
        for drop in (True, False):
            fpr, tpr, thresholds = sk.roc_curve(labels, scores, drop_intermediate=drop, **w)
            thresholds[0] = np.inf  # as in scikit-learn from 1.3 on
            expect = {"fpr": fpr, "tpr": tpr, "thresholds": thresholds}
            of_function(name, "rocCurve", [scores, labels], {**given, "dropIntermediate": drop}, expect)
        precision, recall, thresholds = sk.precision_recall_curve(labels, scores, **w)
        expect = {"precision": precision, "recall": recall, "thresholds": thresholds}
        of_function(name, "precisionRecallCurve", [scores, labels], given, expect)
        fpr, fnr, thresholds = sk.det_curve(labels, scores, **w)
        of_function(name, "detCurve", [scores, labels], given, {"fpr": fpr, "fnr": fnr, "thresholds": thresholds})
    of_class("no positive", "AveragePrecision", {}, rng.rand(5).round(2), np.zeros(5, int), 0)
    for classes in (3, 4):
        p = probabilities(40, classes)
        labels = np.r_[np.arange(classes), rng.randint(0, classes, 40 - classes)]
        weights = weights_of(40) + 0.5
        one_hot = np.eye(classes, dtype=int)[labels]
        for average in ("micro", "macro", "weighted", None):
            for w in (None, weights):
                expect = sk.roc_auc_score(labels, p, multi_class="ovr", average=average, sample_weight=w)
                of_class(f"{classes} classes {average}", "RocAuc", {"average": average}, p, labels, expect, w)
                expect = sk.average_precision_score(one_hot, p, average=average, sample_weight=w)
                of_class(f"{classes} classes {average}", "AveragePrecision", {"average": average}, p, labels, expect, w)
                expect = sk.roc_auc_score(one_hot, p, average=average, sample_weight=w)
                options = {"average": average, "multiLabel": True}
                of_class(f"{classes} labels {average}", "RocAuc", options, p, one_hot, expect, w)
        for average in ("macro", "weighted"):
            expect = sk.roc_auc_score(labels, p, multi_class="ovo", average=average)
            of_class(f"{classes} classes ovo {average}", "RocAuc", {"multiClass": "ovo", "average": average}, p, labels, expect)
    two, labels = probabilities(20, 2), np.r_[0, 1, rng.randint(0, 2, 18)]
    of_class("two columns", "RocAuc", {}, two, labels, sk.roc_auc_score(labels, two[:, 1]))
    x = np.sort(rng.rand(12))
    y = rng.randn(12)
    of_function("rising", "auc", [x, y], None, sk.auc(x, y))
    of_function("falling", "auc", [x[::-1], y], None, sk.auc(x[::-1], y))
    of_function("standing", "auc", [np.ones(3), y[:3]], None, sk.auc(np.ones(3), y[:3]))


# ---- probabilities ----


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def calibration(actual, p, bins, norm):
    """From calibration_curve: mean frequencies and confidences of the bins, weighted by the number of examples."""
    true, mean = calibration_curve(actual, p, n_bins=bins)
    counts = np.bincount(np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], p), minlength=bins)
    counts = counts[counts > 0]
    gap = np.abs(true - mean)
    if norm == "max":
        return gap.max()
    return np.average(gap, weights=counts) if norm == "l1" else np.sqrt(np.average(gap**2, weights=counts))


def judgements():
    for weights in (None, weights_of(30)):
        w = {"sample_weight": weights}
        p, labels = rng.rand(30).round(3), rng.randint(0, 2, 30)
        p[:2] = [0, 1]
        of_class("two classes", "LogLoss", {}, p, labels, sk.log_loss(labels, p, labels=[0, 1], **w), weights)
        of_class("two classes", "BrierScore", {}, p, labels, sk.brier_score_loss(labels, p, **w), weights)
        logits = rng.randn(30).round(2)
        squashed = 1 / (1 + np.exp(-logits))
        options = {"fromLogits": True}
        of_class("logits", "LogLoss", options, logits, labels, sk.log_loss(labels, squashed, labels=[0, 1], **w), weights)
        of_class("logits", "BrierScore", options, logits, labels, sk.brier_score_loss(labels, squashed, **w), weights)
        for classes in (3, 6):
            p, labels = probabilities(30, classes), rng.randint(0, classes, 30)
            one_hot = np.eye(classes)[labels]
            expect = sk.log_loss(labels, p, labels=range(classes), **w)
            of_class(f"{classes} classes", "LogLoss", {}, p, labels, expect, weights)
            expect = np.average(((p - one_hot) ** 2).sum(axis=1), weights=weights)
            of_class(f"{classes} classes", "BrierScore", {}, p, labels, expect, weights)
            logits = rng.randn(30, classes).round(2)
            expect = sk.log_loss(labels, softmax(logits), labels=range(classes), **w)
            of_class(f"{classes} classes, logits", "LogLoss", options, logits, labels, expect, weights)
            of_class(f"{classes} classes", "Perplexity", {}, logits, labels, np.exp(expect), weights)
    for bins in (1, 5, 10, 15):
        for norm in ("l1", "l2", "max"):
            p, labels = rng.rand(60).round(3), rng.randint(0, 2, 60)
            options = {"bins": bins, "norm": norm}
            of_class(f"{bins} bins {norm}", "CalibrationError", options, p, labels, calibration(labels, p, bins, norm))
            p, labels = probabilities(60, 4), rng.randint(0, 4, 60)
            expect = calibration((p.argmax(axis=1) == labels).astype(int), p.max(axis=1), bins, norm)
            of_class(f"4 classes, {bins} bins {norm}", "CalibrationError", options, p, labels, expect)
    logits, labels, weights = rng.randn(40, 6), rng.randint(0, 6, 40), weights_of(40)
    for k in (1, 2, 5):
        for w in (None, weights):
            expect = sk.top_k_accuracy_score(labels, logits, k=k, labels=range(6), sample_weight=w)
            of_class(f"top {k}", "TopKAccuracy", {"k": k}, logits, labels, expect, w)
    for w in (None, weights):
        of_class("classes", "Accuracy", {}, logits, labels, sk.accuracy_score(labels, logits.argmax(axis=1), sample_weight=w), w)


# ---- numbers ----


def regressions():
    def every(name, predicted, actual, weights=None):
        w = {"sample_weight": weights}
        args = (actual, predicted)
        kinds = ("float64", "float64")
        add = lambda metric, options, expect: of_class(name, metric, options, predicted, actual, expect, weights, kinds)
        add("MeanSquaredError", {}, sk.mean_squared_error(*args, **w))
        add("MeanAbsoluteError", {}, sk.mean_absolute_error(*args, **w))
        add("MeanAbsolutePercentageError", {}, sk.mean_absolute_percentage_error(*args, **w))
        add("MedianAbsoluteError", {}, sk.median_absolute_error(*args, **w))
        if np.ndim(actual) == 1:
            add("RootMeanSquaredError", {}, sk.mean_squared_error(*args, squared=False, **w))
        for metric, score in (("R2", sk.r2_score), ("ExplainedVariance", sk.explained_variance_score)):
            for camel, snake in (
                ("uniformAverage", "uniform_average"),
                ("varianceWeighted", "variance_weighted"),
                ("rawValues", "raw_values"),
            ):
                add(metric, {"multioutput": camel}, score(*args, multioutput=snake, **w))

    for weights in (None, weights_of(21)):
        y = rng.randn(21).round(3)
        every("numbers", y + rng.randn(21).round(3), y, weights)
        many = rng.randn(21, 3).round(3) * [1, 10, 100]
        every("three outputs", many + rng.randn(21, 3).round(3), many, weights)
        far = 1e6 + rng.randn(21).round(3)
        every("far from zero", far + rng.randn(21).round(3), far, weights)
        every("constant targets", rng.randn(21).round(3), np.full(21, 3.0), weights)
        every("constant and right", np.full(21, 3.0), np.full(21, 3.0), weights)
        every("exact", y, y, weights)
        half = np.c_[np.full(21, 2.0), y]
        every("one constant output", half + rng.randn(21, 2).round(3), half, weights)
    every("even number", rng.randn(8).round(2), rng.randn(8).round(2))


# ---- clusters and reports ----


def clusters():
    for name, k, spread in (("tight", 3, 0.2), ("loose", 4, 2.0), ("two", 2, 1.0)):
        centres = rng.randn(k, 3) * 2
        labels = np.r_[np.arange(k), rng.randint(0, k, 30 - k)]
        points = (centres[labels] + rng.randn(30, 3) * spread).round(3)
        of_function(name, "silhouetteScore", [points, labels], None, sk.silhouette_score(points, labels), 1e-9)
    points = rng.randn(6, 2).round(2)
    labels = np.array([0, 1, 1, 2, 2, 2])
    of_function("a cluster of one", "silhouetteScore", [points, labels], None, sk.silhouette_score(points, labels), 1e-9)
    for name, a, b in (
        ("random", rng.randint(0, 4, 50), rng.randint(0, 3, 50)),
        ("same", np.array([0, 0, 1, 2]), np.array([7, 7, 3, 1])),
        ("all together", np.zeros(5), np.zeros(5)),
        ("all alone", np.arange(5), np.arange(5)),
        ("against each other", np.arange(4), np.zeros(4)),
    ):
        of_function(name, "adjustedRandIndex", [a, b], None, sk.adjusted_rand_score(a, b))


def reports():
    for name, classes, names, weights in (
        ("numbers", 3, None, None),
        ("names", 3, ["cat", "a name longer than headings", "dog"], None),
        ("weights", 4, None, np.r_[weights_of(40)]),
    ):
        actual = np.r_[np.arange(classes), rng.randint(0, classes, 40 - classes)]
        predicted = np.where(rng.rand(40) < 0.5, actual, rng.randint(0, classes - 1, 40))
        for zero in (0, 1):
            common = {"labels": range(classes), "target_names": names, "sample_weight": weights, "zero_division": zero}
            report = sk.classification_report(actual, predicted, output_dict=True, **common)
            rows = [report[label] for label in (names or [str(i) for i in range(classes)])]
            rename = lambda row: {"precision": row["precision"], "recall": row["recall"], "f1": row["f1-score"], "support": row["support"]}
            expect = {
                "classes": [rename(row) for row in rows],
                "accuracy": report["accuracy"],
                "macro": rename(report["macro avg"]),
                "weighted": rename(report["weighted avg"]),
            }
            if weights is None:
                expect["text"] = sk.classification_report(actual, predicted, digits=3, **common)
            options = {"zeroDivision": zero, "classes": names or classes}
            if weights is not None:
                options["sampleWeight"] = weights
            of_function(f"{name}, zero {zero}", "classificationReport", [predicted, actual], options, expect)


for part in (binary_counts, many_counts, confusion, rankings, judgements, regressions, clusters, reports):
    part()
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases.jsonl")
with open(path, "w") as file:
    for case in cases:
        file.write(json.dumps(case, separators=(",", ":")) + "\n")
print(len(cases), "cases")
