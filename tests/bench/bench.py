# SPDX-License-Identifier: GPL-2.0-or-later
"""What benchmarks of packets share: their C programs (relay.d), the generator's
run, CPU time of processes, medians."""
import atexit
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
PARTS = os.path.join(HERE, "relay.d")
GENERATOR, MEASURED = 0, 1  # cores
LIBRARIES = {"bare_tc": ["-lbpf"], "bare_uring": ["-luring"],
             "loadgen": ["-lbpf"]}
MORE = {"bare_tc": ["device.c"],
        "loadgen": ["device.c", "party.c", "wire.c"]}


def die(name, text):
    print("bench %s: %s" % (name, text), file=sys.stderr)
    sys.exit(1)


def sh(*argv):
    subprocess.run(argv, check=True)


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


# ---- processes

def process_ns(pids):
    """CPU time of all threads of these processes, from the scheduler."""
    ns = 0
    for pid in pids:
        task = "/proc/%d/task" % pid
        for tid in os.listdir(task):
            with open("%s/%s/schedstat" % (task, tid)) as f:
                ns += int(f.read().split()[0])
    return ns


def children(pid):
    out = []
    for p in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % p) as f:
                if int(f.read().rsplit(")", 1)[1].split()[1]) == pid:
                    out.append(int(p))
        except (OSError, IndexError):
            pass
    return out


def resident(pid, what="VmRSS"):
    """Octets."""
    with open("/proc/%d/status" % pid) as f:
        for line in f:
            if line.startswith(what + ":"):
                return int(line.split()[1]) * 1024
    return 0


def stop(process):
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


# ---- programs of relay.d

def compiler():
    return os.environ.get("CC", "gcc").split()


class Env:
    """A folder that goes with us, and the programs in it."""

    def __init__(self, builddir, seconds, *programs):
        # who is asked to end leaves no namespaces behind
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        self.builddir, self.seconds = builddir, seconds
        self.work = tempfile.mkdtemp(prefix="postern-bench-")
        os.chmod(self.work, 0o755)
        atexit.register(shutil.rmtree, self.work, True)
        self.log = open(os.path.join(self.work, "log"), "ab")
        for p in programs:
            sh(*compiler(), "-std=gnu11", "-O2", "-D_GNU_SOURCE", "-include",
               "stdbool.h", "-o", self.tool(p),
               *(os.path.join(PARTS, c)
                 for c in (p + ".c", "plan.c", *MORE.get(p, ()))),
               *LIBRARIES.get(p, ()))

    def bpf(self, name):
        """A program for the kernel."""
        multiarch = subprocess.check_output(
            [*compiler(), "-print-multiarch"], text=True).strip()
        sh("clang", "-g", "-O2", "-target", "bpf", "-I/usr/include/" +
           multiarch, "-c", os.path.join(PARTS, name + ".bpf.c"), "-o",
           self.tool(name + ".bpf.o"))

    def tool(self, name):
        return os.path.join(self.work, name)


class Warm:
    """Keeps a core from halting, at idle priority."""

    def __init__(self, env, core):
        self.process = subprocess.Popen(["taskset", "-c", str(core),
                                         env.tool("warm")])
        atexit.register(self.process.kill)

    def stop(self):
        self.process.kill()
        self.process.wait()


# ---- the generator

class Overloaded(Exception):
    """The generator did not keep its pace: the figures would mean nothing."""


def played(env, plan, interval, warmup, seconds, mark, places=(),
           beside=None, slice_us=1000, prefix=()):
    """Plays a plan; answers the generator's figures.

    interval: us between packets of a stream. mark(-1) is called when what is
    measured begins, mark(1) when it ends; beside() meanwhile. places: where the
    parties are, as the generator wants it told. prefix: the command that starts
    it.
    """
    gen = subprocess.Popen(
        [*prefix, "taskset", "-c", str(GENERATOR), env.tool("loadgen"), "-s",
         str(slice_us), plan, str(interval), str(warmup), str(seconds),
         *places], stdout=subprocess.PIPE, text=True)

    def reached(word, sign):
        said = gen.stdout.readline().strip()
        if said != word:
            gen.kill()
            gen.wait()
            raise Overloaded("%r came, not %r" % (said, word))
        mark(sign)

    reached("begin", -1)
    out_beside = beside() if beside else None
    reached("end", 1)
    out = json.loads(gen.stdout.readline())
    gen.wait()
    if beside:
        out["beside"] = out_beside
    return out


def lost(out):
    """Per cent. Who is overloaded has a backlog of seconds, and none of what
    was sent meanwhile is there at the end: what counts then is how much less
    comes out than goes in."""
    return 100 * (1 - max(out["received"], min(out["delivered"], out["sent"])) /
                  max(out["sent"], 1))


def median(runs, key):
    return statistics.median(r[key] for r in runs)
