#include "probe/outside.hpp"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe/fixed_files.hpp"
#include "probe/runner.hpp"
#include "sys/machine.hpp"
#include "sys/syscall.hpp"

namespace immure::probe {
namespace {

using sys::raw;

// The probe looks for inherited descriptors below this number.
constexpr std::uint32_t kDescriptors = 1024;
constexpr int kDeadlineMilliseconds = 2000;

Answer as_answer(sys::Raw ret, std::uint32_t effect) {
  if (sys::failed(ret)) return Answer{.ret = -1, .errno_value = static_cast<std::int32_t>(-ret)};
  return Answer{.ret = ret, .effect = effect};
}

// Tells whether the name exists, without opening what it names: a device may act when a process opens it, or may block.
Answer named(const Row& row) {
  const sys::Raw fd = raw(__NR_openat, AT_FDCWD, row.args[1].text, O_PATH | O_CLOEXEC);
  if (!sys::failed(fd)) raw(__NR_close, fd);
  return as_answer(fd, kNoEffect);
}

// Tells whether the directory takes new files. The probe uses a file without a name (O_TMPFILE), which disappears when
// its descriptor is closed.
Answer nameless_file(const Row& row) {
  char directory[256] = "/";
  const char* slash = std::strrchr(row.args[1].text, '/');
  const auto length = static_cast<std::size_t>(slash - row.args[1].text);
  if (length > 0 && length < sizeof directory) std::memcpy(directory, row.args[1].text, length);
  const sys::Raw fd = raw(__NR_openat, AT_FDCWD, directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  // A file system without O_TMPFILE may still take other files, so its answer proves nothing.
  if (fd == -EOPNOTSUPP || fd == -EISDIR) return Answer{.ret = -1, .effect = kNotRun};
  if (!sys::failed(fd)) raw(__NR_close, fd);
  return as_answer(fd, kCreated);
}

bool is_directory(const char* path) {
  struct stat status{};
  return raw(__NR_newfstatat, AT_FDCWD, path, &status, 0) == 0 && S_ISDIR(status.st_mode);
}

bool names_below(const Row& row, std::string_view directory) {
  for (const Arg& arg : row.args) {
    if (arg.kind != Arg::Kind::kText) continue;
    const std::string_view path = arg.text;
    if (path == directory || (path.starts_with(directory) && path[directory.size()] == '/')) return true;
  }
  return false;
}

// True if the row asks about /in or /out on a machine that lacks that directory.
bool lacks_its_place(const Row& row) {
  if (row.boundary == Boundary::kInput && names_below(row, "/in") && !is_directory("/in")) return true;
  return row.boundary == Boundary::kOutput && names_below(row, "/out") && !is_directory("/out");
}

Answer try_here(const Row& row, Context& context) {
  if ((row.flags & kFixture) == 0 || (row.flags & kFixed) != 0) return run_row(context, row);
  return (row.args[2].number & O_CREAT) != 0 ? nameless_file(row) : named(row);
}

/// What the fixed files would hold if this is a cell of immure. Only /proc/meminfo tells the size of the cell's memory,
/// so the file must be the fixed file for the size that it states.
FixedFacts facts_here() {
  FixedFacts facts{.processors = sys::processors()};
  char text[256] = {};
  const sys::Raw fd = raw(__NR_openat, AT_FDCWD, "/proc/meminfo", O_RDONLY | O_CLOEXEC, 0);
  if (!sys::failed(fd)) {
    const sys::Raw count = raw(__NR_read, fd, text, sizeof text - 1);
    raw(__NR_close, fd);
    constexpr std::uint64_t kKilobyte = 1024;
    if (count > 0 && std::strncmp(text, "MemTotal:", 9) == 0)
      facts.memory_bytes = std::strtoull(text + 9, nullptr, 10) * kKilobyte;
  }
  return facts;
}

// Waits for the child, with a time limit. If signals cannot be sent, the function leaves the child running.
void wait_for(int child, Answer& answer) {
  int status = 0;
  for (int waited = 0; waited < kDeadlineMilliseconds; ++waited) {
    const sys::Raw ended = raw(__NR_wait4, child, &status, WNOHANG, nullptr);
    if (ended == child) {
      if (WIFSIGNALED(status)) answer = Answer{.ret = WTERMSIG(status), .effect = kSignal};
      return;
    }
    if (sys::failed(ended)) return;
    const timespec pause{.tv_sec = 0, .tv_nsec = waited < 8 ? 50'000 : 1'000'000};
    raw(__NR_nanosleep, &pause, nullptr);
  }
  if (!sys::failed(raw(__NR_kill, child, SIGKILL))) raw(__NR_wait4, child, &status, 0, nullptr);
}

}  // namespace

void try_outside(std::span<Answer> answers) {
  const auto rows = catalogue();
  for (Answer& answer : answers) answer = Answer{.ret = -1, .effect = kNotRun};
  static std::byte buffer[4096];
  Context context;
  context.stage = Stage::kCell;
  context.files = kDescriptors;
  context.buffer = buffer;
  const std::vector<FixedFile> fixed = fixed_files(facts_here());
  std::vector<const char*> paths, contents;
  for (const FixedFile& file : fixed) {
    paths.push_back(file.path.c_str());
    contents.push_back(file.content.c_str());
  }
  context.fixed_paths = paths;
  context.fixed_contents = contents;
  // The child returns its answer through shared memory, because a probe would find a pipe as an open descriptor.
  void* shared = ::mmap(nullptr, sizeof(Answer), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return;
  auto& answer = *static_cast<Answer*>(shared);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if ((rows[i].flags & kHarmless) == 0 || lacks_its_place(rows[i])) continue;
    answer = Answer{.ret = -1, .effect = kNotRun};
    const int child = ::fork();
    if (child == 0) {
      answer = try_here(rows[i], context);
      ::_exit(0);
    }
    if (child > 0) wait_for(child, answer);
    answers[i] = answer;
  }
  ::munmap(shared, sizeof(Answer));
}

Found appraise_outside(const Row& row, const Answer& answer) {
  if ((answer.effect & kNotRun) != 0) return Found::kNotTestable;
  if ((answer.effect & row.forbidden) != 0) return Found::kLeaks;
  // If the call faults instead of returning, the kernel has no such system call entry.
  if ((answer.effect & kSignal) != 0 && answer.ret == SIGSEGV) return Found::kNotTestable;
  if (row.cell.contains(answer) || row.walls.contains(answer)) return Found::kHolds;
  // A filter may let the call through where the wall behind the filter answers, or where no boundary needs a denial.
  if (row.reach.contains(answer) || row.feigned.contains(answer)) return Found::kHolds;
  if ((row.flags & kFree) != 0 && row.reach.empty()) return Found::kHolds;
  if ((answer.effect & kSignal) != 0 || answer.errno_value == ENOSYS) return Found::kNotTestable;
  // Rows that look for a thing that must be absent answer EEXIST if it is there.
  return answer.errno_value == 0 || answer.errno_value == EEXIST ? Found::kLeaks : Found::kWeak;
}

Found worse(Found one, Found other) {
  const auto weight = [](Found found) {
    switch (found) {
      case Found::kNotTestable: return 0;
      case Found::kHolds: return 1;
      case Found::kWeak: return 2;
      case Found::kLeaks: return 3;
    }
    return 3;
  };
  return weight(one) >= weight(other) ? one : other;
}

std::string_view name(Found found) {
  switch (found) {
    case Found::kHolds: return "holds";
    case Found::kWeak: return "weak";
    case Found::kLeaks: return "leaks";
    case Found::kNotTestable: return "not testable";
  }
  return "";
}

}  // namespace immure::probe
