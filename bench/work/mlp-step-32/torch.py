import sys
from pathlib import Path

# In place of this folder, where `import torch` would find this very file.
sys.path[0] = str(Path(__file__).parent.parent / "common")
from side import check_learned, report, side_options, time_calls  # noqa: E402
from steps import make_train_step  # noqa: E402

options = side_options()
step = make_train_step(32, options.threads)
before = step()
times = time_calls(step, options)
check_learned(before, step())
report("step", "µs", [seconds * 1e6 for seconds in times])
