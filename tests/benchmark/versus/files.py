"""Copies of a large file, and small files."""
import os
import shutil
import statistics
import time

from bar import Found, at_most, fastest, in_turns, iodyno_command, shell, versus
from lab import Unmeasured, run, say

COPIED, COPY = "source.dat", "copy.dat"
SIZE = 512 << 20
METHODS = ["read_write", "copy_file_range", "sendfile", "splice", "mmap_windowed", "parallel", "uring"]


def copy_scenario(methods, others=()):
    backends = [f"  - copy: {{method: [{', '.join(methods)}]}}", *(f"  - {name}" for name in others)]
    return f"""scenario: copies
dataset: {{size: {SIZE >> 20} MiB}}
phases:
  - {{name: copy, op: copy, timed: false}}
backends:
""" + "\n".join(backends) + "\n"


def times_of(rows):
    """By method; the labels are copy-METHOD, or the name of another backend."""
    return {case.removeprefix("copy/").removeprefix("copy-"): row["real_time"] for case, row in rows.items()}


def time_of_process(lab, directory, command):
    """The time that a program takes that copies a file, its start with it."""
    lab.touch_free_memory(directory, SIZE)
    start = time.perf_counter_ns()
    run(command, directory)
    taken = time.perf_counter_ns() - start
    os.unlink(directory / COPY)
    return taken


def copies(lab, directory):
    say("copy: looking for the best method")
    first = in_turns(3, lambda: times_of(lab.measure(copy_scenario(METHODS), directory)))
    best = fastest(first)
    say(f"copy: {best}")
    methods = list(dict.fromkeys(["copy_file_range", "parallel", best]))
    scenario = copy_scenario(methods, ["auto"])
    lab.make_file(directory / COPIED, SIZE)
    peers = {"cp": ["cp", "--reflink=never", COPIED, COPY],
             "dd": ["dd", f"if={COPIED}", f"of={COPY}", "bs=1M", "status=none"],
             "rsync": ["rsync", "--whole-file", "--inplace", COPIED, COPY]}

    def theirs():
        return {name: time_of_process(lab, directory, command) for name, command in peers.items()}

    times = in_turns(lab.rounds, theirs, lambda: times_of(lab.measure(scenario, directory)))
    rows = [versus(times, "copy_file_range", "parallel", 1.8, "copy: copy_file_range",
                   "copy: parallel"),
            versus(times, "copy_file_range", "auto", 1.8, "copy: copy_file_range", "auto"),
            versus(times, "cp", "auto", 1.5, "cp --reflink=never", "auto")]
    rows += [versus(times, name, best, 1.0, shown, f"copy: {best}")
             for name, shown in (("cp", "cp --reflink=never"), ("dd", "dd bs=1M"), ("rsync", "rsync --whole-file"))]
    return Found(rows, [*(shell(command) for command in peers.values()), iodyno_command("copies")], scenario,
                 ["The times of cp, dd and rsync are from the start of a process to its end; ours is that of the copy alone.",
                  "Before each copy, also of theirs, as much free memory is touched as the copy takes.",
                  f"Our best method was found in a first round of {', '.join(METHODS)}."])


def reflink(lab, directory):
    """One method, one bar in time: the copy of a file that shares its extents, and says so."""
    scenario = copy_scenario(["reflink"])
    lab.make_file(directory / COPIED, SIZE)
    command = ["cp", "--reflink=always", COPIED, COPY]
    labels = set()

    def ours():
        (row,) = lab.measure(scenario, directory).values()
        labels.add(row["label"].split(":")[0])
        if row["shared"] != row["iterations"]:
            raise Unmeasured(f"copy:method=reflink: {row['shared']:.0f} of {row['iterations']} copies count as shared")
        return {"reflink": row["real_time"]}

    def theirs():
        start = time.perf_counter_ns()
        run(command, directory)
        taken = time.perf_counter_ns() - start
        os.unlink(directory / COPY)
        return {"cp": taken}

    times = in_turns(lab.rounds, theirs, ours)
    if not all("shared" in label for label in labels):
        raise Unmeasured(f"copy:method=reflink: the label does not say shared, but {', '.join(sorted(labels))}")
    row = at_most(times, "reflink", 1e6, "copy: reflink", "cp --reflink=always", statistics.median(times["cp"]))
    return Found([row], [shell(command), iodyno_command("copies")], scenario,
                 [f"Our copies are labelled {', '.join(f'`{label}`' for label in sorted(labels))}, and each is counted"
                  " as `shared`; one repetition is always `degraded`.", "The time of cp is that of a whole process."])


def tree(lab, directory):
    """A tree brought into place by hard links: cp makes the directories, too, and so both our phases count."""
    scenario = """scenario: tree-links
dataset: {files: 20000, size: {min: 64 B, max: 64 KiB, distribution: log-uniform}, directories: 1500}
depth: 8
timed: false
phases:
  - {name: directories, op: mkdir}
  - {name: link, op: link}
backends: [auto, posix]
"""
    origin, made = directory / "origin", directory / "made"
    say("tree: making it")
    make_tree(origin, 20000, 1500)

    def time_of(command):
        os.sync()
        start = time.perf_counter_ns()
        run(command, directory)
        taken = time.perf_counter_ns() - start
        shutil.rmtree(made)
        return taken

    peers = {"cp": ["cp", "-al", origin.name, made.name],
             "rsync": ["rsync", "-a", f"--link-dest=../{origin.name}/", f"{origin.name}/", f"{made.name}/"]}

    def ours():
        rows = lab.measure(scenario, directory)
        return {backend: sum(rows[f"{phase}/{backend}"]["real_time"] * rows[f"{phase}/{backend}"]["iterations"]
                             for phase in ("directories", "link")) for backend in ("auto", "posix")}

    times = in_turns(lab.rounds, lambda: {name: time_of(command) for name, command in peers.items()}, ours)
    shutil.rmtree(origin)
    return Found([versus(times, "cp", "auto", 1.5, "cp -al", "auto, depth 8"),
                  versus(times, "cp", "posix", None, "cp -al", "posix, depth 8"),
                  versus(times, "rsync", "auto", None, "rsync -a --link-dest", "auto, depth 8")],
                 [*(shell(command) for command in peers.values()), iodyno_command("tree-links")], scenario,
                 ["Times are of the whole tree: 1,500 directories made, and 20,000 links in them. Theirs are of a process, "
                  "which reads the tree to find its files, and gives the directories their times and modes."])


def make_tree(root, files, directories):
    """As many files in each directory, of 64 B to 64 KiB, as many of them small as large on a scale of logarithms."""
    for number in range(directories):
        (root / f"d{number}").mkdir(parents=True)
    for number in range(files):
        size = int(64 * 1024 ** (number % 1000 / 999))
        (root / f"d{number % directories}" / f"f{number}").write_bytes(os.urandom(size))
    os.sync()


def cold(lab, directory):
    scenario = """scenario: cold
dataset: {files: 10000, size: 100 B}
phases:
  - {name: read, op: read, cache: cold, timed: false}
sweep: {depth: [1, 32, 64]}
backends: [posix, uring]
"""
    def ours():
        return {case: row["real_time"] for case, row in lab.measure(scenario, directory).items()}

    say("cold: looking for the best backend and depth")
    first = in_turns(3, ours)
    best = fastest({case: times for case, times in first.items() if not case.endswith("depth:1")})
    times = in_turns(lab.rounds, ours)
    rows = [versus(times, "read/posix/depth:1", case, 4.0 if case == best else None, "posix, depth 1",
                   case.removeprefix("read/").replace("/depth:", ", depth "))
            for case in sorted(times, key=lambda case: (case != best, case)) if not case.endswith("depth:1")]
    return Found(rows, [iodyno_command("cold")], scenario, ["The best backend and depth was found in a first round."])


def small(lab, directory):
    scenario = """scenario: small
dataset: {files: 10000, size: 82 B}
timed: false
depth: 2
phases:
  - {name: create, op: create}
  - {name: read, op: read}
  - {name: update, op: overwrite}
  - {name: delete, op: delete}
backends: [posix]
"""
    times = in_turns(lab.rounds, lambda: {case: row["real_time"]
                                          for case, row in lab.measure(scenario, directory).items()})
    return Found([at_most(times, case, None, f"posix, depth 2, {case.split('/')[0]}") for case in times],
                 [iodyno_command("small")], scenario,
                 ["Per file. The program by hand that does the same is among those above."])
