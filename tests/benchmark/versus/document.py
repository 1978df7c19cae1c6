"""The document: its head, a section for each bar, and what somebody has written by hand."""
import datetime
import os
import platform
import re
import shutil
import subprocess

COLUMNS = 120
BY_HAND = ("<!-- by hand: begin -->", "<!-- by hand: end -->")


def time_text(nanoseconds):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.3g} ns"


def wrapped(text, width=COLUMNS):
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
    return "\n".join([*lines, line])


def wrapped_command(command, width=COLUMNS):
    return wrapped(command, width - 4).replace("\n", " \\\n  ")


def first_line(*command):
    if not shutil.which(command[0]):
        return ""
    told = subprocess.run(command, check=False, capture_output=True, text=True)
    return (told.stdout or told.stderr).strip().split("\n")[0]


def facts():
    with open("/proc/cpuinfo", encoding="utf-8") as text:
        processor = text.read()
    model = re.search(r"^model name\s*: (.*)$", processor, re.MULTILINE)
    virtual = re.search(r"^flags.* hypervisor\b", processor, re.MULTILINE)
    with open("/proc/meminfo", encoding="ascii") as lines:
        memory = int(lines.readline().split()[1]) / (1 << 20)
    programs = [first_line("fio", "--version"), first_line("cp", "--version"), first_line("mkfs.ext4", "-V"),
                first_line("mkfs.xfs", "-V"), first_line("mkfs.btrfs", "--version")]
    return {"Processor": f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores"
                         + (", in a virtual machine" if virtual else ""),
            "Memory": f"{memory:.0f} GiB", "Kernel": f"Linux {platform.release()}",
            "Programs": ", ".join(program for program in programs if program)}


def ratio_text(row):
    show = time_text if row.is_time else (lambda value: f"{value:.3f}")
    middle, low = show(row.estimate.median), row.estimate.low
    interval = "" if low is None else f"{show(low)} – {show(row.estimate.high)}"
    if row.bar is None:
        return middle, interval, ""
    return middle, interval, f"{'≥' if row.least else '≤'} {time_text(row.bar) if row.is_time else f'{row.bar:g}'}"


def table(rows):
    lines = ["| Peer | its time | Ours | our time | median | 95 % interval | bar | |", "|" + 8 * "---|"]
    for row in rows:
        theirs = "" if row.peer_ns is None else time_text(row.peer_ns)
        lines.append(f"| {row.peer} | {theirs} | {row.ours} | {time_text(row.ours_ns)} | "
                     f"{' | '.join(ratio_text(row))} | {row.verdict()} |")
    return "\n".join(lines)


def place_text(bar, context):
    """What was measured on, by iodyno's own results; nothing where it did not run."""
    system = context.get("iodyno.file_system")
    if not system:
        return {"disk": "a disk", "tmpfs": "tmpfs"}.get(bar.where, f"{bar.where} on a loop device in memory")
    options = context.get("iodyno.mount_options", "").split(",")
    text = f"{system} ({','.join(dict.fromkeys(options))})"
    if bar.where == "tmpfs":
        return text
    if bar.where != "disk":
        return text + " on a loop device in memory"
    scheduler = re.search(r"\[(.+?)\]", context.get("iodyno.device_scheduler", ""))
    return text + f" on {context.get('iodyno.device', 'a disk')}" + (f", scheduler {scheduler[1]}" if scheduler else "")


def section(bar, found, why, surroundings):
    parts = [f"<!-- bar: {bar.key} -->", f"## {bar.title}", wrapped(bar.about)]
    if found is None:
        return "\n\n".join([*parts, wrapped(f"Not measured: {why}."), "<!-- bar: end -->"])
    parts += [wrapped(f"Measured {datetime.date.today()}: {surroundings}."), table(found.rows)]
    if found.notes:
        parts.append("\n".join("- " + wrapped(note, COLUMNS - 2).replace("\n", "\n  ") for note in found.notes))
    parts.append("\n".join(["```sh", *(wrapped_command(command) for command in found.commands), "```"]))
    if found.scenario:
        name = found.scenario.split()[1]
        parts += [f"`{name}.yaml`:", f"```yaml\n{found.scenario.rstrip()}\n```"]
    return "\n\n".join([*parts, "<!-- bar: end -->"])


def sections_of(text):
    return {match[1]: match[0] for match in re.finditer(r"<!-- bar: (\S+) -->.*?<!-- bar: end -->", text, re.DOTALL)
            if match[1] != "end"}


def by_hand_of(text):
    match = re.search(re.escape(BY_HAND[0]) + "(.*?)" + re.escape(BY_HAND[1]), text, re.DOTALL)
    return match[1].strip("\n") if match else ""


def head(sections):
    verdicts = re.findall(r"\| (met|missed)(, uncertain)? \|$", "\n".join(sections), re.MULTILINE)
    met, missed = (sum(word == which for word, _ in verdicts) for which in ("met", "missed"))
    unmeasured = sum("\n\nNot measured: " in text for text in sections)
    count = f"{met + missed} bars: {met} met, {missed} missed"
    if unmeasured:
        count += f"; {unmeasured} parts could not be measured here"
    return "\n\n".join([
        "# iodyno against fio, cp, dd, rsync and programs written by hand",
        "<!-- no command is run: scripts/versus-peers has run them, and takes two hours -->",
        wrapped("An engine that is slower than what people use already, or than forty lines of C++ for the one job, "
                "measures itself. Each bar below says who it is held against, and how fast it has to be. Written by "
                "`scripts/versus-peers`, all but the section *Where a bar is missed*."),
        f"{count}.",
        "\n".join("- " + wrapped(f"{key}: {value}", COLUMNS - 2).replace("\n", "\n  ")
                  for key, value in facts().items()),
        wrapped("Peer and ours take turns in one run, in each round once, in one order and then in the other. Where "
                "nothing else is said, a ratio is the peer's time over ours: 2 is twice as fast. The median is over "
                "the rounds, the interval is that of Student's t on the logarithms of their ratios. The median decides "
                "whether a bar is met; *uncertain*: the interval lies on both sides of it. Times are per "
                "request. Our side is without time stamps, as fio's is.")])


def written(bars, found, old):
    """The whole document. What was not asked for this time stays as it was in the old one."""
    sections = {**sections_of(old), **found}
    ordered = [sections[bar.key] for bar in bars if bar.key in sections]
    tail = "\n\n".join(["## Where a bar is missed", BY_HAND[0], *([by_hand_of(old)] if by_hand_of(old) else []),
                        BY_HAND[1]])
    return "\n\n".join([head(ordered), *ordered, tail]) + "\n"
