"""Programs of some 40 lines for the one job, which run in one process with ours (tests/benchmark/peers.cpp)."""
import re

from bar import Found, Row, shell
from lab import Unmeasured, run
from ratios import Estimate

NUMBER = r"([0-9.]+)"
RATIO = re.compile(rf"^(.+) / (.+): {NUMBER} \({NUMBER}–{NUMBER}\)(?:, limit {NUMBER})?")
TIME = re.compile(r"^(\S.*?)\s+(\d+)\s+(\d+)$")


def rows_of(text):
    """The ratios that `peers` prints, each with the times above it."""
    rows, times, title = [], {}, ""
    for line in text.splitlines():
        if ", medians of " in line:
            title, times = line.split(", medians of ")[0], {}
        elif ratio := RATIO.match(line):
            ours, peer, middle, low, high, limit = ratio.groups()
            estimate = Estimate([float(middle)])
            estimate.low, estimate.high = float(low), float(high)
            step = title.split(": ")[-1] if title.startswith("Small files") else ""
            name = ours.split(",")[0].removesuffix(" untimed") + (":prefetch" if "prefetch" in ours else "")
            rows.append(Row(peer.replace("files", step), times[peer], name, times[ours], estimate,
                            limit and float(limit), least=False))
        elif time := TIME.match(line):
            times[time.group(1)] = float(time.group(2))
    return rows


def by_hand(lab, directory):
    rounds = str(4 * lab.rounds)
    command = ["--target", ".", "--rounds", rounds, "--benchmark_filter=NONE"]
    text = run([str(lab.build / "tests/benchmark/peers"), *command], directory)
    rows = rows_of(text)
    if not rows:
        raise Unmeasured("peers printed no ratio")
    return Found(rows, [shell(["peers", *command])], "",
                 ["Here a ratio is our time over theirs, and its interval that of the median by the binomial"
                  f" distribution; {rounds} rounds.",
                  *(line + "." for line in text.splitlines() if line.startswith("these figures are not"))])
