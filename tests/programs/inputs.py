"""Makes the inputs of the tasks. The inputs are small and the same in each run.

A maker is a function that writes one file or one directory. Makers of formats that Python cannot write call the programs of
the task's own packages on the host, where nothing is sandboxed.
"""
import io
import os
import shutil
import sqlite3
import struct
import subprocess
import tarfile
import tempfile
import wave
import zipfile
import zlib

MAKERS = {}
# The time of every input that has a time: 2024-01-02 03:04:05 UTC.
CLOCK = 1704164645
SIGNATURE = "IMMURE-LIGHTHOUSE-TEST-SIGNATURE"


class NotHere(Exception):
    """A program that makes an input is not installed."""


def maker(name):
    def register(function):
        MAKERS[name] = function
        return function
    return register


def tool(*command, **more):
    """Runs a program of the host, and returns what the program printed."""
    environment = {"PATH": "/usr/bin:/bin:/usr/sbin:" + os.environ.get("PATH", ""), "LANG": "C.UTF-8",
                   "HOME": more.pop("home", "/nonexistent"), **more.pop("environment", {})}
    if not shutil.which(command[0], path=environment["PATH"]):
        raise NotHere(command[0])
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=300, **more)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def write(path, data):
    with open(path, "wb") as file:
        file.write(data.encode() if isinstance(data, str) else data)


class Inputs:
    """The inputs that exist so far, in one directory."""

    def __init__(self, directory):
        self.directory = directory
        os.makedirs(directory, exist_ok=True)

    def path(self, name):
        """Returns the path of the input NAME. The first call makes the input."""
        path = os.path.join(self.directory, name)
        if not os.path.exists(path):
            # Some programs choose the format by the name, so the unfinished input has its final name in another directory.
            half = os.path.join(tempfile.mkdtemp(dir=self.directory), name)
            MAKERS[name](self, half)
            settle(half)
            os.rename(half, path)
        return path


def settle(path):
    """Gives files the same modes and times in every run."""
    for folder, _, names in os.walk(path, topdown=False):
        for name in names:
            inner = os.path.join(folder, name)
            if not os.path.islink(inner):
                os.chmod(inner, 0o755 if os.access(inner, os.X_OK) and os.stat(inner).st_mode & 0o100 else 0o644)
                os.utime(inner, (CLOCK, CLOCK))
        os.chmod(folder, 0o755)
        os.utime(folder, (CLOCK, CLOCK))
    if os.path.isfile(path):
        os.chmod(path, 0o755 if os.stat(path).st_mode & 0o100 else 0o644)
        os.utime(path, (CLOCK, CLOCK))


def pdf(pages, images=()):
    """A PDF whose pages show lines of text in Helvetica, which the file does not embed."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    resources = "/Font << /F1 3 0 R >>"
    if images:
        width, height, data = images
        body = zlib.compress(data, 9)
        objects.append((f"<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceRGB "
                        f"/BitsPerComponent 8 /Filter /FlateDecode /Length {len(body)} >>", body))
        resources += " /XObject << /Im1 4 0 R >>"
    for lines in pages:
        text = "BT /F1 20 Tf 40 330 Td 26 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
        if images:
            text += " q 64 0 0 48 40 40 cm /Im1 Do Q"
        objects.append((f"<< /Length {len(text)} >>", text.encode()))
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 500 400] /Contents {len(objects)} 0 R "
                       f"/Resources << {resources} >> >>")
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.4\n")
    for number, entry in enumerate(objects, 1):
        places.append(out.tell())
        head, body = entry if isinstance(entry, tuple) else (entry, None)
        out.write(f"{number} 0 obj\n{head}\n".encode())
        if body is not None:
            out.write(b"stream\n" + body + b"\nendstream\n")
        out.write(b"endobj\n")
    start = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    for place in places:
        out.write(f"{place:010} 00000 n \n".encode())
    out.write(f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def gradient(width, height):
    return b"".join(bytes((x * 4 % 256, y * 5 % 256, (x * y) % 256)) for y in range(height) for x in range(width))


def png(width, height, rgb):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + rgb[y * width * 3:(y + 1) * width * 3] for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b""))


def exif():
    """An APP1 segment with the maker, the model and the time of a camera."""
    entries = [(0x010F, b"Lighthouse Works\0"), (0x0110, b"Lamp 7\0"), (0x0132, b"2024:01:02 03:04:05\0")]
    table, values, place = b"", b"", 8 + 2 + 12 * len(entries) + 4
    for tag, value in entries:
        table += struct.pack(">HHII", tag, 2, len(value), place + len(values))
        values += value + b"\0" * (len(value) % 2)
    body = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, len(entries)) + table + struct.pack(">I", 0) + values
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


@maker("doc.pdf")
def make_pdf(_, path):
    write(path, pdf([["Report of the lighthouse keeper", "The lamp burned for 314 nights", "and failed on none of them"],
                     ["Second page of the report", "with the names of ships"]], (64, 48, gradient(64, 48))))


@maker("scan.png")
def make_scan(inputs, path):
    """A page as a scanner stores it: pixels, and no text."""
    tool("pdftoppm", "-r", "110", "-gray", "-png", "-singlefile", inputs.path("doc.pdf"), path[:-4])


@maker("img.png")
def make_png(_, path):
    write(path, png(64, 48, gradient(64, 48)))


@maker("photo.jpg")
def make_jpeg(inputs, path):
    ppm = path + ".ppm"
    write(ppm, b"P6 64 48 255\n" + gradient(64, 48))
    bare = tool("cjpeg", "-quality", "90", ppm)
    os.remove(ppm)
    write(path, bare[:2] + exif() + bare[2:])


@maker("img.webp")
def make_webp(inputs, path):
    tool("cwebp", "-quiet", "-lossless", inputs.path("img.png"), "-o", path)


@maker("anim.gif")
def make_gif(_, path):
    tool("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=d=1:s=64x48:r=5", "-y", path)


@maker("drawing.svg")
def make_svg(_, path):
    write(path, '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="60"><rect width="200" height="60" fill="white"/>'
                '<text x="10" y="40" font-family="sans-serif" font-size="28">Lighthouse</text></svg>\n')


@maker("graph.dot")
def make_dot(_, path):
    write(path, "digraph ships { harbour -> lighthouse; lighthouse -> sea; }\n")


@maker("page.ps")
def make_ps(_, path):
    write(path, "%!PS-Adobe-3.0\n<< /PageSize [300 200] >> setpagedevice\n/Helvetica findfont 24 scalefont setfont\n"
                "20 100 moveto (Lighthouse postscript) show showpage\n")


@maker("page.html")
def make_html(_, path):
    write(path, "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>Ships</title></head><body><h1>Ships seen</h1>"
                "<p>The <b>keeper</b> saw a schooner in March.</p></body></html>\n")


@maker("doc.md")
def make_markdown(_, path):
    write(path, "# Ships seen\n\nThe *keeper* saw a schooner:\n\n- in March\n- in May\n")


@maker("a.wav")
def make_wav(_, path):
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(b"".join(struct.pack("<h", (i * 700 % 20000) - 10000) for i in range(16000)))


@maker("clip.mp4")
def make_clip(_, path):
    tool("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=d=2:s=64x48:r=10", "-f", "lavfi", "-i", "sine=d=2:r=16000",
         "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-y", path)


@maker("db.sqlite")
def make_sqlite(_, path):
    connection = sqlite3.connect(path)
    connection.execute("create table ships(name text, guns int)")
    connection.executemany("insert into ships values(?, ?)", [("Schooner", 4), ("Frigate", 38), ("Brig", 18)])
    connection.commit()
    connection.close()


@maker("words.txt")
def make_words(_, path):
    write(path, "".join(f"{word} {number}\n" for number, word in enumerate(
        ["tern", "gull", "auk", "skua", "gannet", "puffin", "kittiwake", "fulmar", "cormorant", "shag", "eider", "gull"])))


@maker("utf8.txt")
def make_utf8(_, path):
    write(path, "Möwe über dem Leuchtturm\nzweite Zeile äöü\n")


@maker("tree")
def make_tree(inputs, path):
    """A directory with a subdirectory, an empty file and a file of bytes."""
    os.makedirs(os.path.join(path, "logs"))
    shutil.copyfile(inputs.path("words.txt"), os.path.join(path, "words.txt"))
    write(os.path.join(path, "logs", "march.log"), "lamp lit\nlamp out\nlamp lit\n")
    write(os.path.join(path, "logs", "empty"), "")
    write(os.path.join(path, "bytes.bin"), bytes(range(256)) * 8)


def tree_members(inputs):
    top = inputs.path("tree")
    for folder, folders, names in os.walk(top):
        folders.sort()
        for name in sorted(names):
            full = os.path.join(folder, name)
            yield full, os.path.relpath(full, os.path.dirname(top))


@maker("arc.zip")
def make_zip(inputs, path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for full, name in tree_members(inputs):
            archive.write(full, name)


@maker("arc.tar")
def make_tar(inputs, path):
    def plain(member):
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        return member
    with tarfile.open(path, "w") as archive:
        archive.add(inputs.path("tree"), "tree", filter=plain)


@maker("arc.7z")
def make_7z(inputs, path):
    tool("7z", "a", "-bd", path, "tree", cwd=os.path.dirname(inputs.path("tree")))


@maker("words.gz")
def make_gz(inputs, path):
    tool("gzip", "-nk", inputs.path("words.txt"))
    os.rename(inputs.path("words.txt") + ".gz", path)


@maker("infected.txt")
def make_infected(_, path):
    write(path, f"harmless words around {SIGNATURE} and after\n")


@maker("infected.zip")
def make_infected_zip(inputs, path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(inputs.path("infected.txt"), "infected.txt")


@maker("sig.ndb")
def make_ndb(_, path):
    write(path, f"Immure.Lighthouse:0:*:{SIGNATURE.encode().hex()}\n")


@maker("rules.yar")
def make_yara(_, path):
    write(path, f'rule Lighthouse {{ strings: $a = "{SIGNATURE}" condition: $a }}\n')


@maker("firmware.bin")
def make_firmware(inputs, path):
    with open(inputs.path("words.gz"), "rb") as file:
        write(path, b"\xff" * 1024 + file.read() + b"\xff" * 512)
