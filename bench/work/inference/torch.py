"""Inference of one example; its ten outputs are read each time."""

import sys
from pathlib import Path

# In place of this folder, where `import torch` would find this very file.
sys.path[0] = str(Path(__file__).parent.parent / "common")
import torch  # noqa: E402
from networks import make_cnn, make_mlp, make_resnet18  # noqa: E402
from side import report_times, side_options, time_calls  # noqa: E402

options = side_options()
torch.set_num_threads(options.threads)
torch.manual_seed(0)
model = {"mlp": make_mlp, "cnn": make_cnn, "resnet18": make_resnet18}[options.work]().eval()
x = torch.rand(1, 784) if options.work == "mlp" else torch.rand(1, 3, 32, 32)
with torch.no_grad():
    outputs = model(x).tolist()[0]
    if len(set(outputs)) != 10:
        raise RuntimeError(f"the outputs are {outputs}")
    times = time_calls(lambda: model(x).tolist(), options)
report_times("latency", times)
