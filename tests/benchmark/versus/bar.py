"""What a bar is made of: rounds in turns, rows, and what is said of them."""
import collections
import dataclasses
import shlex
import typing

from lab import say
from ratios import Estimate, verdict


@dataclasses.dataclass
class Row:
    """One line of a bar's table."""
    peer: str
    peer_ns: typing.Optional[float]
    ours: str
    ours_ns: float
    estimate: Estimate  # of the ratio, or of our time
    bar: typing.Optional[float] = None  # none: for information
    least: bool = True  # the bar is the least that the estimate may be, else the most
    is_time: bool = False  # the estimate is of a time in nanoseconds, not of a ratio

    def verdict(self):
        return "" if self.bar is None else verdict(self.estimate, self.bar, self.least)


@dataclasses.dataclass
class Found:
    """What measuring a bar gave."""
    rows: list
    commands: list  # texts, to be typed in the directory that is measured in
    scenario: str = ""
    notes: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Bar:
    key: str
    title: str
    about: str
    where: str  # `disk`, or the kind of a file system in memory
    measure: typing.Callable  # (lab, directory) -> Found


def in_turns(rounds, *sides):
    """Runs all sides in each round, every other time in reverse. Each says name: nanoseconds. All times by name."""
    times = collections.defaultdict(list)
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        for side in sides if number % 2 == 0 else reversed(sides):
            for name, nanoseconds in side().items():
                times[name].append(nanoseconds)
    return times


def fastest(times):
    """The name whose best time is the least."""
    return min(times, key=lambda name: min(times[name]))


def versus(times, peer, ours, bar=None, peer_name=None, ours_name=None):
    """The row of the ratio of the peer's time to ours, round by round: how many times as fast ours is."""
    ratios = [theirs / own for theirs, own in zip(times[peer], times[ours], strict=True)]
    return Row(peer_name or peer, Estimate(times[peer]).median, ours_name or ours, Estimate(times[ours]).median,
               Estimate(ratios), bar)


def at_most(times, ours, bar=None, ours_name=None, peer="", peer_ns=None):
    """The row of a time of ours alone."""
    estimate = Estimate(times[ours])
    return Row(peer, peer_ns, ours_name or ours, estimate.median, estimate, bar, least=False, is_time=True)


def shell(command):
    return " ".join(shlex.quote(str(word)) for word in command)


def iodyno_command(name, *arguments):
    return shell(["iodyno", "run", f"{name}.yaml", "--target", ".", "--out", "out", "--quiet", "--repetitions", "1",
                  *arguments])
