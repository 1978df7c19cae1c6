"""Random 4 KiB reads, against fio."""
import json
import os

from bar import Found, in_turns, fastest, iodyno_command, shell, versus
from lab import run, say

PEER_FILE = "peer.dat"
# What all of fio's runs have: no clock for each request, no map of what was read, nothing dropped from the cache.
FIO = ["fio", "--name=peer", f"--filename={PEER_FILE}", "--rw=randread", "--bs=4k", "--norandommap", "--gtod_reduce=1",
       "--thread", "--time_based", "--ramp_time=200ms", "--output-format=json"]
SYNCHRONOUS = [[], ["--random_generator=lfsr"], ["--fadvise_hint=0"], ["--random_generator=lfsr", "--fadvise_hint=0"]]


def ring_flags(depth):
    """What might make fio's ring fastest: registered files or buffers too, and all that is in flight in one call."""
    batch = [f"--iodepth_batch_submit={depth}", f"--iodepth_batch_complete_max={depth}"]
    all_at_once = [*batch, f"--iodepth_batch_complete_min={depth}"]
    files, buffers = ["--registerfiles"], ["--registerfiles", "--fixedbufs"]
    return [files, buffers, [*files, *all_at_once], [*buffers, *all_at_once], [*files, *batch],
            [*files, *all_at_once, "--fadvise_hint=0", "--random_generator=lfsr"]]


RINGS = ("By default uring has a ring and a thread for each processor at these depths; fio's job has one, as uring has"
         " with `rings=1`.")


class Fio:
    def __init__(self, directory, engine, flags, runtime_ms, **changes):
        self.directory, self.flags = directory, flags
        self.command = [*FIO, f"--ioengine={engine}", f"--runtime={runtime_ms}ms",
                        *(f"--{key}={value}" for key, value in changes.items()), *flags]

    def time(self):
        """Nanoseconds per request."""
        text = run(self.command, self.directory)
        read = json.loads(text[text.index("{"):])["jobs"][0]["read"]
        return read["runtime"] * 1e6 / read["total_ios"]


def best_of(what, candidates):
    """The fastest of a handful, in a first round of two passes that counts for nothing else."""
    say(f"{what}: looking for the best flags")
    times = in_turns(2, lambda: {number: fio.time() for number, fio in enumerate(candidates)})
    best = candidates[fastest(times)]
    say(f"{what}: {' '.join(best.flags) or 'none'}")
    return best


def cached(lab, directory):
    size, runtime_ms, depth = 512 << 20, 1000, 32
    scenario = f"""scenario: cached
dataset: {{size: {size >> 20} MiB}}
phases:
  - {{name: calls, op: read_block, block: 4 KiB, time: {runtime_ms} ms, timed: false, consume: none}}
  - {{name: ring, op: read_block, block: 4 KiB, time: {runtime_ms} ms, timed: false, consume: none, depth: {depth}}}
backends: [posix, uring, {{uring: {{rings: 1}}, as: uring-1}}, {{mmap: {{access: copy}}, as: mmap-copy}}]
"""
    cases = "calls/backend:(posix|mmap-copy)|ring/backend:uring(-1)?"
    lab.make_file(directory / PEER_FILE, size)
    best = {engine: best_of(engine, [Fio(directory, engine, flags, runtime_ms, invalidate=0, iodepth=in_flight)
                                     for flags in candidates])
            for engine, in_flight, candidates in (("psync", 1, SYNCHRONOUS), ("io_uring", depth, ring_flags(depth)),
                                                  ("mmap", 1, SYNCHRONOUS))}

    def ours():
        rows = lab.measure(scenario, directory, ["--filter", cases])
        return {case + more: row["real_time"] + (row["host_ns"] if more else 0)
                for case, row in rows.items() for more in ("", "+host")}

    times = in_turns(lab.rounds, lambda: {engine: fio.time() for engine, fio in best.items()}, ours)
    rows = []
    for engine, case, bar, name in (("psync", "calls/posix", 1.05, "posix"),
                                    ("io_uring", "ring/uring-1", 1.0, f"uring:rings=1, depth {depth}"),
                                    ("io_uring", "ring/uring", 1.0, f"uring, depth {depth}"),
                                    ("mmap", "calls/mmap-copy", 1.0, "mmap:access=copy")):
        rows += [versus(times, engine, case, bar, f"fio {engine}", name),
                 versus(times, engine, case + "+host", None, f"fio {engine}", f"{name}, and the host")]
    return Found(rows, [*(shell(fio.command) for fio in best.values()), iodyno_command("cached", "--filter", cases)],
                 scenario, ["fio chooses the next block within its time. iodyno's host does that for many at once, and"
                            " not within ours: *and the host* has all that it does between its batches in it"
                            " (`host_ns`).",
                            RINGS,
                            "fio's flags are the fastest of a handful, tried in a first round."])


def direct(lab, directory):
    # Short rounds, and more of them: a disk is shared, and is not the same for long.
    size, runtime_ms, rounds = 512 << 20, 500, 2 * lab.rounds
    scenario = f"""scenario: direct
dataset: {{size: {size >> 20} MiB}}
direct: true
phases:
  - {{name: read, op: read_block, block: 4 KiB, time: {runtime_ms} ms, timed: false, consume: none}}
sweep: {{depth: [32, 128]}}
backends: [uring, {{uring: {{rings: 1}}, as: uring-1}}]
"""
    peers = {f"fio io_uring, depth {depth}": Fio(directory, "io_uring", ["--registerfiles", "--fixedbufs"], runtime_ms,
                                                 direct=1, iodepth=depth) for depth in (32, 128)}

    def theirs():
        # New in each round, as ours is: neither is in a cache of the device that the other isn't in.
        lab.make_file(directory / PEER_FILE, size)
        times = {peer: fio.time() for peer, fio in peers.items()}
        os.unlink(directory / PEER_FILE)
        return times

    times = in_turns(rounds, theirs, lambda: {case: row["real_time"]
                                              for case, row in lab.measure(scenario, directory).items()})
    rows = [versus(times, f"fio io_uring, depth {depth}", f"read/{label}/depth:{depth}", 0.98, None,
                   f"{name}, depth {depth}")
            for depth in (32, 128) for label, name in (("uring-1", "uring:rings=1"), ("uring", "uring"))]
    return Found(rows, [*(shell(fio.command) for fio in peers.values()), iodyno_command("direct")], scenario, [RINGS])
