"""Cases of optimizers, of the clipping of gradients, and of schedules of the learning rate: every one with every option."""

import math

import torch
from torch import nn, optim
from torch.optim import lr_scheduler

from generator.format import File, Inputs, camel, data, number, optional, randn, seed, values

OPTIMIZERS = File("optimizers")
CLIPS = File("clips")
SCHEDULES = File("schedules")
NAN, INF = math.nan, math.inf
STEPS = 8


def optimizer(name, options=None, groups=None, rates=None, dtype=torch.float32, without=(), steps=STEPS, tol=2e-6, gradient=None):
    """
    One case: parameters of three shapes, given a gradient at every step. One element never has a slope. `groups` are lists of numbers of
    parameters with their own options, `rates` a learning rate for each step, `without` pairs (step, parameter) that have no gradient.
    """
    seed(name)
    options = options or {}
    kind = name.split("/")[0]
    parameters = [nn.Parameter(randn(*shape, grad=False, dtype=dtype)) for shape in ((1, 2), (2,), ())]
    case = {"name": name, "options": Inputs().write(options), "initial": optional(parameters)}
    trained = parameters
    if groups:
        trained = [{"params": [parameters[i] for i in members], **own} for members, own in groups]
        case["groups"] = [{"params": members, "options": Inputs().write(own)} for members, own in groups]
    if rates:
        case["rates"] = rates
    made = getattr(optim, kind)(trained, **options)
    case["gradients"], case["expect"] = [], []
    for step in range(steps):
        for group in made.param_groups if rates else []:
            group["lr"] = rates[step]
        for i, parameter in enumerate(parameters):
            parameter.grad = gradient(parameter) if gradient else randn(*parameter.shape, grad=False, dtype=dtype)
            if parameter.ndim == 1:
                parameter.grad[1] = 0
            if (step, i) in without:
                parameter.grad = None
        case["gradients"].append([values(parameter.grad) for parameter in parameters])
        made.step()
        case["expect"].append([values(parameter) for parameter in parameters])
    case["tol"] = tol
    OPTIMIZERS.add(case)


def optimizers():
    adam = {
        "default": {},
        "lr": {"lr": 0.1},
        "betas": {"lr": 0.05, "betas": [0.5, 0.8]},
        "eps": {"lr": 0.05, "eps": 0.3},
        "weight-decay": {"lr": 0.05, "weight_decay": 0.2},
        "amsgrad": {"lr": 0.05, "betas": [0.9, 0.5], "amsgrad": True},
        "all": {"lr": 0.05, "betas": [0.7, 0.9], "eps": 0.001, "weight_decay": 0.1, "amsgrad": True},
        "no-weight-decay": {"lr": 0.05, "weight_decay": 0.0},
        "betas=0": {"lr": 0.05, "betas": [0.0, 0.0]},
    }
    variants = {
        "SGD": {
            "momentum": {"lr": 0.1, "momentum": 0.9},
            "dampening": {"lr": 0.1, "momentum": 0.9, "dampening": 0.4},
            "nesterov": {"lr": 0.1, "momentum": 0.9, "nesterov": True},
            "weight-decay": {"lr": 0.1, "weight_decay": 0.2},
            "all": {"lr": 0.1, "momentum": 0.7, "dampening": 0.5, "weight_decay": 0.1},
            "dampening-alone": {"lr": 0.1, "dampening": 0.5},
        },
        "Adam": adam,
        "AdamW": adam,
        "NAdam": {
            "default": {},
            "betas": {"lr": 0.05, "betas": [0.5, 0.8]},
            "eps": {"lr": 0.05, "eps": 0.3},
            "weight-decay": {"lr": 0.05, "weight_decay": 0.2},
            "momentum-decay": {"lr": 0.05, "momentum_decay": 0.1},
        },
        "RAdam": {
            "default": {},
            "longer": {"lr": 0.1},
            "betas": {"lr": 0.05, "betas": [0.5, 0.8]},
            "eps": {"lr": 0.05, "eps": 0.3},
            "never-adaptive": {"lr": 0.05, "betas": [0.9, 0.6]},
            "weight-decay": {"lr": 0.05, "weight_decay": 0.2},
        },
        "RMSprop": {
            "default": {},
            "alpha": {"alpha": 0.5},
            "eps": {"eps": 0.3},
            "momentum": {"momentum": 0.8},
            "centered": {"centered": True, "alpha": 0.5},
            "weight-decay": {"weight_decay": 0.2},
            "all": {"lr": 0.05, "alpha": 0.8, "eps": 0.01, "momentum": 0.5, "centered": True, "weight_decay": 0.1},
        },
        "Adagrad": {
            "default": {},
            "lr-decay": {"lr": 0.1, "lr_decay": 0.3},
            "initial": {"lr": 0.1, "initial_accumulator_value": 0.5},
            "eps": {"lr": 0.1, "eps": 0.3},
            "weight-decay": {"lr": 0.1, "weight_decay": 0.2},
            "all": {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.2, "eps": 0.01},
        },
        "Adadelta": {
            "default": {},
            "rho": {"rho": 0.5},
            "eps": {"eps": 0.1},
            "weight-decay": {"eps": 0.01, "weight_decay": 0.2},
            "lr": {"lr": 0.3, "eps": 0.1},
        },
    }
    for kind, all_options in variants.items():
        for label, options in all_options.items():
            optimizer(f"{kind}/{label}", options, steps=14 if label == "longer" else STEPS)
        usual = all_options.get("weight-decay", {})
        optimizer(f"{kind}/groups", {"lr": 0.02}, groups=[([0], {"lr": 0.1}), ([2, 1], {"weight_decay": 0.3})])
        optimizer(f"{kind}/rates", {**usual, "lr": 0.1}, rates=[0.1, 0.05, 0.0, 0.2, 0.2, 0.1, 0.01, 0.3])
        optimizer(f"{kind}/missing-later", {"lr": 0.05}, without=[(3, 0), (4, 0), (6, 2)])
        optimizer(f"{kind}/missing-first", {"lr": 0.05}, without=[(0, 1), (1, 1)])
        # PyTorch keeps the product of NAdam's momenta in float32.
        precision = 1e-7 if kind == "NAdam" else 1e-12
        optimizer(f"{kind}/float64", {"lr": 0.05}, dtype=torch.float64, steps=4, tol=precision)
        optimizer(f"{kind}/large", {"lr": 0.05}, gradient=lambda parameter: randn(*parameter.shape, scale=1000, grad=False))
        optimizer(f"{kind}/small", {"lr": 0.05}, gradient=lambda parameter: randn(*parameter.shape, grad=False) * 1e-6)
    optimizer("Adam/never", {"lr": 0.05}, without=[(step, 1) for step in range(STEPS)])
    optimizer("SGD/momentum,missing", {"lr": 0.1, "momentum": 0.9, "dampening": 0.5}, without=[(0, 1), (1, 1), (4, 0)])
    optimizer(
        "SGD/groups-momentum", {"lr": 0.1}, groups=[([0, 1], {"momentum": 0.9}), ([2], {"momentum": 0.5, "nesterov": True})]
    )
    optimizer("Adam/groups-betas", {"lr": 0.1}, groups=[([0, 1], {"betas": [0.5, 0.9], "amsgrad": True}), ([2], {"eps": 0.1})])


def clip(name, function, gradients, *args, **options):
    seed(name)
    given = gradients()
    parameters = [nn.Parameter(torch.zeros_like(gradient) if gradient is not None else torch.zeros(2)) for gradient in given]
    for parameter, gradient in zip(parameters, given):
        parameter.grad = None if gradient is None else gradient.clone()
    total = function(parameters, *args, **options)
    case = {"name": name, "args": Inputs().write([*args, *([options] if options else [])]), "gradients": optional(given)}
    case["total"] = None if total is None else data(total)
    case["expect"] = optional([parameter.grad for parameter in parameters])
    case["tol"] = 1e-6
    CLIPS.add(case)


def clips():
    usual = lambda: [randn(2, 3, grad=False), randn(4, grad=False), randn(grad=False)]
    norm, value = nn.utils.clip_grad_norm_, nn.utils.clip_grad_value_
    for norm_type in (1.0, 2.0, 3.0, 0.5, INF):
        clip(f"clipGradNorm/{norm_type}", norm, usual, 0.7, norm_type=norm_type)
        clip(f"clipGradNorm/{norm_type},within", norm, usual, 1000.0, norm_type=norm_type)
    clip("clipGradNorm/default", norm, usual, 1.0)
    clip("clipGradNorm/0", norm, usual, 0.0)
    clip("clipGradNorm/zeros", norm, lambda: [torch.zeros(3)], 1.0)
    clip("clipGradNorm/missing", norm, lambda: [None, randn(3, grad=False), None], 0.5)
    clip("clipGradNorm/none", norm, lambda: [None, None], 0.5)
    clip("clipGradNorm/infinite", norm, lambda: [torch.tensor([1.0, INF]), torch.tensor([2.0])], 0.5)
    clip("clipGradNorm/nan", norm, lambda: [torch.tensor([1.0, NAN]), torch.tensor([2.0])], 0.5)
    clip("clipGradValue/0.4", value, usual, 0.4)
    clip("clipGradValue/missing", value, lambda: [None, torch.tensor([INF, -INF, NAN, 0.1])], 0.5)


class Of:
    """A schedule to be made for an optimizer; among its options may be others."""

    def __init__(self, kind, **options):
        self.kind, self.options = kind, options

    def torch(self, made):
        # PyTorch's schedule changes the momentum too, unless it is told not to.
        extra = {"cycle_momentum": False} if self.kind in {"OneCycleLR", "CyclicLR"} else {}
        options = {key: theirs(value, made) for key, value in self.options.items()}
        if self.kind == "ChainedScheduler":
            return lr_scheduler.ChainedScheduler(**options)
        return getattr(lr_scheduler, self.kind)(made, **options, **extra)

    def ours(self):
        return {"class": self.kind, "options": {camel(key.lower()): ours(value) for key, value in self.options.items()}}


class Factor:
    """A function of the number of steps: base to its power, or 1 / (1 + base·t)."""

    def __init__(self, kind, base):
        self.kind, self.base = kind, base

    def __call__(self, step):
        return self.base**step if self.kind == "exponential" else 1 / (1 + self.base * step)


def theirs(value, made):
    if isinstance(value, Of):
        return value.torch(made)
    return [theirs(part, made) for part in value] if isinstance(value, list) else value


def ours(value):
    if isinstance(value, Of):
        return value.ours()
    if isinstance(value, Factor):
        return {value.kind: value.base}
    if isinstance(value, list):
        return [ours(part) for part in value]
    return number(value) if isinstance(value, float) else value


def schedule(name, *schedules, base=(0.1,), metrics=None, steps=24):
    """One case: schedules that are stepped together, of one optimizer whose groups have the rates `base`."""
    made = optim.SGD([{"params": [nn.Parameter(torch.zeros(1))], "lr": lr} for lr in base], lr=0.1)
    running = [given.torch(made) for given in schedules]
    rates = lambda: [number(float(group["lr"])) for group in made.param_groups]
    case = {"name": name, "baseLrs": list(base), "schedules": [given.ours() for given in schedules]}
    case["metrics"] = metrics and [number(float(metric)) for metric in metrics]
    case["expect"] = [rates()]
    for step in range(len(metrics) if metrics else steps):
        made.step()
        for each in running:
            each.step(*([metrics[step]] if metrics else []))
        case["expect"].append(rates())
    case["tol"] = 1e-9
    SCHEDULES.add(case)


def schedules():
    two = (0.1, 0.02)
    variants = {
        "StepLR": [{"step_size": 4}, {"step_size": 1, "gamma": 0.7}, {"step_size": 7, "gamma": 1.5}],
        "MultiStepLR": [
            {"milestones": [3, 10]},
            {"milestones": [2, 5, 11], "gamma": 0.5},
            {"milestones": [4, 4, 9], "gamma": 0.5},
            {"milestones": []},
            {"milestones": [9, 2], "gamma": 0.3},
        ],
        "ExponentialLR": [{"gamma": 0.9}, {"gamma": 1.0}],
        "ConstantLR": [{}, {"factor": 0.5, "total_iters": 8}, {"factor": 1.0, "total_iters": 3}],
        "LinearLR": [
            {},
            {"start_factor": 0.1, "end_factor": 0.8, "total_iters": 10},
            {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 6},
            {"total_iters": 1},
        ],
        "PolynomialLR": [{}, {"total_iters": 10, "power": 2.0}, {"total_iters": 7, "power": 0.5}],
        "MultiplicativeLR": [{"lr_lambda": Factor("exponential", 0.98)}],
        "LambdaLR": [{"lr_lambda": Factor("exponential", 0.93)}, {"lr_lambda": Factor("inverse", 0.2)}],
        "CosineAnnealingLR": [{"T_max": 10}, {"T_max": 7, "eta_min": 0.01}, {"T_max": 24}, {"T_max": 1}],
        "CosineAnnealingWarmRestarts": [
            {"T_0": 5},
            {"T_0": 3, "T_mult": 2},
            {"T_0": 4, "T_mult": 1, "eta_min": 0.01},
            {"T_0": 1, "T_mult": 3},
        ],
        "OneCycleLR": [
            {"max_lr": 0.5, "total_steps": 25},
            {"max_lr": 0.5, "epochs": 5, "steps_per_epoch": 5},
            {"max_lr": 0.3, "total_steps": 25, "pct_start": 0.5},
            {"max_lr": 0.3, "total_steps": 30, "anneal_strategy": "linear"},
            {"max_lr": 0.3, "total_steps": 25, "div_factor": 5.0, "final_div_factor": 20.0},
            {"max_lr": 0.3, "total_steps": 25, "three_phase": True},
            {"max_lr": 0.3, "total_steps": 40, "three_phase": True, "anneal_strategy": "linear", "pct_start": 0.4},
        ],
    }
    for kind, all_options in variants.items():
        for i, options in enumerate(all_options):
            schedule(f"{kind}/{i}", Of(kind, **options))
        schedule(f"{kind}/groups", Of(kind, **all_options[0]), base=two)
    schedule("LambdaLR/each", Of("LambdaLR", lr_lambda=[Factor("exponential", 0.9), Factor("inverse", 0.5)]), base=two)
    schedule("OneCycleLR/each", Of("OneCycleLR", max_lr=[0.5, 0.2], total_steps=25), base=two)
    plateaus()
    warmup = lambda: Of("LinearLR", start_factor=0.1, total_iters=5)
    chains = {
        "cosine": ([warmup(), Of("CosineAnnealingLR", T_max=15)], [5]),
        "exponential": ([warmup(), Of("ExponentialLR", gamma=0.9)], [5]),
        "steps": ([Of("ConstantLR", factor=0.1, total_iters=3), Of("StepLR", step_size=4, gamma=0.5)], [3]),
        "three": ([warmup(), Of("ConstantLR", factor=1.0, total_iters=4), Of("PolynomialLR", total_iters=8, power=2.0)], [5, 9]),
        "restarts": ([warmup(), Of("CosineAnnealingWarmRestarts", T_0=4, T_mult=2)], [5]),
        "early": ([warmup(), Of("StepLR", step_size=3)], [2]),
        "multi-step": ([Of("LinearLR", start_factor=0.5, total_iters=4), Of("MultiStepLR", milestones=[3, 7], gamma=0.1)], [4]),
        "lambda": ([Of("LambdaLR", lr_lambda=Factor("exponential", 0.8)), Of("LambdaLR", lr_lambda=Factor("inverse", 0.3))], [6]),
    }
    for label, (parts, milestones) in chains.items():
        schedule(f"SequentialLR/{label}", Of("SequentialLR", schedulers=parts, milestones=milestones))
    schedule(
        "SequentialLR/groups",
        Of("SequentialLR", schedulers=[warmup(), Of("CosineAnnealingLR", T_max=15)], milestones=[5]),
        base=two,
    )
    schedule("chained/warm-up-exponential", Of("ConstantLR", factor=0.1, total_iters=4), Of("ExponentialLR", gamma=0.9))
    schedule("chained/warm-up-steps", Of("LinearLR", start_factor=0.1, total_iters=5), Of("StepLR", step_size=6, gamma=0.5))
    schedule(
        "chained/exponential-steps", Of("ExponentialLR", gamma=0.95), Of("MultiStepLR", milestones=[5, 12], gamma=0.5), base=two
    )


def plateaus():
    falling = [5, 4, 3, 3, 3, 3, 2.9, 2.9, 2.9, 2.9, 2.9, 2.9, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
    rising = [1, 2, 3, 3, 3, 3.1, 3.05, 3.1, 3, 3, 5, 5, 5, 5, 5, 5, 4, 4, 4, 4, 4, 4]
    negative = [-1, -2, -2, -2.0001, -2.1, -2.1, -2.1, -2.1, -3, -3, -3, -3, -3, -3, -3, -3, -3, -3, -3, -3, -3]
    odd = [2, NAN, NAN, NAN, 1, INF, INF, INF, 0.5, 0.5, 0.5, 0.5, 0, 0, 0, 0, -1, -1, -1, -1, -1]
    all_options = {
        "default": ({}, falling),
        "patience": ({"patience": 2}, falling),
        "0": ({"patience": 0, "factor": 0.5}, falling),
        "max": ({"mode": "max", "patience": 1, "factor": 0.5}, rising),
        "abs": ({"patience": 1, "threshold": 0.2, "threshold_mode": "abs"}, falling),
        "max,abs": ({"mode": "max", "patience": 1, "threshold": 0.5, "threshold_mode": "abs", "factor": 0.3}, rising),
        "rel": ({"patience": 1, "threshold": 0.05, "threshold_mode": "rel", "factor": 0.5}, falling),
        "cooldown": ({"patience": 1, "cooldown": 3, "factor": 0.5}, falling),
        "min": ({"patience": 0, "min_lr": 0.01}, falling),
        "eps": ({"patience": 0, "factor": 0.5, "eps": 0.01}, falling),
        "negative": ({"patience": 1, "factor": 0.5}, negative),
        "odd": ({"patience": 1, "factor": 0.5}, odd),
        "cooldown-0-patience": ({"patience": 0, "cooldown": 1, "factor": 0.8}, rising),
    }
    for label, (options, metrics) in all_options.items():
        schedule(f"ReduceLROnPlateau/{label}", Of("ReduceLROnPlateau", **options), metrics=metrics)
    schedule(
        "ReduceLROnPlateau/groups", Of("ReduceLROnPlateau", patience=1, min_lr=[0.01, 0.005]), base=(0.1, 0.02), metrics=falling
    )


def build():
    optimizers()
    clips()
    schedules()
