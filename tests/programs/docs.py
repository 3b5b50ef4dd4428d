"""Writes docs/programs.md from the results of a run."""
import table

INTRODUCTION = """# Programs that work in a cell, and what the others need

`tests/programs/run --write-docs` wrote this page. The test executes each command bare on the host and then in
`immure run` as an ordinary user, without options unless the page names them. The test checks the real result: the words
of a text, the pixels of an image, the frames of a video, the rows of a database, what a scanner found. A task *works* if
its result is right and `immure verify` says ACCEPTED.

This runs the test: all tasks, a family such as `images`, or tasks by name.

<!-- not run: the tasks take minutes, and script/test runs them -->
```sh
tests/programs/run
tests/programs/run images pdftotext
tests/programs/run --write-docs
```

- **image** is the sum of the files that the cell sees. **first** and **second** are the seconds from the start of
  `immure run` to its end, with an empty image cache and with the image in the cache. Two tasks ran at a time, so compare
  the times with each other only. `script/bench starts` measures starts on a quiet machine.
- **claims `work`**: the program got what it is [known to need](known-programs.md), or what the command names, and
  `immure verify` accepts the evidence with `--accept work`. **claims `build`**: the program may start the programs that
  the command names with [`--exec`](helpers.md), and `immure verify` accepts the evidence with `--accept build`. All
  other runs claim `packet`.
- **refused** names calls that could not succeed in the cell, as the evidence lists them, and how often the program made
  each call. A program that works did without them.
- **needs** names what a task lacks if it does not work yet.

The page shows the state of the last run with `--write-docs`. immure may have changed since: `tests/programs/run TASK`
shows whether a task works now.
"""
WHY = {
    "packages": "data and plugins of the program's package, which an image of the program alone lacks (`--closure elf`)",
    "fixed-files": "files that are the same for everyone: passwd, the locale C.UTF-8, the time zones",
    "calls": "a system call that reaches nobody outside of the cell, and that the filter denies",
    "memory": "memory that processes share: only a control group can count it, and an ordinary user often has none",
    "scratch": "a place for temporary files",
    "read-back": "to read, list or change again what the program wrote to /out",
    "exec": "to start a second program",
    "devices": "/dev/null and other devices",
    "socketpair": "a pair of sockets between its own threads or processes",
    "links": "a symbolic link in /out: immure never copies links from /out",
}
assert set(WHY) == set(table.NEEDS)


def megabytes(size):
    return f"{size / 1e6:.1f} MB" if size else ""


def cell_text(text):
    return text.replace("|", "\\|").replace("\n", " ")


def refused_text(refused):
    """Names the three most frequent calls, and counts the others."""
    frequent = sorted(refused, key=lambda call: (-call[1], call[0]))
    shown = [f"{cell_text(path)} ({count})" if count > 1 else cell_text(path) for path, count in frequent[:3]]
    return ", ".join(shown + ([f"{len(frequent) - 3} more"] if len(frequent) > 3 else []))


def line(task, outcome):
    words = {"works": "works", "fails": "does not work", "silent": "**wrong result, exit code as if right**",
             "skipped": "not tried here", "unsound": "not tried here"}
    said = words[outcome.state]
    if outcome.claim and outcome.state == "works":
        said += f", claims `{outcome.claim}`"
    if outcome.options:
        said += f"; works with `{' '.join(outcome.options)}`"
    needs = ", ".join(task.needs) if outcome.state != "works" else ""
    message = ""
    if outcome.state in ("fails", "silent"):
        last = outcome.message.split(" || ")[-1]
        message = "" if "venue: native" in last else last[:160]
    seconds = [f"{value:.2f}" for value in outcome.seconds] + ["", ""]
    if outcome.state != "works":
        seconds = ["", ""]
    command = task.run.replace("{in}", "/in").replace("{out}", "/out").replace("{host}", ".")
    command = " ".join(task.options + ["--", command]) if task.options else command
    if len(command) > 90:
        command = command[:87] + "…"
    return (f"| `{cell_text(command)}` | {', '.join(task.package)} | {outcome.profile} | {said} | {needs} | "
            f"{cell_text(message)} | {refused_text(outcome.refused)} | {megabytes(outcome.image)} | {seconds[0]} | {seconds[1]} |")


def write(path, results):
    states = [outcome.state for _, _, outcome in results]
    pages = [INTRODUCTION]
    pages.append(f"All tasks: {len(states)}. Working: {states.count('works')}. Not working: {states.count('fails')}, and "
                 f"{states.count('silent')} more with a wrong result that only its check tells from a right one. Not tried: "
                 f"{states.count('skipped') + states.count('unsound')}.\n")
    pages.append("\n".join(["| needs | that is | tasks |", "|---|---|---|"] + [
        f"| {need} | {WHY[need]} | {sum(need in task.needs and outcome.state != 'works' for task, _, outcome in results)} |"
        for need in WHY]) + "\n")
    for family in sorted({task.family for task, _, _ in results}):
        pages.append(f"## {family.capitalize()}\n\n"
                     "| command | packages | profile | result | needs | what the program says | refused | image | first | second |\n"
                     "|---|---|---|---|---|---|---|---|---|---|\n" +
                     "\n".join(line(task, outcome) for task, _, outcome in results if task.family == family) + "\n")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(pages))
