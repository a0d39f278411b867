"""Writes checkpoints.jsonl: the state dicts of torchvision's and transformers' models, and what small ones compute.

Needs torch, torchvision and transformers: python3 generate.py > checkpoints.jsonl
"""

import json

import numpy as np
import torch
import torchvision.models as vision
from torchvision.models.vision_transformer import VisionTransformer
from transformers import BertConfig, BertModel, GPT2Config, GPT2LMHeadModel


def noise(count, seed):
    """Numbers from -1 to 1 that are easy to make anywhere: the digits of a sine from the fifth on."""
    x = np.sin(np.arange(count, dtype=np.float64) * 12.9898 + seed) * 43758.5453
    return 2 * (x - np.floor(x)) - 1


def filling_of(name, shape):
    """A value for a parameter or buffer, by its name and shape alone; checkpoints.test.ts has the same rule."""
    count = int(np.prod(shape))
    u = noise(count, sum(map(ord, name)) % 97)
    if name.endswith("running_var"):
        u = 1 + 0.5 * u
    elif len(shape) == 1:
        u = (1 if name.endswith("weight") else 0) + 0.1 * u
    elif len(shape) > 1:
        u = u * np.sqrt(3 * shape[0] / count)
    return torch.tensor(u.reshape(shape), dtype=torch.float32)


def fill(model):
    state = {
        name: tensor if tensor.dtype == torch.int64 else filling_of(name, tuple(tensor.shape))
        for name, tensor in model.state_dict().items()
        if name != "lm_head.weight"  # transformer.wte.weight under another name
    }
    model.load_state_dict(state, strict=False)
    return model.eval()


def keys(name, model):
    shapes = [[key, *tensor.shape] for key, tensor in model.state_dict().items()]
    count = sum(parameter.numel() for parameter in model.parameters())
    order = [key for key, _ in model.named_parameters()]
    assert order == [key for key, *_ in shapes if key in set(order)]
    print(json.dumps({"name": name, "parameters": count, "keys": [" ".join(map(str, shape)) for shape in shapes]}))


def numbers(name, output):
    flat = output.detach().flatten()
    first = [float(f"{x:.7g}") for x in flat[:8].tolist()]
    total = float(f"{flat.double().abs().sum().item():.7g}")
    print(json.dumps({"name": name, "shape": list(output.shape), "first": first, "absSum": total}))


def image(size):
    return torch.tensor(noise(2 * 3 * size * size, 5).reshape(2, 3, size, size), dtype=torch.float32)


for name in ["alexnet", "vgg11", "vgg16", "vgg16_bn", "resnet18", "resnet34", "resnet50", "mobilenet_v2", "vit_b_16"]:
    keys(name, getattr(vision, name)())
keys("bert", BertModel(BertConfig()))
keys("gpt2", GPT2LMHeadModel(GPT2Config()))

with torch.no_grad():
    numbers("alexnet features", fill(vision.alexnet(num_classes=10)).features(image(64)))
    numbers("vgg11_bn features", fill(vision.vgg11_bn(num_classes=10)).features(image(32)))
    numbers("resnet18", fill(vision.resnet18(num_classes=10))(image(64)))
    numbers("resnet50", fill(vision.resnet50(num_classes=10))(image(64)))
    numbers("mobilenet_v2", fill(vision.mobilenet_v2(num_classes=10, width_mult=0.5))(image(64)))
    vit = VisionTransformer(32, 8, num_layers=2, num_heads=2, hidden_dim=16, mlp_dim=32, num_classes=10)
    numbers("vit", fill(vit)(image(32)))

    ids = torch.tensor([[1, 7, 3, 0, 9], [2, 2, 5, 0, 0]])
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    types = torch.tensor([[0, 0, 1, 1, 1], [0, 1, 1, 0, 0]])
    small = BertConfig(
        vocab_size=11,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=8,
    )
    output = fill(BertModel(small))(ids, attention_mask=mask, token_type_ids=types)
    numbers("bert", output.last_hidden_state)
    numbers("bert pooled", output.pooler_output)
    gpt2 = GPT2LMHeadModel(GPT2Config(vocab_size=11, n_embd=16, n_layer=2, n_head=2, n_positions=8))
    numbers("gpt2", fill(gpt2)(ids).logits)
