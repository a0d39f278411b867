"""What every Python side shares: the same protocol and the same timing as side.mjs."""

import argparse
import json
import math
import resource
import time

BATCH_S = 0.005
MIN_SAMPLES = 3


def side_options():
    """Reads the arguments of this process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--warmup", type=float, default=1.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--work", default="")
    parser.add_argument("--size", type=int, default=512)
    return parser.parse_args()


def time_calls(call, options):
    """Seconds a call takes: one number per batch of calls, after a warm-up."""
    call()
    calls_per_batch = 1
    warm_until = time.perf_counter() + options.warmup
    while True:
        if _batch(call, calls_per_batch) < BATCH_S:
            calls_per_batch *= 2
        if time.perf_counter() >= warm_until:
            break

    samples = []
    measure_until = time.perf_counter() + options.seconds
    while len(samples) < MIN_SAMPLES or time.perf_counter() < measure_until:
        samples.append(_batch(call, calls_per_batch) / calls_per_batch)
    return samples


def _batch(call, count):
    start = time.perf_counter()
    for _ in range(count):
        call()
    return time.perf_counter() - start


def report(metric, unit, samples):
    """Prints one line of samples for the runner."""
    print(json.dumps({"metric": metric, "unit": unit, "samples": samples}), flush=True)


def report_times(metric, times):
    """Prints times in µs and in ms; the suite says which of them it shows."""
    report(metric, "µs", [seconds * 1e6 for seconds in times])
    report(metric, "ms", [seconds * 1e3 for seconds in times])


def report_rate(metric, unit, times, amount):
    """Prints how much a second is done; `amount` is the operations or bytes of a call."""
    report(metric, unit, [amount / seconds / 1e9 for seconds in times])


def report_memory():
    """Prints how much memory the process held at most, the interpreter and its library included."""
    report("memory", "MB", [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3])


def check_first_loss(loss, classes):
    """Raises unless a network that knows nothing of its classes has about the loss of one."""
    if not abs(loss - math.log(classes)) < 1:
        raise RuntimeError(f"the first loss is {loss}, far from ln {classes}")


def check_learned(first, last):
    """Raises unless training brought the loss down."""
    if not (math.isfinite(last) and last < first):
        raise RuntimeError(f"the loss went from {first} to {last}: this side did not train")
