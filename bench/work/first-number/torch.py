"""Cold start: PyTorch is not loaded before the clock starts."""

import sys
import time
from pathlib import Path

# In place of this folder, where `import torch` would find this very file.
sys.path[0] = str(Path(__file__).parent.parent / "common")
from side import report, side_options  # noqa: E402

options = side_options()
start = time.perf_counter()
from steps import make_train_step  # noqa: E402

loss = make_train_step(32, options.threads)()
elapsed = time.perf_counter() - start

if not 0 < loss < 10:
    raise RuntimeError(f"the first loss is {loss}")
report("import", "ms", [elapsed * 1e3])
