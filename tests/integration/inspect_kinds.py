#!/usr/bin/env python3
"""Hides a known text in every kind of container that this machine can make, in every place, and judges a report.

usage: inspect_kinds.py make DROP       makes the files and prints how many kinds there are
       inspect_kinds.py judge REPORT    prints a line for each file whose text was passed over in silence
"""
import base64, bz2, ctypes, ctypes.util, email.mime.application, email.mime.multipart, email.mime.text, gzip, io, json
import lzma, mailbox, marshal, os, pickle, plistlib, random, shutil, sqlite3, struct, subprocess, sys, tarfile, tempfile
import zipfile, zlib

HIDDEN = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
FILL = b"".join(b"line %d of an ordinary text, %d\n" % (i, i * 7919) for i in range(40))


def run(command, data=b"", folder=None):
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder, timeout=60)
    return done.stdout if done.returncode == 0 else None


def with_folder(make):
    """Calls make(folder, content file) in a folder of its own; a kind whose tool fails or is missing does not count."""
    def kind(content):
        with tempfile.TemporaryDirectory() as folder:
            with open(folder + "/hidden.txt", "wb") as f:
                f.write(content)
            return make(folder)
    return kind


def tool(name, *command, output=None):
    """A program that writes its output to standard output, or to the file `output`."""
    def make(folder):
        if shutil.which(name) is None:
            return None
        out = run([name, *command], b"hidden.txt\n", folder)
        if output is None or out is None:
            return out
        with open(folder + "/" + output, "rb") as f:
            return f.read()
    return with_folder(make)


# --- libarchive's writers
library = ctypes.util.find_library("archive")
LA = ctypes.CDLL(library) if library else None
if LA:
    for name in ("archive_write_new", "archive_entry_new"):
        getattr(LA, name).restype = ctypes.c_void_p
    LA.archive_write_data.restype = ctypes.c_ssize_t


def la(format_, filter_=None, options=None):
    def kind(content):
        if LA is None:
            return None
        a = ctypes.c_void_p(LA.archive_write_new())
        if LA.archive_write_set_format_by_name(a, format_.encode()) != 0:
            return None
        if filter_ and LA.archive_write_add_filter_by_name(a, filter_.encode()) != 0:
            return None
        if options and LA.archive_write_set_options(a, options.encode()) != 0:
            return None
        LA.archive_write_set_bytes_in_last_block(a, 1)
        with tempfile.TemporaryDirectory() as folder:
            path = folder + "/out"
            if LA.archive_write_open_filename(a, path.encode()) != 0:
                return None
            names = ["hidden.txt"] if format_ == "raw" else ["first.txt", "hidden.txt"]
            for name in names:
                data = content if name == "hidden.txt" else FILL
                e = ctypes.c_void_p(LA.archive_entry_new())
                LA.archive_entry_set_pathname(e, name.encode())
                LA.archive_entry_set_filetype(e, ctypes.c_uint(0o100000))
                LA.archive_entry_set_perm(e, ctypes.c_uint(0o644))
                LA.archive_entry_set_size(e, ctypes.c_int64(len(data)))
                if format_ == "warc":
                    LA.archive_entry_set_mtime(e, ctypes.c_int64(1), ctypes.c_long(0))
                LA.archive_write_header(a, e)
                LA.archive_write_data(a, data, ctypes.c_size_t(len(data)))
                LA.archive_entry_free(e)
            if LA.archive_write_close(a) != 0:
                return None
            LA.archive_write_free(a)
            with open(path, "rb") as f:
                return f.read()
    return kind


# --- python's own modules
def zipped(method, **how):
    def kind(content):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as z:
            z.writestr("first.txt", FILL)
            with z.open(zipfile.ZipInfo("hidden.txt") if not how else "hidden.txt", "w", **how) as f:
                f.write(content)
        return out.getvalue()
    return kind


class Pipe(io.BytesIO):
    """An output in which zipfile cannot seek, so that sizes follow the members."""
    def seekable(self):
        return False

    def tell(self):
        raise OSError("no place")


def zipped_to_a_pipe(content):
    out = Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("hidden.txt", content)
    return out.getvalue()


def tarred(form, mode="w"):
    def kind(content):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode=mode, format=form) as t:
            for name, data in (("first.txt", FILL), ("d/" + "x" * 120 + "/hidden.txt" if form != tarfile.USTAR_FORMAT
                                                     else "hidden.txt", content)):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                t.addfile(info, io.BytesIO(data))
        return out.getvalue()
    return kind


def mail(content, how="base64"):
    parts = email.mime.multipart.MIMEMultipart()
    parts["Subject"] = "files"
    parts.attach(email.mime.text.MIMEText("see the attachment\n"))
    part = email.mime.application.MIMEApplication(b"", "octet-stream", lambda m: None)
    if how == "base64":
        part = email.mime.application.MIMEApplication(content)
    else:
        import quopri
        part.set_payload(quopri.encodestring(content).decode("ascii"))
        part["Content-Transfer-Encoding"] = "quoted-printable"
    part.add_header("Content-Disposition", "attachment", filename="hidden.bin")
    parts.attach(part)
    return parts.as_bytes()


def mailboxed(kind_of_box):
    def kind(content):
        with tempfile.TemporaryDirectory() as folder:
            box = kind_of_box(folder + "/box")
            box.add(mail(content))
            box.flush()
            box.close()
            with open(folder + "/box", "rb") as f:
                return f.read()
    return kind


def database(content):
    with tempfile.TemporaryDirectory() as folder:
        db = sqlite3.connect(folder + "/db")
        db.execute("create table t (a blob)")
        db.execute("insert into t values (?)", (content,))
        db.commit()
        db.close()
        with open(folder + "/db", "rb") as f:
            return f.read()


def pzstd(content):
    frame = run(["zstd", "-q", "-c"], content)
    return frame and struct.pack("<III", 0x184D2A50, 4, len(frame)) + frame


def rpm(content):
    header = b"\x8e\xad\xe8\x01" + bytes(4) + struct.pack(">II", 0, 0)
    payload = gzip.compress(la("newc")(content))
    return b"\xed\xab\xee\xdb\x03\x00" + bytes(90) + header + header + payload


def deb(content):
    def member(name, data):
        return b"%-16s%-12d%-6d%-6d%-8o%-10d`\n" % (name, 0, 0, 0, 0o644, len(data)) + data + b"\n" * (len(data) % 2)
    tgz = tarred(tarfile.GNU_FORMAT, "w:gz")
    return b"!<arch>\n" + member(b"debian-binary", b"2.0\n") + member(b"control.tar.gz", tgz(FILL)) + \
        member(b"data.tar.gz", tgz(content))


def pdf(content):
    """A PDF with a compressed stream."""
    packed = zlib.compress(content)
    return b"%PDF-1.4\n1 0 obj\n<</Length " + str(len(packed)).encode() + b"/Filter/FlateDecode>>\nstream\n" + packed + \
        b"\nendstream\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def png(content):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)) + \
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(content)) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def git(what):
    def make(folder):
        if shutil.which("git") is None:
            return None
        call = ["git", "-c", "user.name=a", "-c", "user.email=a@example.invalid", "-c", "init.defaultBranch=main"]
        for words in (["init", "-q"], ["add", "hidden.txt"], ["commit", "-q", "-m", "x"]):
            if run(call + words, folder=folder) is None:
                return None
        if what == "bundle":
            return run(call + ["bundle", "create", "-", "--all"], folder=folder)
        name = (run(call + ["rev-parse", "HEAD:hidden.txt"], folder=folder) or b"").decode().strip()
        if what == "loose":
            with open(f"{folder}/.git/objects/{name[:2]}/{name[2:]}", "rb") as f:
                return f.read()
        return run(call + ["archive", "--format=tar.gz", "HEAD"], folder=folder)
    return with_folder(make)


def disk(command):
    """A file system on a small image."""
    def make(folder):
        os.mkdir(folder + "/d")
        shutil.move(folder + "/hidden.txt", folder + "/d/hidden.txt")
        path = next((p for p in (shutil.which(command[0]), "/sbin/" + command[0], "/usr/sbin/" + command[0])
                     if p and os.path.exists(p)), None)
        if path is None:
            return None
        with open(folder + "/image", "wb") as f:
            f.truncate(2 << 20)
        if run([path, *command[1:]], folder=folder) is None:
            return None
        with open(folder + "/image", "rb") as f:
            return f.read()
    return with_folder(make)


def mbr(content):
    sector = bytearray(512)
    sector[446:462] = struct.pack("<BBBBBBBBII", 0, 0, 2, 0, 0x0C, 0, 9, 0, 1, 8)
    sector[510:] = b"\x55\xaa"
    return bytes(sector) + zlib.compress(content).ljust(4096, b"\0")


KINDS = {
    "py.zip.stored": zipped(zipfile.ZIP_STORED), "py.zip.deflate": zipped(zipfile.ZIP_DEFLATED),
    "py.zip.bzip2": zipped(zipfile.ZIP_BZIP2), "py.zip.lzma": zipped(zipfile.ZIP_LZMA),
    "py.zip.64": zipped(zipfile.ZIP_DEFLATED, force_zip64=True), "py.zip.pipe": zipped_to_a_pipe,
    "py.tar.ustar": tarred(tarfile.USTAR_FORMAT), "py.tar.gnu": tarred(tarfile.GNU_FORMAT),
    "py.tar.pax": tarred(tarfile.PAX_FORMAT), "py.tar.xz": tarred(tarfile.PAX_FORMAT, "w:xz"),
    "py.tar.bz2": tarred(tarfile.PAX_FORMAT, "w:bz2"),
    "py.gzip": gzip.compress, "py.bz2": bz2.compress, "py.xz": lzma.compress,
    "py.xz.none": lambda c: lzma.compress(c, check=lzma.CHECK_NONE),
    "py.xz.x86": lambda c: lzma.compress(c, filters=[{"id": lzma.FILTER_X86}, {"id": lzma.FILTER_LZMA2}]),
    "py.lzma": lambda c: lzma.compress(c, lzma.FORMAT_ALONE),
    "py.lzma.small": lambda c: lzma.compress(c, lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 3 << 20}]),
    "py.lzma.other": lambda c: lzma.compress(c, lzma.FORMAT_ALONE, filters=[
        {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, "lc": 0, "lp": 2, "pb": 0}]),
    "py.zlib": zlib.compress, "py.zlib.best": lambda c: zlib.compress(c, 9),
    "py.deflate": lambda c: zlib.compress(c)[2:-4],
    "py.mail": mail, "py.mail.quoted": lambda c: mail(c, "quoted"), "py.mbox": mailboxed(mailbox.mbox),
    "py.mmdf": mailboxed(mailbox.MMDF), "py.babyl": mailboxed(mailbox.Babyl),
    "py.sqlite": database, "py.plist": lambda c: plistlib.dumps({"a": c}, fmt=plistlib.FMT_BINARY),
    "py.plist.xml": lambda c: plistlib.dumps({"a": c}), "py.marshal": lambda c: marshal.dumps(c),
    **{f"py.pickle.{p}": lambda c, p=p: pickle.dumps(c, p) for p in range(6)},
    "py.uri": lambda c: b"<a href='data:application/zip;base64," + base64.b64encode(c) + b"'>x</a>\n",
    "py.pdf": pdf, "py.png": png, "py.deb": deb, "py.rpm": rpm, "py.mbr": mbr,
    **{f"la.{f}": la(f) for f in ("7zip", "arbsd", "argnu", "bin", "cpio", "gnutar", "iso9660", "newc", "odc", "pax", "shar",
                                  "shardump", "ustar", "v7tar", "warc", "xar", "zip")},
    **{f"la.7zip.{m}": la("7zip", options="compression=" + m) for m in ("store", "deflate", "bzip2", "lzma1", "ppmd")},
    "la.iso.joliet": la("iso9660", options="!rockridge"), "la.iso.plain": la("iso9660", options="!rockridge,!joliet"),
    "la.iso.zisofs": la("iso9660", options="zisofs=direct"),
    **{f"la.raw.{f}": la("raw", f) for f in ("b64encode", "bzip2", "compress", "gzip", "lz4", "lzip", "lzma", "uuencode", "xz",
                                             "zstd")},
    **{f"tool.7z.{m}": tool("7z", "a", "-bd", "-t7z", "-m0=" + m, "out.7z", "hidden.txt", output="out.7z")
       for m in ("LZMA2", "PPMd", "Deflate64", "BCJ")},
    **{f"tool.zip.{m}": tool("7z", "a", "-bd", "-tzip", "-mm=" + m, "out.zip", "hidden.txt", output="out.zip")
       for m in ("Deflate64", "PPMd", "LZMA")},
    "tool.7z.encrypted": tool("7z", "a", "-bd", "-psecret", "-mhe=on", "out.7z", "hidden.txt", output="out.7z"),
    "tool.zip.encrypted": tool("7z", "a", "-bd", "-tzip", "-psecret", "out.zip", "hidden.txt", output="out.zip"),
    "tool.wim": tool("7z", "a", "-bd", "-twim", "out.wim", "hidden.txt", output="out.wim"),
    "tool.xz": tool("xz", "-c", "hidden.txt"), "tool.zstd": tool("zstd", "-q", "-c", "hidden.txt"),
    "tool.zstd.long": tool("zstd", "-q", "--ultra", "-22", "--long=31", "-c", "hidden.txt"), "tool.pzstd": pzstd,
    "tool.lz4": tool("lz4", "-q", "-c", "hidden.txt"), "tool.lz4.legacy": tool("lz4", "-q", "-l", "-c", "hidden.txt"),
    "tool.brotli": tool("brotli", "-c", "hidden.txt"),
    "tool.ar": tool("ar", "rc", "out.a", "hidden.txt", output="out.a"), "tool.cpio": tool("cpio", "-o", "-H", "crc"),
    "tool.jar": tool("jar", "cf", "out.jar", "hidden.txt", output="out.jar"),
    "tool.zip.zip": tool("zip", "-q", "out.zip", "hidden.txt", output="out.zip"),
    "tool.openssl.enc": tool("openssl", "enc", "-aes-128-cbc", "-pbkdf2", "-k", "x", "-in", "hidden.txt"),
    "tool.openssl.zlib": tool("openssl", "zlib", "-in", "hidden.txt"),
    "tool.gpg": tool("gpg", "--batch", "--homedir", ".", "--passphrase", "x", "-c", "-o", "-", "hidden.txt"),
    "tool.gpg.store": tool("gpg", "--batch", "--homedir", ".", "--store", "-o", "-", "hidden.txt"),
    "tool.git.bundle": git("bundle"), "tool.git.loose": git("loose"), "tool.git.archive": git("archive"),
    "tool.ext4": disk(["mke2fs", "-q", "-t", "ext4", "-d", "d", "image"]),
    "tool.ext2": disk(["mke2fs", "-q", "-t", "ext2", "-d", "d", "image"]),
    "tool.fat": disk(["mkfs.fat", "image"]),
    "tool.squashfs": disk(["mksquashfs", "d", "image", "-noappend", "-quiet"]),
    "tool.iso.udf": tool("genisoimage", "-quiet", "-udf", "-J", "-R", "-hide", "hidden.txt", "-hide-joliet", "hidden.txt",
                         "-o", "out.iso", ".", output="out.iso"),
    "tool.busybox.tar": tool("busybox", "tar", "c", "hidden.txt"),
}


# --- places: each takes a maker of a kind, and returns a file in which the text is hidden in this place
NOISE = random.Random(7).randbytes(700)


def places(make):
    yield "member", lambda: make(HIDDEN)
    yield "large", lambda: make(HIDDEN + b"\n" + FILL * 20)
    yield "after", lambda: make(FILL) + HIDDEN
    yield "packed-after", lambda: make(FILL) + gzip.compress(HIDDEN)
    yield "twice", lambda: make(FILL) + make(HIDDEN)
    yield "behind-noise", lambda: NOISE + make(HIDDEN)
    yield "behind-a-script", lambda: b"#!/bin/sh\nexit 0\n" + make(HIDDEN)


NESTS = {"gz": gzip.compress, "zip": zipped(zipfile.ZIP_DEFLATED), "tar": tarred(tarfile.GNU_FORMAT)}


def make_all(drop):
    made, lacking = 0, []
    for name, kind in sorted(KINDS.items()):
        try:
            plain = kind(HIDDEN)
        except (OSError, ValueError, subprocess.TimeoutExpired):
            plain = None
        if not plain:
            lacking.append(name)
            continue
        made += 1
        os.mkdir(f"{drop}/{name}")
        cache = {}

        def once(content):
            if content not in cache:
                cache[content] = kind(content)
            return cache[content] or b""
        for place, put in places(once):
            data = put()
            with open(f"{drop}/{name}/{place}", "wb") as f:
                f.write(data)
            if place in ("member", "packed-after"):
                for nest, wrap in NESTS.items():
                    with open(f"{drop}/{name}/{place}.{nest}", "wb") as f:
                        f.write(wrap(data))
    print(made, "kinds; not here:", ", ".join(lacking))


def judge(path):
    with open(path) as f:
        report = json.load(f)
    found = {one["path"] for one in report["findings"] if one["rule"].endswith(("eicar_test_file", "hidden_text"))}
    said, silent = 0, 0
    for entry in report["entries"]:
        if entry["kind"] != "file":
            continue
        if entry["path"] in found:
            continue
        if entry.get("gaps"):
            said += 1
        else:
            silent += 1
            print("silent:", entry["path"], entry["type"])
    print(len(found), "found,", said, "said to be incomplete,", silent, "passed over")
    return silent


if __name__ == "__main__":
    sys.exit(make_all(sys.argv[2]) if sys.argv[1] == "make" else min(judge(sys.argv[2]), 1))
