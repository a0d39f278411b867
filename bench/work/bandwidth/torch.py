import sys
from pathlib import Path

# In place of this folder, where `import torch` would find this very file.
sys.path[0] = str(Path(__file__).parent.parent / "common")
import torch  # noqa: E402
from side import report_rate, side_options, time_calls  # noqa: E402

options = side_options()
torch.set_num_threads(options.threads)
x = torch.rand(16 * 2**20) if options.work == "chain" else torch.rand(4096, 1024)

WORKS = {
    "softmax": lambda: torch.softmax(x, 1),
    "layernorm": lambda: torch.nn.functional.layer_norm(x, [1024], eps=1e-5),
    "chain": lambda: torch.relu(x * 1.5 - 0.25) * 0.75,
}
with torch.no_grad():
    times = time_calls(WORKS[options.work], options)
report_rate("rate", "GB/s", times, 2 * 4 * x.numel())
