#!/usr/bin/python3
"""Measures the first and the second start of ten programs: script/bench starts [ROUNDS].

The first start packs the image of the program: each round begins with an image cache of its own, and with the program's files
in the kernel's page cache. No cache is removed before the end: ext4 without a journal does not give an inode out again for
minutes after a removal, and looks at each such inode whenever it makes a file. A second start takes the image from the cache. Prints the median wall time and processor time, and
writes build/bench-starts.json.
"""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
IMMURE = os.path.join(ROOT, "build/release/bin/immure")

# Each entry has a name and the command to run in a cell. The same command, with other paths, works on the host.
PROGRAMS = [
    ("sha256sum", ["sha256sum", "{in}/words.txt"]),
    ("sort", ["sort", "-o", "{out}/s", "{in}/words.txt"]),
    ("perl", ["perl", "-e", "print 6 * 7"]),
    ("python3", ["/usr/bin/python3", "-c", "import json; print(json.dumps(1))"]),
    ("python3 with numpy", ["/usr/bin/python3", "-c", "import numpy; print(numpy.arange(3).sum())"]),
    ("pdftotext", ["pdftotext", "{in}/doc.pdf", "{out}/t.txt"]),
    ("pdftoppm", ["pdftoppm", "-png", "-r", "50", "{in}/doc.pdf", "{out}/p"]),
    ("ImageMagick", ["/usr/bin/convert", "{in}/img.png", "-resize", "32x24", "{out}/x.jpg"]),
    ("ffmpeg", ["ffmpeg", "-v", "error", "-i", "{in}/a.wav", "{out}/b.flac"]),
    ("node", ["node", "-e", "console.log(6 * 7)"]),
]


class Bench:
    def __init__(self, top, rounds):
        self.top, self.rounds = top, rounds
        self.caches, self.out = 0, os.path.join(top, "out")
        self.new_cache()
        sys.path.insert(0, os.path.join(ROOT, "tests/programs"))
        import inputs
        made = inputs.Inputs(os.path.join(top, "in"))
        for name in ("words.txt", "doc.pdf", "img.png", "a.wav"):
            made.path(name)
        self.into = made.directory

    def execute(self, command):
        """Returns the wall time and the processor time, in milliseconds, of the command and of everything that it starts."""
        shutil.rmtree(self.out, ignore_errors=True)
        os.mkdir(self.out)
        environment = {"PATH": "/usr/bin:/bin", "HOME": self.top, "IMMURE_CACHE": self.cache}
        start = time.perf_counter()
        child = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE)
        said = child.stderr.read()
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        if status:
            raise SystemExit(f"bench: {' '.join(command)} failed: {said.decode()}")
        return wall * 1000, (used.ru_utime + used.ru_stime) * 1000

    def new_cache(self):
        self.caches += 1
        self.cache = os.path.join(self.top, f"cache-{self.caches}")

    def remove_caches(self):
        """Makes the directories of the images writable, because their owner cannot remove them otherwise, and removes them."""
        for folder, _, _ in os.walk(self.top):
            os.chmod(folder, 0o700)

    def bare(self, words):
        return [word.replace("{in}", self.into).replace("{out}", self.out) for word in words]

    def cell(self, words):
        words = [word.replace("{in}", "/in").replace("{out}", "/out") for word in words]
        return [IMMURE, "run", "--in", self.into, "--out", self.out, "--no-evidence", "--", *words]

    def median(self, command, before=lambda: None):
        figures = []
        for _ in range(self.rounds):
            before()
            figures.append(self.execute(command))
        return [round(statistics.median(column), 1) for column in zip(*figures)]

    def program(self, words):
        self.execute(self.bare(words))
        first = self.median(self.cell(words), self.new_cache)
        return {"alone": self.median(self.bare(words)), "first": first, "second": self.median(self.cell(words))}


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory(prefix="immure-bench-") as top:
        bench = Bench(top, rounds)
        results = {}
        print(f"{'milliseconds, median of ' + str(rounds):32}{'alone':>18}{'first start':>18}{'second start':>18}")
        print(f"{'':32}" + f"{'wall':>10}{'cpu':>8}" * 3)
        for name, words in PROGRAMS:
            if not shutil.which(words[0], path="/usr/bin:/bin"):
                print(f"{name:32}  {words[0]} is not installed")
                continue
            results[name] = figures = bench.program(words)
            print(f"{name:32}" + "".join(f"{figures[key][0]:>10}{figures[key][1]:>8}" for key in ("alone", "first", "second")),
                  flush=True)
    with open(os.path.join(ROOT, "build/bench-starts.json"), "w", encoding="utf-8") as file:
        json.dump({"rounds": rounds, "milliseconds": results}, file, indent=1)
        file.write("\n")


main()
