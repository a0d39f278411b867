import sys
from pathlib import Path

# In place of this folder, where `import torch` would find this very file.
sys.path[0] = str(Path(__file__).parent.parent / "common")
import torch  # noqa: E402
from side import report_rate, side_options, time_calls  # noqa: E402

options = side_options()
torch.set_num_threads(options.threads)
n = options.size
a = torch.rand(n, n) - 0.5
b = torch.rand(n, n) - 0.5
FORMS = {"rate": lambda: a @ b, "rate abt": lambda: a @ b.t(), "rate atb": lambda: a.t() @ b}
for metric, product in FORMS.items():
    times = time_calls(product, options)
    report_rate(metric, "GFLOP/s", times, 2 * n**3)
