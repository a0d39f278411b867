"""
Writes the cases of the folder `more`: what PyTorch computes, for the tests beside. Needs PyTorch 1.13 or newer: `python3 generate.py`.

Numbers are those of the PyTorch that runs it. NAdam differs between versions: 1.13 counts one factor of the momentum twice.
"""

import sys
import warnings
from pathlib import Path

import torch

sys.dont_write_bytecode = True

from generator import elementwise, layer_losses, layers, losses, movement, networks, options, reductions, sequences, training
from generator.format import File

warnings.simplefilter("ignore")
torch.set_num_threads(1)
for part in (elementwise, reductions, movement, networks, losses, layers, sequences, layer_losses, training, options):
    part.build()
folder = Path(__file__).parent / "more"
folder.mkdir(exist_ok=True)
for file in File.all:
    file.write(folder)
