"""Cases of recurrent networks, attention and transformers."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from generator.format import flatten, rand, randn, tensor
from generator.layer import Call, Made, layer

INT, BOOL = torch.int32, torch.bool


def recurrent():
    states = lambda *shape, kind: [randn(*shape), randn(*shape)] if kind.startswith("LSTM") else randn(*shape)
    for kind, variants in {
        "RNNCell": [{}, {"bias": False}, {"nonlinearity": "relu"}],
        "LSTMCell": [{}, {"bias": False}],
        "GRUCell": [{}, {"bias": False}],
    }.items():
        for options in variants:
            label = f"{kind}/{options or 'default'}"
            layer(label, (2, 3), options, lambda: [Call(randn(2, 2)), Call(randn(2, 2), states(2, 3, kind=kind))])
        layer(f"{kind}/no-batch", (2, 3), {}, lambda: [Call(randn(2), states(3, kind=kind)), Call(randn(2), training=False)])
        follow = lambda: [Call(randn(2, 2)), Call(randn(2, 2), ["@0.0", "@0.1"] if kind == "LSTMCell" else "@0.0")]
        state_of(f"{kind}/goes-on", (2, 3), {}, follow)
    options = {
        "default": {},
        "no-bias": {"bias": False},
        "batch-first": {"batch_first": True},
        "layers": {"num_layers": 2},
        "bidirectional": {"bidirectional": True},
        "all": {"num_layers": 2, "bidirectional": True, "batch_first": True, "bias": False},
        "dropout=0": {"num_layers": 2, "dropout": 0.0},
    }
    for kind in ("RNN", "LSTM", "GRU"):
        for label, chosen in options.items():
            layers = chosen.get("num_layers", 1) * (2 if chosen.get("bidirectional") else 1)
            first = chosen.get("batch_first", False)
            make = lambda: randn(2, 3, 2) if first else randn(3, 2, 2)
            layer(
                f"{kind}/{label}",
                (2, 2),
                chosen,
                lambda: [Call(make()), Call(make(), states(layers, 2, 2, kind=kind), training=False)],
            )
        layer(
            f"{kind}/no-batch",
            (2, 2),
            {"bidirectional": True},
            lambda: [Call(randn(3, 2)), Call(randn(3, 2), states(2, 2, kind=kind))],
        )
        layer(f"{kind}/one-step", (1, 1), {}, lambda: [randn(1, 1, 1)])
        layer(f"{kind}/dropout-off", (2, 2), {"num_layers": 2, "dropout": 0.6}, lambda: [Call(randn(3, 1, 2), training=False)])
        follow = lambda: [Call(randn(2, 1, 2)), Call(randn(2, 1, 2), ["@0.1", "@0.2"] if kind == "LSTM" else "@0.1")]
        state_of(f"{kind}/goes-on", (2, 2), {}, follow)
        for label, chosen in {"one-way": {}, "both-ways": {"num_layers": 2, "bidirectional": True, "batch_first": True}}.items():
            first = chosen.get("batch_first", False)
            layers = chosen.get("num_layers", 1) * (2 if chosen.get("bidirectional") else 1)
            make = lambda: randn(3, 4, 2) if first else randn(4, 3, 2)
            lengths = tensor([2, 4, 1], INT)
            layer(
                f"{kind}/lengths,{label}",
                (2, 2),
                chosen,
                lambda: [
                    Call(make(), None, lengths=lengths, run=packed),
                    Call(make(), states(layers, 3, 2, kind=kind), lengths=lengths, run=packed),
                ],
            )
    layer("RNN/relu", (2, 2), {"nonlinearity": "relu"}, lambda: [randn(3, 2, 2)])
    layer(
        "RNN/relu,both-ways", (2, 2), {"nonlinearity": "relu", "bidirectional": True, "num_layers": 2}, lambda: [randn(3, 1, 2)]
    )


def packed(module, x, state, lengths):
    """A recurrent network on sequences of different lengths; what is behind an end is 0."""
    sequences = pack_padded_sequence(x, lengths.long(), batch_first=module.batch_first, enforce_sorted=False)
    output, last = module(sequences, tuple(state) if isinstance(state, list) else state)
    total = x.shape[1 if module.batch_first else 0]
    return [pad_packed_sequence(output, batch_first=module.batch_first, total_length=total)[0], last]


def state_of(name, ctor, options, calls):
    """A case whose second call goes on from what the first one gave, without its gradient."""
    before = []

    def run(module, x, state=None):
        names = [state] if isinstance(state, str) else state or []
        values = [before[int(at.split(".")[1])].detach() for at in names]
        given = values[0] if isinstance(state, str) else tuple(values) if values else None
        result = module(x, given)
        before[:] = flatten(result)
        return result

    def made():
        found = calls()
        for call in found:
            call.run = run
        return found

    layer(name, ctor, options, made)


def hidden(*shape):
    """A mask with the diagonal, or the first place, left free."""
    mask = rand(*shape, grad=False) > 0.6
    return mask.logical_and(~torch.eye(*shape[-2:], dtype=BOOL))


def attention():
    three = lambda t, s, n, k=4, v=4: [randn(t, n, 4), randn(s, n, k), randn(s, n, v)]
    padding = lambda: tensor([[False, False, True], [False, True, True]], BOOL)
    name = "MultiheadAttention"
    variants = {
        "default": {},
        "no-bias": {"bias": False},
        "kdim": {"kdim": 3, "vdim": 2},
        "kdim,no-bias": {"kdim": 2, "vdim": 4, "bias": False},
    }
    for label, options in variants.items():
        k, v = options.get("kdim", 4), options.get("vdim", 4)
        layer(
            f"{name}/{label}", (4, 2), options, lambda: [Call(*three(2, 3, 2, k, v)), Call(*three(2, 3, 2, k, v), training=False)]
        )
    layer(f"{name}/batch-first", (4, 2), {"batch_first": True}, lambda: [randn(2, 2, 4), randn(2, 3, 4), randn(2, 3, 4)])
    layer(f"{name}/no-batch", (4, 2), {}, lambda: [randn(2, 4), randn(3, 4), randn(3, 4)])
    layer(f"{name}/self", (4, 2), {}, lambda: [x := randn(3, 2, 4), x, x])
    layer(f"{name}/one-head", (2, 1), {}, lambda: [x := randn(2, 1, 2), x, x])
    layer(f"{name}/dropout-off", (4, 2), {"dropout": 0.5}, lambda: [Call(*three(2, 2, 1), training=False)])
    calls = {
        "no-weights": {"need_weights": False},
        "every-head": {"average_attn_weights": False},
        "key-padding": {"key_padding_mask": padding},
        "attn-bool": {"attn_mask": lambda: hidden(3, 3)},
        "attn-float": {"attn_mask": lambda: randn(3, 3)},
        "attn-each": {"attn_mask": lambda: hidden(4, 3, 3)},
        "attn-each-float": {"attn_mask": lambda: randn(4, 3, 3)},
        "both": {"attn_mask": lambda: hidden(3, 3).logical_and(tensor([[0, 1, 1]] * 3, BOOL)), "key_padding_mask": padding},
        "float-and-padding": {"attn_mask": lambda: randn(3, 3), "key_padding_mask": padding},
    }
    for label, made in calls.items():
        options = lambda: {key: value() if callable(value) else value for key, value in made.items()}
        layer(f"{name}/{label}", (4, 2), {}, lambda: [Call(*three(3, 3, 2), **options())])
        if label in {"every-head", "both", "attn-each"}:
            layer(
                f"{name}/batch-first,{label}",
                (4, 2),
                {"batch_first": True},
                lambda: [Call(randn(2, 3, 4), randn(2, 3, 4), randn(2, 3, 4), **options(), training=False)],
            )
    layer(
        f"{name}/no-batch,masks",
        (4, 2),
        {},
        lambda: [
            Call(
                randn(2, 4),
                randn(3, 4),
                randn(3, 4),
                attn_mask=tensor([[False, True, False], [False, False, True]], BOOL),
                key_padding_mask=tensor([False, False, True], BOOL),
            )
        ],
    )
    layer(
        f"{name}/no-batch,every-head",
        (4, 2),
        {},
        lambda: [Call(randn(2, 4), randn(3, 4), randn(3, 4), average_attn_weights=False)],
    )


def transformers():
    small = {"dim_feedforward": 3, "dropout": 0.0}
    masks = lambda: {
        "src_mask": hidden(3, 3).logical_and(tensor([[0, 1, 1]] * 3, BOOL)),
        "src_key_padding_mask": tensor([[False, False, True], [False, True, True]], BOOL),
    }
    variants = {
        "default": {},
        "norm-first": {"norm_first": True},
        "gelu": {"activation": "gelu"},
        "batch-first": {"batch_first": True},
        "all": {"norm_first": True, "activation": "gelu", "batch_first": True, "layer_norm_eps": 0.01},
    }
    for label, options in variants.items():
        first = options.get("batch_first", False)
        source = lambda: randn(2, 3, 4) if first else randn(3, 2, 4)
        layer(
            f"TransformerEncoderLayer/{label}",
            (4, 2),
            {**small, **options},
            lambda: [Call(source()), Call(source(), **masks(), training=False)],
        )
        target = lambda: randn(2, 2, 4) if first else randn(2, 2, 4)
        if label in {"gelu", "batch-first"}:
            continue
        layer(
            f"TransformerDecoderLayer/{label}",
            (4, 2),
            {**small, **options},
            lambda: [Call(target(), source()), Call(target(), source(), training=False, **decoder_masks())],
        )
    for label, options in {"post": {}, "pre": {"norm_first": True}}.items():
        encoder, decoder = (Made(f"Transformer{kind}Layer", 4, 2, **small, **options) for kind in ("Encoder", "Decoder"))
        norm = {"norm": Made("LayerNorm", 4)} if label == "pre" else {}
        layer(
            f"TransformerEncoder/{label}",
            (encoder, 2),
            norm,
            lambda: [
                Call(randn(3, 2, 4)),
                Call(
                    randn(3, 2, 4),
                    training=False,
                    mask=(m := masks())["src_mask"],
                    src_key_padding_mask=m["src_key_padding_mask"],
                ),
            ],
        )
        layer(
            f"TransformerDecoder/{label}",
            (decoder, 1 if label == "post" else 2),
            norm,
            lambda: [Call(randn(2, 2, 4), randn(3, 2, 4), **decoder_masks())],
        )
        layer(
            f"Transformer/{label}",
            (4, 2),
            {"num_encoder_layers": 1, "num_decoder_layers": 1, **small, **options},
            lambda: [
                Call(randn(3, 2, 4), randn(2, 2, 4)),
                Call(randn(3, 2, 4), randn(2, 2, 4), training=False, **masks(), **decoder_masks()),
            ],
        )


def decoder_masks():
    return {
        "tgt_mask": nn.Transformer.generate_square_subsequent_mask(2),
        "memory_mask": tensor([[0, 1, 1], [0, 0, 1]], BOOL),
        "tgt_key_padding_mask": tensor([[False, False], [False, True]], BOOL),
        "memory_key_padding_mask": tensor([[False, True, False], [False, False, True]], BOOL),
    }


def build():
    recurrent()
    attention()
    transformers()
