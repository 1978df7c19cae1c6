"""`auto` against the best of the backends that are not left to choose, in every case of three shipped scenarios."""
import collections
import dataclasses
import json
import math
import re
import shutil
import statistics

from bar import Found, Row, shell
from lab import Unmeasured, run, say
from ratios import Estimate, exceeds, holm

OURS = "auto"
# With what they are shortened by, so that a file system takes minutes.
SCENARIOS = {"small-files": ["--set", "lifecycle=true"], "large-copy": [], "random-access": ["--set", "time=100 ms"]}
BEHIND = 1.05
RIVALS = 2  # are measured in full, of each outcome: those that are the fastest in a first block
NAME = re.compile(r"^(?P<scenario>[^/]+)/(?P<phase>[^/]+)/backend:(?P<backend>[^/]+)(?P<point>.*)/real_time$")


@dataclasses.dataclass
class Case:
    """Blocks of all backends in one phase and point."""
    name: str
    times: dict = dataclasses.field(default_factory=lambda: collections.defaultdict(dict))  # by backend, by block
    shared: set = dataclasses.field(default_factory=set)  # backends whose copies share their extents

    def rivals(self):
        """Those that come to the same as ours: what moves no bytes is not compared with what does."""
        return [backend for backend in self.times
                if backend != OURS and (backend in self.shared) == (OURS in self.shared)]

    def median(self, backend, blocks):
        return statistics.median(self.times[backend][block] for block in blocks)


@dataclasses.dataclass
class Judged(Row):
    """A row whose verdict is over many."""
    judgement: str = ""

    def verdict(self):
        return self.judgement


def cases_of(lab, directory, scenario, repetitions, arguments):
    out = lab.scratch / "out"
    shutil.rmtree(out, ignore_errors=True)
    run([str(lab.iodyno), "run", scenario, "--target", ".", "--out", str(out), "--quiet", "--repetitions",
         str(repetitions), *SCENARIOS[scenario], *arguments], directory)
    with open(out / scenario / "results.json", encoding="utf-8") as text:
        lab.context = json.load(text)["context"]
    cases = {}
    with open(out / scenario / "samples.jsonl", encoding="utf-8") as lines:
        for sample in map(json.loads, lines):
            if sample["error"] or sample["invalid"]:
                raise Unmeasured(f"{sample['name']}: {sample['error'] or sample['invalid'][0]}")
            found = NAME.match(sample["name"])
            case = cases.setdefault(found["phase"] + found["point"], Case(found["phase"] + found["point"]))
            case.times[found["backend"]][sample["block"]] = sample["wall_ns"] / sample["requests"]
            if 2 * sample["shared"] > sample["requests"]:
                case.shared.add(found["backend"])
    return cases


def filter_of(cases):
    """A regular expression that finds ours and its fastest rivals in each case."""
    names = []
    for name, case in cases.items():
        phase, _, point = name.partition("/")
        by_time = sorted(case.times, key=lambda backend: min(case.times[backend].values()))
        chosen = {OURS}
        for outcome in (True, False):
            chosen |= set([b for b in by_time if b != OURS and (b in case.shared) == outcome][:RIVALS])
        names += [f"/{phase}/backend:({'|'.join(sorted(chosen))}){'/' + point if point else ''}/real_time"]
    return "|".join(names)


def compare(case, blocks):
    """The rival is chosen on every other block, and compared on the rest: choosing makes the chosen look fast."""
    odd, even = range(1, blocks, 2), range(0, blocks, 2)
    rivals = case.rivals()
    if OURS not in case.times or not rivals:
        return None
    rival = min(rivals, key=lambda backend: case.median(backend, odd))
    ratios = [case.times[rival][block] / case.times[OURS][block] for block in even]
    behind = exceeds([-math.log(ratio) for ratio in ratios], math.log(BEHIND))
    row = Judged(f"{rival}", case.median(rival, even), case.name, case.median(OURS, even), Estimate(ratios))
    return row, behind


def never_behind(lab, directory):
    blocks = 2 * max(lab.rounds, 3)
    rows, p_values, commands = [], [], []
    for scenario in SCENARIOS:
        say(f"{scenario}: looking for rivals")
        screen = cases_of(lab, directory, scenario, 1, [])
        say(f"{scenario}: {blocks} blocks of {OURS} and its {RIVALS} fastest rivals in each of {len(screen)} cases")
        cases = cases_of(lab, directory, scenario, blocks, ["--filter", filter_of(screen)])
        for row, p in filter(None, (compare(case, blocks) for case in cases.values())):
            row.ours = f"{scenario}: {row.ours}"
            rows.append(row)
            p_values.append(p)
        commands.append(shell(["iodyno", "run", scenario, "--target", ".", "--repetitions", blocks,
                               *SCENARIOS[scenario]]))
    if not rows:
        raise Unmeasured(f"no case has both {OURS} and a rival")
    for row, p in zip(rows, holm(p_values)):
        if p < 0.05:
            row.judgement = "behind"
    rows.sort(key=lambda row: row.estimate.median)
    behind = [row for row in rows if row.judgement]
    least = rows[0]
    summary = Judged(least.peer, least.peer_ns, f"the least of {len(rows)} cases", least.ours_ns, least.estimate,
                     1 / BEHIND, judgement="missed" if behind else "met")
    return Found([summary, *rows], commands, "",
                 [f"{len(behind)} of {len(rows)} cases are behind by more than 5 %, with 95 % confidence over all of them"
                  " (one-sided t test of the logarithms against 5 %, Holm).",
                  "In each case all backends of the scenario run in a first block, and the two fastest of each outcome in"
                  f" {blocks} more. The best of them on odd blocks is the rival, and compared on even ones. Copies that share"
                  " their extents are compared with such.",
                  "Intervals are of each case by itself."])
