"""The life of many small files, against programs in Rust (tests/benchmark/rust_lifecycle)."""
import contextlib
import fcntl
import json
import os
import statistics
import struct
import tempfile

from bar import Found, in_turns, iodyno_command, shell, versus
from lab import Unmeasured, run

BACKEND = "auto"
FS_IOC_GETFLAGS, FS_IOC_SETFLAGS, FS_TOPDIR_FL = 0x80086601, 0x40086602, 0x20000  # linux/fs.h
MODES = {"truncate": "rayon, std::fs::write", "mmap": "rayon, memmap2"}
STEPS = ("create", "read", "update", "delete")
SCENARIO = f"""scenario: small-life
dataset: {{files: 10000, size: 82 B}}
timed: false
depth: 2
lifecycle: true
phases:
  - {{name: create, op: create}}
  - {{name: read, op: read}}
  - {{name: update, op: overwrite}}
  - {{name: delete, op: delete}}
backends: [{BACKEND}]
"""


def lifecycle(least):
    """What measures a bar: how many times as fast as the better program ours has to be at least."""
    return lambda lab, directory: measured(lab, directory, least)


@contextlib.contextmanager
def new_place(directory):
    """A directory such as iodyno makes for a trial: at rest, and on ext4 where nothing was deleted lately."""
    with tempfile.TemporaryDirectory(prefix="peer.", dir=directory) as place:
        descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
        try:
            flags = struct.unpack("i", fcntl.ioctl(descriptor, FS_IOC_GETFLAGS, bytes(4)))[0]
            fcntl.ioctl(descriptor, FS_IOC_SETFLAGS, struct.pack("i", flags | FS_TOPDIR_FL))
        except OSError:
            pass  # a file system without such a flag
        finally:
            os.close(descriptor)
        os.sync()
        yield place


def measured(lab, directory, least):
    program = lab.build / "tests/benchmark/rust_lifecycle-crate/target/release/rust_lifecycle"
    if not os.access(program, os.X_OK):
        raise Unmeasured("rust_lifecycle was not built: that takes cargo, librust-memmap2-dev and librust-rayon-dev")
    commands = {mode: [program.name, mode, ".", "2"] for mode in MODES}

    def theirs(mode):
        with new_place(directory) as place:
            times = json.loads(run([str(program), *commands[mode][1:]], place))
        return {f"{mode} {step}": nanoseconds for step, nanoseconds in times.items()}

    def ours():
        (row,) = lab.measure(SCENARIO, directory, ["--filter", "/lifecycle/"]).values()
        return {"ours total": row["real_time"], **{f"ours {step}": row[f"{step}_ns"] for step in STEPS}}

    times = in_turns(lab.rounds, lambda: theirs("truncate"), ours, lambda: theirs("mmap"))
    better = min(MODES, key=lambda mode: statistics.median(times[f"{mode} total"]))
    rows = [versus(times, f"{mode} total", "ours total", least if mode == better else None, name, f"{BACKEND}, depth 2")
            for mode, name in MODES.items()]
    rows += [versus(times, f"{mode} {step}", f"ours {step}", None, f"{name}: {step}", f"{BACKEND}: {step}")
             for step in STEPS for mode, name in MODES.items()]
    return Found(rows, [*(shell(command) for command in commands.values()),
                        iodyno_command("small-life", "--filter", "/lifecycle/")], SCENARIO,
                 ["Times are of all 10,000 files. Each side has a new directory in each round, made in the same way, and all"
                  " is written back before; theirs runs on two threads, ours with two requests in flight.",
                  "Ours and memmap2 update in place; `std::fs::write` truncates the file and writes it anew.",
                  "The bar is that of the program whose total is the less, by its median."])
