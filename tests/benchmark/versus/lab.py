"""Where and with what it is measured: file systems in memory, a directory on the disk, the programs, and their end."""
import contextlib
import ctypes
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
IN_MEMORY = pathlib.Path("/dev/shm")
IMAGE_BYTES = {"ext4": 3 << 30, "xfs": 3 << 30, "btrfs": 6 << 30}  # btrfs gives room back late, and keeps some
TMPFS_BYTES = 3 << 30  # the largest copy of large-copy, and a reserve
CACHE_BYTES = 2 << 30  # of what is mounted from an image
MAKE = {"ext4": ["mkfs.ext4", "-q", "-F", "-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0"],
        "xfs": ["mkfs.xfs", "-q", "-f", "-K", "-m", "reflink=1"],
        "btrfs": ["mkfs.btrfs", "-q", "-f", "-K"]}


class Unmeasured(Exception):
    """Why something could not be measured."""


def say(text):
    print(f"versus-peers: {text}", file=sys.stderr, flush=True)


def run(command, where=None):
    """What a program prints. It is asked to end before it is made to, so that it can remove its own files."""
    process = subprocess.Popen(command, cwd=where, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    try:
        output, errors = process.communicate()
    except BaseException:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise
    if process.returncode != 0:
        told = (errors.strip() or output.strip()).splitlines()
        raise Unmeasured(f"{command[0]}: status {process.returncode}: {' / '.join(told[-3:]) or 'it said nothing'}")
    return output


def available_memory():
    with open("/proc/meminfo", encoding="ascii") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))


def leave_mounts_of_others_alone():
    """A mount namespace of our own: what is mounted in it is nobody else's, and gone with this process in any case."""
    libc = ctypes.CDLL(None, use_errno=True)
    clone_newns, ms_rec, ms_private = 0x20000, 0x4000, 1 << 18
    if libc.unshare(clone_newns) != 0 or libc.mount(b"none", b"/", None, ms_rec | ms_private, None) != 0:
        raise Unmeasured(f"a mount namespace: {os.strerror(ctypes.get_errno())}")


class Lab:
    def __init__(self, target, rounds, build):
        self.target, self.rounds, self.build = pathlib.Path(target).resolve(), rounds, build
        self.iodyno = build / "iodyno"
        self.stack = contextlib.ExitStack()
        self.separated = False
        self.context = {}

    def __enter__(self):
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.interrupt)
        self.scratch = self.new_directory(IN_MEMORY if IN_MEMORY.is_dir() else None)
        return self

    def __exit__(self, *_):
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # nobody interrupts the cleaning up
        self.stack.close()

    @staticmethod
    def interrupt(number, _):
        sys.exit(128 + number)

    def new_directory(self, parent, stack=None):
        directory = pathlib.Path(tempfile.mkdtemp(prefix="versus-peers.", dir=parent))
        (stack or self.stack).callback(shutil.rmtree, directory, ignore_errors=True)
        return directory

    @contextlib.contextmanager
    def place(self, kind):
        """A directory to measure in: `disk`, or on a new file system of this kind in memory."""
        with contextlib.ExitStack() as stack:
            if kind == "disk":
                yield self.new_directory(self.target, stack)
            else:
                yield self.mount(kind, stack)

    def mount(self, kind, stack):
        if os.geteuid() != 0:
            raise Unmeasured(f"{kind} in memory: only root can mount it")
        needed = IMAGE_BYTES.get(kind, TMPFS_BYTES) + CACHE_BYTES
        if not IN_MEMORY.is_dir() or available_memory() < needed:
            raise Unmeasured(f"{kind} in memory: that takes {needed >> 30} GiB of it")
        if not self.separated:
            leave_mounts_of_others_alone()
            self.separated = True
        directory, image = self.scratch / kind, self.scratch / f"{kind}.img"
        directory.mkdir(exist_ok=True)
        if kind == "tmpfs":
            stack.callback(self.unmount, directory)
            run(["mount", "-t", "tmpfs", "-o", f"size={TMPFS_BYTES}", "none", str(directory)])
            return directory
        stack.callback(image.unlink, missing_ok=True)
        with open(image, "wb") as file:
            # All of its memory now: what is written back later must not wait for more.
            os.posix_fallocate(file.fileno(), 0, IMAGE_BYTES[kind])
        run([*MAKE[kind], str(image)])
        stack.callback(self.unmount, directory)
        run(["mount", "-o", "loop", str(image), str(directory)])
        image.unlink()  # the mount holds it, and nothing else has to know
        return directory

    @staticmethod
    def unmount(directory):
        if os.path.ismount(directory):
            for options in ([], ["--lazy"]):
                if subprocess.run(["umount", *options, str(directory)], check=False).returncode == 0:
                    return

    def measure(self, scenario, directory, arguments=()):
        """One run of a scenario: its rows by phase/label, with the rest of the name behind it."""
        name = scenario.split()[1]
        file, out = self.scratch / f"{name}.yaml", self.scratch / "out"
        file.write_text(scenario, encoding="utf-8")
        shutil.rmtree(out, ignore_errors=True)
        run([str(self.iodyno), "run", str(file), "--target", ".", "--out", str(out), "--quiet", "--repetitions", "1",
             *arguments], directory)
        with open(out / name / "results.json", encoding="utf-8") as text:
            results = json.load(text)
        self.context = results["context"]
        for key, why in self.context.items():
            if key.startswith("iodyno.skipped."):
                raise Unmeasured(f"{key.removeprefix('iodyno.skipped.')}: {why}")
        rows = {}
        for row in results["benchmarks"]:
            if row.get("error_occurred"):
                raise Unmeasured(f"{row['name']}: {row['error_message']}")
            case = row["name"].removeprefix(name + "/").removesuffix("/real_time").replace("backend:", "")
            rows[case] = row
        return rows

    @staticmethod
    def make_file(path, size):
        """A file as iodyno makes its own: random bytes, a mebibyte at a time, on the device."""
        path.unlink(missing_ok=True)
        with open(path, "wb", buffering=0) as file:
            for _ in range(size >> 20):
                file.write(os.urandom(1 << 20))
            os.fsync(file.fileno())

    @staticmethod
    def touch_free_memory(directory, size):
        """What iodyno does before each copy of its own: a virtual machine may have given its free memory away."""
        for length in (128 << 10, 512 << 10, 2 << 20):  # the kernel keeps free memory by size
            piece = bytes(length)
            descriptor = os.open(directory, os.O_TMPFILE | os.O_RDWR)
            try:
                for _ in range(size // length):
                    os.write(descriptor, piece)
            finally:
                os.close(descriptor)
