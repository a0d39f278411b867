import sys
from pathlib import Path

# In place of this folder, where `import torch` would find this very file.
sys.path[0] = str(Path(__file__).parent.parent / "common")
import torch  # noqa: E402
from side import report_rate, side_options, time_calls  # noqa: E402
from torch.nn.functional import conv2d  # noqa: E402
from torch.nn.grad import conv2d_input, conv2d_weight  # noqa: E402

options = side_options()
torch.set_num_threads(options.threads)
BATCH, CHANNELS, EDGE = 16, 64, 32
x = torch.rand(BATCH, CHANNELS, EDGE, EDGE) - 0.5
w = torch.rand(CHANNELS, CHANNELS, 3, 3) - 0.5
arriving = torch.rand_like(x) - 0.5

WORKS = {
    "forward": lambda: conv2d(x, w, padding=1),
    "weight": lambda: conv2d_weight(x, w.shape, arriving, padding=1),
    "input": lambda: conv2d_input(x.shape, w, arriving, padding=1),
}
with torch.no_grad():
    for name, work in WORKS.items():
        times = time_calls(work, options)
        report_rate(name, "GFLOP/s", times, 2 * BATCH * CHANNELS * CHANNELS * 9 * EDGE * EDGE)
