#include "probe/runner.hpp"

#include <cstring>

#include <fcntl.h>
#include <sys/wait.h>

#include <cerrno>

#include "sys/clone.hpp"
#include "sys/file.hpp"
#include "sys/syscall.hpp"

namespace immure::probe {
namespace {

std::uint64_t word(const Arg& arg, const Context& context) {
  switch (arg.kind) {
    case Arg::Kind::kNumber: return arg.number;
    case Arg::Kind::kText: return sys::as_word(arg.text);
    case Arg::Kind::kBuffer: return sys::as_word(context.buffer.data());
    case Arg::Kind::kNull:
    case Arg::Kind::kNone: return 0;
  }
  return 0;
}

Answer call(Context& context, const Row& row) {
  std::uint64_t words[6];
  // Earlier calls may have written into the buffer; openat2 reads the buffer as a structure that must be zero.
  std::memset(context.buffer.data(), 0, 64);
  for (std::size_t i = 0; i < 6; ++i) words[i] = word(row.args[i], context);
  const sys::Raw ret = sys::raw_words(row.nr, words[0], words[1], words[2], words[3], words[4], words[5]);
  if (sys::failed(ret)) return Answer{.ret = -1, .errno_value = static_cast<std::int32_t>(-ret)};
  if ((row.flags & kOpens) != 0) sys::raw(__NR_close, ret);
  return Answer{.ret = ret};
}

// A row that runs in a child process of its own. Children run in parallel with each other and with the rows that need
// no child, because the kernel takes longer to kill a process than all of these rows need together.
struct ChildTask {
  Context* context;
  const Row* row;
  Answer* answer;
  int pid = -1;
};

int child_main(void* argument) {
  auto& task = *static_cast<ChildTask*>(argument);
  // If the call executes a program, nobody is left to write an answer.
  if ((task.row->flags & kExecutes) != 0) *task.answer = Answer{};
  *task.answer = run_row(*task.context, *task.row);
  return 0;
}

void start(ChildTask& task, std::span<std::byte> stack) {
  *task.answer = Answer{.ret = -1, .effect = kNotRun};
  if (const auto pid = sys::clone_sharing_memory(child_main, &task, stack, false)) task.pid = *pid;
}

void finish(const ChildTask& task) {
  int status = 0;
  sys::Raw ended = -ECHILD;
  do {
    if (task.pid >= 0) ended = sys::raw(__NR_wait4, task.pid, &status, __WALL, nullptr);
  } while (ended == -EINTR);
  if (WIFSIGNALED(status)) *task.answer = Answer{.ret = WTERMSIG(status), .effect = kSignal};
  // If the wait fails, nobody knows whether the child has ended and what it would have answered.
  if (sys::failed(ended)) *task.answer = Answer{.ret = -1, .effect = kNotRun};
}

bool skipped(const Row& row, Stage stage) {
  const bool as_demanded = stage == Stage::kWalls || stage == Stage::kAttribution || (row.flags & kCostly) != 0;
  return as_demanded && !demanded(row, stage);
}

SysResult<void> make_directory(int root, const char* path) {
  const sys::Raw ret = sys::raw(__NR_mkdirat, root, path, 0755);
  if (sys::failed(ret) && ret != -EEXIST) return std::unexpected(Errno{static_cast<int>(-ret)});
  return {};
}

// Makes every parent directory of `path`, which is relative and has no trailing slash. The function skips the parents
// that `path` shares with `before`, because they exist already. Rows with nearby paths stand together in the table.
SysResult<void> make_parents(int root, const char* path, const char* before) {
  char prefix[256] = {};
  bool same = true;
  for (std::size_t i = 0; path[i] != '\0' && i < sizeof prefix - 1; ++i) {
    same = same && path[i] == before[i];
    if (path[i] == '/' && !same) {
      CHECK_OK(make_directory(root, prefix));
    }
    prefix[i] = path[i];
  }
  return {};
}

// Two rows may name the same file.
SysResult<void> make_no_program(int root, const char* path) {
  const auto made = sys::open_at(root, path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
  if (!made) return std::unexpected(made.error());
  return sys::write_all(made->get(), helper_fixture(path));
}

}  // namespace

Answer run_row(Context& context, const Row& row) {
  return row.run != nullptr ? row.run(context, row) : call(context, row);
}

void run_all(Context& context, std::span<Answer> answers) {
  const auto rows = catalogue();
  ChildTask children[kMaxChildren];
  constexpr std::size_t kAlignment = 16;
  const std::size_t stack = context.child_stacks.size() / kMaxChildren / kAlignment * kAlignment;
  std::size_t count = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    answers[i] = Answer{.ret = -1, .effect = kNotRun};
    if (!skipped(rows[i], context.stage) && runs_apart(rows[i], context.stage) && count < kMaxChildren) {
      children[count] = {&context, &rows[i], &answers[i]};
      start(children[count], context.child_stacks.subspan(count * stack, stack));
      ++count;
    }
  }
  for (const bool early : {true, false}) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (((rows[i].flags & kEarly) != 0) != early) continue;
      if (!skipped(rows[i], context.stage) && !runs_apart(rows[i], context.stage))
        answers[i] = run_row(context, rows[i]);
    }
    if (early && context.early_done != nullptr) context.early_done(context.early_argument);
  }
  for (std::size_t i = 0; i < count; ++i) finish(children[i]);
}

SysResult<void> make_fixtures(int root, std::string_view secret) {
  CHECK_OK(make_directory(root, "in"));
  CHECK_OK(make_directory(root, "out"));
  CHECK_OK(make_directory(root, kScratchPath + 1));
  // Make files that no cell may find there.
  for (const char* path : {"out/foreign", "out/.immure-scratch/foreign"}) {
    TRY(const sys::Fd made, sys::open_at(root, path, O_WRONLY | O_CREAT | O_EXCL, 0644));
  }
  TRY(const sys::Fd planted, sys::open_at(root, kSecretPath + 1, O_WRONLY | O_CREAT | O_EXCL, 0644));
  CHECK_OK(sys::write_all(planted.get(), secret));
  const char* before = "";
  for (const Row& row : catalogue()) {
    if ((row.flags & kFixture) == 0) continue;
    const char* path = row.args[1].text + 1;
    CHECK_OK(make_parents(root, path, before));
    before = path;
    // A probe that creates its file needs only the parent directory. For a path that a probe opens for reading, a
    // directory does as well as a file.
    if ((row.flags & kNoProgram) != 0) {
      CHECK_OK(make_no_program(root, path));
    } else if ((row.flags & kFixed) != 0) {
      TRY(const sys::Fd made, sys::open_at(root, path, O_WRONLY | O_CREAT | O_EXCL, 0644));
      CHECK_OK(sys::write_all(made.get(), "no fixed file\n"));
    } else if ((row.args[2].number & O_CREAT) == 0) {
      CHECK_OK(make_directory(root, path));
    }
  }
  return {};
}

}  // namespace immure::probe
