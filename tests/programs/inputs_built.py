"""More inputs: keys and signatures, a repository, and programs that compilers of the host build."""
import os
import shutil
import sys
import tempfile

from inputs import CLOCK, maker, tool, write

C_HELLO = '#include <stdio.h>\nint main(void) { puts("hello from the lighthouse"); return 0; }\n'
C_THREADS = r"""
#include <pthread.h>
#include <stdio.h>
static void* add(void* sum) {
  for (int i = 0; i < 1000; ++i) __atomic_add_fetch((int*)sum, 1, __ATOMIC_RELAXED);
  return NULL;
}
int main(int count, char** names) {
  int sum = 0;
  pthread_t threads[4];
  for (int i = 0; i < 4; ++i)
    if (pthread_create(&threads[i], NULL, add, &sum) != 0) return 1;
  for (int i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
  FILE* file = count > 1 ? fopen(names[1], "w") : stdout;
  return file == NULL || fprintf(file, "sum %d\n", sum) < 0 || fclose(file) != 0;
}
"""
C_MKDIR = r"""
#include <stdio.h>
#include <sys/stat.h>
int main(int count, char** names) {
  char path[4096];
  if (count < 2 || mkdir(names[1], 0755) != 0) return perror("mkdir"), 1;
  snprintf(path, sizeof path, "%s/note", names[1]);
  FILE* file = fopen(path, "w");
  return file == NULL || fputs("made\n", file) < 0 || fclose(file) != 0;
}
"""
GO_COPY = """package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
)

func main() {
	data, err := os.ReadFile(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var all sync.WaitGroup
	for i := 0; i < 4; i++ {
		all.Add(1)
		go func() { defer all.Done(); strings.ToUpper(string(data)) }()
	}
	all.Wait()
	if err := os.WriteFile(os.Args[2], []byte(strings.ToUpper(string(data))), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
"""
GO_CREATE = """package main

import (
	"fmt"
	"os"
)

func main() {
	file, err := os.Create(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintln(file, "created by go")
	if err := file.Close(); err != nil {
		os.Exit(1)
	}
}
"""
RUST = r"""
use std::{env, fs, thread};
fn main() {
    let names: Vec<String> = env::args().collect();
    let text = fs::read_to_string(&names[1]).unwrap();
    let workers: Vec<_> = (0..4).map(|part| {
        let text = text.clone();
        thread::spawn(move || text.lines().skip(part).step_by(4).count())
    }).collect();
    let lines: usize = workers.into_iter().map(|worker| worker.join().unwrap()).sum();
    fs::write(&names[2], format!("{lines} lines\n")).unwrap();
}
"""
JAVA = """
import java.nio.charset.StandardCharsets;
import java.io.*;
public class Ships {
  public static void main(String[] names) throws Exception {
    int lines = 0;
    try (BufferedReader in = new BufferedReader(new InputStreamReader(new FileInputStream(names[0]), StandardCharsets.UTF_8))) {
      while (in.readLine() != null) lines++;
    }
    try (Writer out = new OutputStreamWriter(new FileOutputStream(names[1]), StandardCharsets.UTF_8)) {
      out.write(lines + " lines read by java\\n");
    }
  }
}
"""


def compiled(name, suffix, source, *command):
    """A maker of a program: COMMAND compiles the file {source} into {program}."""
    @maker(name)
    def make(inputs, path):
        with tempfile.TemporaryDirectory() as work:
            file = os.path.join(work, "main" + suffix)
            write(file, source)
            # Other flags would make Go compile its whole library first. rustup finds its compilers by HOME.
            environment = {"GOCACHE": os.path.join(inputs.directory, ".go"), "CGO_ENABLED": "0"}
            words = [word.format(source=file, program=os.path.join(work, "program")) for word in command]
            tool(*words, home=os.environ.get("HOME", work), environment=environment, cwd=work)
            shutil.copy(os.path.join(work, "program"), path)


compiled("hello-program", ".c", C_HELLO, "gcc", "-g", "-o", "{program}", "{source}")
compiled("threads-program", ".c", C_THREADS, "gcc", "-O1", "-pthread", "-o", "{program}", "{source}")
compiled("mkdir-program", ".c", C_MKDIR, "gcc", "-O1", "-static", "-o", "{program}", "{source}")
compiled("go-copy", ".go", GO_COPY, "go", "build", "-o", "{program}", "{source}")
compiled("go-create", ".go", GO_CREATE, "go", "build", "-o", "{program}", "{source}")
compiled("rust-program", ".rs", RUST, "rustc", "-O", "-o", "{program}", "{source}")


@maker("hello.c")
def make_c(_, path):
    write(path, C_HELLO)


@maker("ships.jar")
def make_jar(_, path):
    with tempfile.TemporaryDirectory() as work:
        write(os.path.join(work, "Ships.java"), JAVA)
        tool("javac", "Ships.java", cwd=work)
        tool("jar", "cfe", path, "Ships", "Ships.class", cwd=work)


@maker("venv")
def make_venv(_, path):
    """A virtual environment with one module of its own, as `python3 -m venv` makes one."""
    tool("/usr/bin/python3", "-m", "venv", "--without-pip", path)
    packages = os.path.join(path, "lib", f"python{sys.version_info[0]}.{sys.version_info[1]}", "site-packages")
    write(os.path.join(packages, "mymod.py"), "def name():\n    return 'module of the venv'\n")


@maker("repo")
def make_repository(_, path):
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER")
           for what, value in (("NAME", "Keeper"), ("EMAIL", "keeper@example.org"), ("DATE", f"{CLOCK} +0000"))}
    who.update(GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL="/dev/null")
    tool("git", "init", "-q", "-b", "main", path, environment=who)
    for number, text in enumerate(["lamp lit", "lamp out"], 1):
        write(os.path.join(path, "log.txt"), text + "\n")
        tool("git", "-C", path, "add", "log.txt", environment=who)
        tool("git", "-C", path, "commit", "-q", "-m", f"Night {number}: {text}", environment=who)


@maker("gnupg")
def make_gnupg(inputs, path):
    """A GnuPG home with a key, a signature by the key, and a message to the key."""
    # The path of the agent's socket must be short.
    home = tempfile.mkdtemp(prefix="gpg")
    try:
        gpg = ["gpg", "--homedir", home, "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
        tool(*gpg, "--quick-generate-key", "keeper@example.org", "future-default", "default", "never")
        os.makedirs(path)
        text = inputs.path("words.txt")
        tool(*gpg, "--detach-sign", "-o", os.path.join(path, "words.sig"), text)
        tool(*gpg, "--trust-model", "always", "-r", "keeper@example.org", "-o", os.path.join(path, "words.gpg"), "-e", text)
        write(os.path.join(path, "keys.gpg"), tool(*gpg, "--export", "keeper@example.org"))
        for name in ("pubring.kbx", "trustdb.gpg", "private-keys-v1.d"):
            source = os.path.join(home, name)
            (shutil.copytree if os.path.isdir(source) else shutil.copy)(source, os.path.join(path, name))
    finally:
        if shutil.which("gpgconf"):
            tool("gpgconf", "--homedir", home, "--kill", "all")
        shutil.rmtree(home, ignore_errors=True)


@maker("cms")
def make_cms(inputs, path):
    """A signed message and an encrypted message, with the certificate and the key that open the messages."""
    os.makedirs(path)
    key, certificate = os.path.join(path, "key.pem"), os.path.join(path, "cert.pem")
    text = inputs.path("words.txt")
    tool("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=keeper", "-days", "3650",
         "-addext", "extendedKeyUsage=emailProtection", "-keyout", key, "-out", certificate)
    tool("openssl", "cms", "-sign", "-binary", "-nodetach", "-in", text, "-signer", certificate, "-inkey", key,
         "-outform", "DER", "-out", os.path.join(path, "signed.der"))
    tool("openssl", "cms", "-encrypt", "-binary", "-in", text, "-aes256", "-outform", "DER",
         "-out", os.path.join(path, "secret.der"), certificate)


