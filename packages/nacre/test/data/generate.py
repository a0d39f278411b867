"""
Writes the cases beside: what torchvision makes of a picture, and torchaudio of a sound. Needs torchvision 0.15 and torchaudio 2.0 or newer,
with PyTorch: `python3 generate.py`.

Both pictures are noise with a pattern, so that no two pixels are alike: colour [3, 9, 12] and grey [1, 8, 7].
"""

import json
import sys
import warnings
from pathlib import Path

import torch

sys.dont_write_bytecode = True
warnings.simplefilter("ignore")

import torchaudio
import torchvision.transforms.functional as F
from torchvision.transforms import InterpolationMode

torch.set_num_threads(1)
torch.manual_seed(5)


def picture(channels: int, height: int, width: int) -> torch.Tensor:
    ramp = torch.linspace(0, 1, channels * height * width).reshape(channels, height, width)
    return (0.6 * torch.rand(channels, height, width) + 0.4 * ramp).mul(1e5).round().div(1e5)


images = {"colour": picture(3, 9, 12), "grey": picture(1, 8, 7)}
modes = {name: InterpolationMode(name) for name in ("nearest", "bilinear", "bicubic")}
cases = []


def case(name: str, image: str, args: list, made: torch.Tensor) -> None:
    cases.append(
        {
            "transform": name,
            "image": image,
            "args": args,
            "shape": list(made.shape),
            "expect": [round(value, 6) for value in made.flatten().tolist()],
        }
    )


for image, x in images.items():
    for size in ([4, 5], [13, 20], [9, 3], 5, [8, 7]):
        for name, mode in modes.items():
            for antialias in (True, False) if name != "nearest" else (True,):
                options = {"interpolation": name, "antialias": antialias}
                case("resize", image, [size, options], F.resize(x, size, mode, antialias=antialias and name != "nearest"))
    case("resize", image, [5, {"maxSize": 6}], F.resize(x, 5, max_size=6, antialias=True))
    for size in (5, [4, 6], [12, 3], [20, 21]):
        case("centerCrop", image, [size], F.center_crop(x, size))
    for padding, mode, fill in ((2, "constant", 0.5), ([1, 3], "edge", 0), ([1, 2, 3, 4], "reflect", 0), (3, "symmetric", 0)):
        case("pad", image, [padding, {"paddingMode": mode, "fill": fill}], F.pad(x, padding, fill, mode))
    case("horizontalFlip", image, [], F.hflip(x))
    case("verticalFlip", image, [], F.vflip(x))
    for angle in (17, -123.4, 180):
        for name in ("nearest", "bilinear"):
            case("rotate", image, [angle, {"interpolation": name}], F.rotate(x, angle, modes[name]))
    case("rotate", image, [33, {"fill": 0.25}], F.rotate(x, 33, fill=[0.25]))
    case("rotate", image, [40, {"expand": True, "interpolation": "bilinear"}], F.rotate(x, 40, modes["bilinear"], expand=True))
    # torchvision's own result of a quarter turn has lines too many, by its rounding of corners.
    case("rotate", image, [90, {"expand": True}], torch.rot90(x, 1, (1, 2)))
    case("rotate", image, [25, {"center": [2, 3]}], F.rotate(x, 25, center=[2, 3]))
    for angle, translate, scale, shear, center in ((11, [1, -2], 1.3, [7, 4], None), (-50, [0, 0], 0.6, [0, 21], [1, 6])):
        for name in ("nearest", "bilinear"):
            options = {"angle": angle, "translate": translate, "scale": scale, "shear": shear, "interpolation": name}
            made = F.affine(x, angle, translate, scale, shear, modes[name], center=center)
            case("affine", image, [{**options, **({"center": center} if center else {})}], made)
    for factor in (0, 0.4, 1.7):
        case("adjustBrightness", image, [factor], F.adjust_brightness(x, factor))
        case("adjustContrast", image, [factor], F.adjust_contrast(x, factor))
        case("adjustSaturation", image, [factor], F.adjust_saturation(x, factor))
        case("adjustSharpness", image, [factor], F.adjust_sharpness(x, factor))
    for turn in (-0.5, -0.2, 0.1, 0.5):
        case("adjustHue", image, [turn], F.adjust_hue(x, turn))
    for channels in (1, 3):
        if image == "colour":
            case("grayscale", image, [{"channels": channels}], F.rgb_to_grayscale(x, channels))
    for size, sigma in ((3, 0.8), ([5, 3], 1.5), (7, 2)):
        wide = size if isinstance(size, int) else [size[1], size[0]]
        case("gaussianBlur", image, [size, {"sigma": sigma}], F.gaussian_blur(x, wide, sigma))
    case("normalize", image, [0.4, 0.2], F.normalize(x, [0.4] * len(x), [0.2] * len(x)))
    case("solarize", image, [0.6], F.solarize(x, 0.6))
    case("autocontrast", image, [], F.autocontrast(x))
    byte = x.mul(255).round().to(torch.uint8)
    for bits in (2, 5):
        case("posterize", image, [bits], F.posterize(byte, bits) / 255)
    wide = byte.repeat(1, 6, 6)
    cases.append({"transform": "equalize", "image": image, "repeat": 6, "args": [], "shape": list(wide.shape),
                  "expect": [round(value, 6) for value in (F.equalize(wide) / 255).flatten().tolist()]})
case("normalize", "colour", [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]],
     F.normalize(images["colour"], [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))

content = {
    "images": {name: {"shape": list(x.shape), "data": [round(v, 5) for v in x.flatten().tolist()]} for name, x in images.items()},
    "cases": cases,
}
lines = [json.dumps({"images": content["images"]}), *(json.dumps(one) for one in cases)]
(Path(__file__).parent / "transforms.jsonl").write_text("\n".join(lines) + "\n")


def numbers(x: torch.Tensor) -> list:
    return [float(f"{value:.7g}") for value in x.flatten().tolist()]


# A chord that swells, and noise; two channels of 1200 samples.
time = torch.arange(1200) / 8000
waveform = torch.stack([
    (0.4 * torch.sin(6.2832 * 440 * time) + 0.3 * torch.sin(6.2832 * 1234.5 * time)) * (time / time.max()),
    torch.rand(1200) - 0.5,
]).mul(1e4).round().div(1e4)
sounds = []


def sound(name: str, args: list, made: torch.Tensor) -> None:
    sounds.append({"function": name, "args": args, "shape": list(made.shape), "expect": numbers(made)})


A = torchaudio.transforms
for options, torch_options in (
    ({"nFft": 200}, {"n_fft": 200}),
    ({"nFft": 256, "hopLength": 100, "power": 1, "normalized": True}, {"n_fft": 256, "hop_length": 100, "power": 1, "normalized": True}),
    ({"nFft": 256, "winLength": 160, "hopLength": 90, "center": False}, {"n_fft": 256, "win_length": 160, "hop_length": 90, "center": False}),
    ({"nFft": 128, "hopLength": 150, "padMode": "constant"}, {"n_fft": 128, "hop_length": 150, "pad_mode": "constant"}),
):
    sound("spectrogram", [options], A.Spectrogram(**torch_options)(waveform))
for options, torch_options in (
    ({"sampleRate": 8000, "nFft": 256, "nMels": 20}, {"sample_rate": 8000, "n_fft": 256, "n_mels": 20}),
    ({"sampleRate": 8000, "nFft": 256, "hopLength": 128, "nMels": 16, "fMin": 100, "fMax": 3000, "norm": "slaney", "melScale": "slaney"},
     {"sample_rate": 8000, "n_fft": 256, "hop_length": 128, "n_mels": 16, "f_min": 100, "f_max": 3000, "norm": "slaney", "mel_scale": "slaney"}),
):
    mel = A.MelSpectrogram(**torch_options)(waveform)
    sound("melSpectrogram", [options], mel)
    sound("amplitudeToDB", [options, {"topDb": 30}], A.AmplitudeToDB("power", 30)(mel))
    for log_mels in (False, True):
        rate = torch_options["sample_rate"]
        rest = {key: value for key, value in torch_options.items() if key != "sample_rate"}
        made = A.MFCC(rate, 13, log_mels=log_mels, melkwargs=rest)(waveform)
        sound("mfcc", [{**options, "nMfcc": 13, "logMels": log_mels}], made)
for rate, new, options, torch_options in (
    (8000, 4000, {}, {}), (8000, 11025, {}, {}), (16000, 12000, {"lowpassFilterWidth": 12, "rolloff": 0.9}, {"lowpass_filter_width": 12, "rolloff": 0.9})):
    sound("resample", [rate, new, options], torchaudio.functional.resample(waveform, rate, new, **torch_options))
lines = [json.dumps({"waveform": numbers(waveform), "shape": list(waveform.shape)}), *(json.dumps(one) for one in sounds)]
(Path(__file__).parent / "audio.jsonl").write_text("\n".join(lines) + "\n")
