import sys
from pathlib import Path

# In place of this folder, where `import torch` would find this very file.
sys.path[0] = str(Path(__file__).parent.parent / "common")
import torch  # noqa: E402
from side import report, side_options, time_calls  # noqa: E402

options = side_options()
torch.set_num_threads(options.threads)
n = options.size
a = torch.rand(n, n) - 0.5
b = torch.rand(n, n) - 0.5
times = time_calls(lambda: a @ b, options)
report("rate", "GFLOP/s", [2 * n**3 / seconds / 1e9 for seconds in times])
