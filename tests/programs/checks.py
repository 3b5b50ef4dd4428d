"""Checks what a program really did. A check returns None, or a sentence that says what is wrong.

Every check also runs on the result of the bare program, and on an empty result, which the check must refuse.
"""
import json
import os
import re
import shlex
import shutil
import sqlite3
import stat
import subprocess
import tarfile
import zipfile
from dataclasses import dataclass

from inputs import NotHere, tool

CHECKS = {}


@dataclass
class Result:
    """What one execution left: its directories, what it printed and its exit code."""
    into: str
    out: str
    stdout: bytes
    stderr: bytes
    code: int
    bare: "Result | None" = None

    def file(self, name):
        return os.path.join(self.out, name)

    def input(self, name):
        return os.path.join(self.into, name)


def check(function):
    CHECKS[function.__name__.removeprefix("check_").replace("_", "-")] = function
    return function


def read(path):
    with open(path, "rb") as file:
        return file.read()


def matches(pattern, data, what):
    text = data.decode("utf-8", "replace")
    if not re.search(pattern, text, re.M):
        return f"{what} has nothing like /{pattern}/: {text[:200]!r}"
    return None


@check
def check_stdout(result, pattern):
    return matches(pattern, result.stdout, "standard output")


@check
def check_stderr(result, pattern):
    return matches(pattern, result.stderr, "standard error")


@check
def check_lines(result, count):
    seen = len(result.stdout.splitlines())
    return None if seen == count else f"{seen} lines were printed, not {count}"


@check
def check_has(result, name, pattern):
    return matches(pattern, read(result.file(name)), name)


@check
def check_is(result, name, text):
    seen = read(result.file(name))
    return None if seen == text.encode() else f"{name} holds {seen[:200]!r}"


@check
def check_bytes(result, name, count):
    seen = os.path.getsize(result.file(name))
    return None if seen == count else f"{name} has {seen} bytes, not {count}"


@check
def check_copy(result, name, source):
    return None if read(result.file(name)) == read(result.input(source)) else f"{name} is not the bytes of {source}"


@check
def check_mode(result, name, mode):
    seen = f"{stat.S_IMODE(os.stat(result.file(name)).st_mode):o}"
    return None if seen == mode else f"{name} has the mode {seen}, not {mode}"


@check
def check_link(result, name, target):
    return None if os.readlink(result.file(name)) == target else f"{name} does not lead to {target}"


def listing(top):
    """Returns the regular files below TOP and the bytes of each file."""
    found = {}
    for folder, _, names in os.walk(top):
        for name in names:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, top)] = read(path) if os.path.isfile(path) else b"not a file"
    return found


@check
def check_files(result, count):
    seen = len(listing(result.out))
    return None if seen == count else f"the output has {seen} files, not {count}"


@check
def check_tree(result, name, source):
    seen, wanted = listing(result.file(name)), listing(result.input(source))
    wrong = sorted(key for key in seen.keys() | wanted.keys() if seen.get(key) != wanted.get(key))
    return f"{name} differs from {source} in {', '.join(wrong)}" if wrong else None


@check
def check_tar(result, name, source):
    with tarfile.open(result.file(name)) as archive:
        seen = {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}
    wanted = {f"{source}/{key}": data for key, data in listing(result.input(source)).items()}
    return None if seen == wanted else f"{name} holds {sorted(seen)}, not {sorted(wanted)}, or other bytes"


@check
def check_zip(result, name, source):
    with zipfile.ZipFile(result.file(name)) as archive:
        seen = {member: archive.read(member) for member in archive.namelist()}
    return None if seen == {source: read(result.input(source))} else f"{name} holds {sorted(seen)}, or other bytes"


@check
def check_in_zip(result, name, member, pattern):
    with zipfile.ZipFile(result.file(name)) as archive:
        return matches(pattern, archive.read(member), f"{member} of {name}")


@check
def check_directory(result, name):
    return None if os.path.isdir(result.file(name)) else f"{name} is no directory"


def unpacked(data, program):
    if not program:
        return data
    return subprocess.run([program, "-dc"], input=data, capture_output=True, check=True, timeout=60).stdout


@check
def check_unpacks(result, program, source):
    same = unpacked(result.stdout, program) == read(result.input(source))
    return None if same else f"standard output does not unpack to {source}"


@check
def check_unpacks_file(result, name, program, source):
    same = unpacked(read(result.file(name)), program) == read(result.input(source))
    return None if same else f"{name} does not unpack to {source}"


def probe(path):
    """Returns what ffprobe says about a file; ffprobe decodes the frames to count them."""
    return json.loads(tool("ffprobe", "-v", "error", "-count_frames", "-of", "json", "-show_format", "-show_streams", path))


def gray(path):
    """The width, the height and the gray values of the pixels of an image."""
    stream = probe(path)["streams"][0]
    data = tool("ffmpeg", "-v", "error", "-i", path, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-")
    return stream["width"], stream["height"], data


def difference(one, other):
    """Tells whether two images show the same: no pixel may differ by more than a rounding error."""
    first, second = gray(one), gray(other)
    if first[:2] != second[:2]:
        return f"is {first[0]}x{first[1]}, not {second[0]}x{second[1]}"
    worst = max((abs(a - b) for a, b in zip(first[2], second[2])), default=255)
    return f"has a pixel that differs by {worst} of 255" if worst > 8 else None


@check
def check_pixels(result, name):
    if result.bare is None:
        return None if gray(result.file(name))[2] else f"{name} has no pixels"
    wrong = difference(result.file(name), result.bare.file(name))
    return f"{name} {wrong} from what the bare program drew" if wrong else None


@check
def check_pixels_of_input(result, name, source):
    wrong = difference(result.file(name), result.input(source))
    return f"{name} {wrong} from {source}" if wrong else None


@check
def check_size(result, name, width, height):
    seen = probe(result.file(name))["streams"][0]
    same = (seen["width"], seen["height"]) == (width, height)
    return None if same else f"{name} is {seen['width']}x{seen['height']}, not {width}x{height}"


@check
def check_dark(result, name, least):
    dark = sum(value < 128 for value in gray(result.file(name))[2])
    return None if dark >= least else f"{name} has {dark} dark pixels, fewer than {least}: its text is missing"


@check
def check_reads(result, name, pattern):
    """Lets tesseract read the text of a page, because the fonts of a cell may differ from the host's fonts."""
    return matches(pattern, tool("tesseract", result.file(name), "stdout"), f"the text in {name}")


@check
def check_video(result, name, frames, seconds):
    seen = probe(result.file(name))
    video = [stream for stream in seen["streams"] if stream["codec_type"] == "video"][0]
    if int(video["nb_read_frames"]) != frames:
        return f"{name} has {video['nb_read_frames']} frames, not {frames}"
    return near(name, seen, seconds)


@check
def check_audio(result, name, rate, seconds):
    seen = probe(result.file(name))
    if int(seen["streams"][0]["sample_rate"]) != rate:
        return f"{name} has {seen['streams'][0]['sample_rate']} samples a second, not {rate}"
    return near(name, seen, seconds)


def near(name, seen, seconds):
    duration = float(seen["format"]["duration"])
    return None if abs(duration - seconds) < 0.25 else f"{name} lasts {duration} seconds, not {seconds}"


@check
def check_faststart(result, name):
    """The index of a video (moov) must stand before its data (mdat), so that a player can begin at once."""
    data, place, order = read(result.file(name)), 0, []
    while place + 8 <= len(data):
        size = int.from_bytes(data[place:place + 4], "big")
        order.append(data[place + 4:place + 8].decode("latin-1"))
        place += max(size, 8)
    good = "moov" in order and "mdat" in order and order.index("moov") < order.index("mdat")
    return None if good else f"{name} has its parts in the order {' '.join(order)}"


@check
def check_host(result, command, pattern):
    """Lets a program of the host read the output. The program must print a line that matches."""
    return matches(pattern, tool(*shlex.split(command.replace("{out}", result.out)), cwd=result.out), command)


@check
def check_pdf_text(result, name, pattern):
    return matches(pattern, tool("pdftotext", result.file(name), "-"), name)


@check
def check_rows(result, name, query, rows):
    connection = sqlite3.connect(f"file:{result.file(name)}?mode=ro", uri=True)
    try:
        seen = [list(row) for row in connection.execute(query)]
    finally:
        connection.close()
    return None if seen == rows else f"{name} holds {seen}"


@check
def check_runs(result, name, pattern):
    program = result.file(name) + ".program"
    shutil.copy(result.file(name), program)
    try:
        os.chmod(program, 0o755)
        return matches(pattern, tool(program), name)
    finally:
        os.remove(program)


def wrong_with(task, result):
    """Returns the first thing that is wrong with a result, or None."""
    if result.code != task.code:
        return f"exit code {result.code}, not {task.code}"
    for name, *arguments in task.check:
        try:
            wrong = CHECKS[name](result, *arguments)
        except NotHere:
            raise
        except Exception as error:  # A result of any form must not stop the runner.
            wrong = f"{name}: {type(error).__name__}: {str(error)[:300]}"
        if wrong:
            return wrong
    return differs(task, result) if result.bare is not None else None


def differs(task, result):
    """Compares a result with the result of the bare program, byte by byte."""
    if task.compare in ("all", "stdout") and result.stdout != result.bare.stdout:
        return f"the bare program printed {result.bare.stdout[:200]!r}, this one {result.stdout[:200]!r}"
    if task.compare in ("all", "files"):
        seen, wanted = listing(result.out), listing(result.bare.out)
        wrong = sorted(key for key in seen.keys() | wanted.keys() if seen.get(key) != wanted.get(key))
        if wrong:
            return f"other bytes than the bare program's in {', '.join(wrong[:5])}"
    return None
