#include "probe/calls.hpp"

#include <cstring>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <csignal>

#include "probe/runner.hpp"
#include "sys/clone.hpp"
#include "sys/credentials.hpp"
#include "sys/file.hpp"
#include "sys/kernel.hpp"
#include "sys/syscall.hpp"

namespace immure::probe {
namespace {

using sys::as_word;
using sys::raw;

Answer answer(sys::Raw ret, std::uint32_t effect = kNoEffect) {
  if (sys::failed(ret)) return Answer{.ret = -1, .errno_value = static_cast<std::int32_t>(-ret), .effect = effect};
  return Answer{.ret = ret, .effect = effect};
}

Answer error(int number) { return Answer{.ret = -1, .errno_value = number}; }

sys::Raw open_as_said(const Row& row) {
  return raw(__NR_openat, AT_FDCWD, row.args[1].text, row.args[2].number | O_CLOEXEC, row.args[3].number);
}

// Turns the result of mmap into an answer, and unmaps a mapping that succeeded.
Answer mapped(sys::Raw ret, std::size_t size) {
  if (!sys::failed(ret)) raw(__NR_munmap, ret, size);
  return sys::failed(ret) ? answer(ret) : Answer{.ret = 0};
}

}  // namespace

Answer open_and_read(Context&, const Row& row) {
  const sys::Raw fd = open_as_said(row);
  if (sys::failed(fd)) return answer(fd);
  char byte = 0;
  const sys::Raw count = raw(__NR_read, fd, &byte, 1);
  raw(__NR_close, fd);
  return answer(fd, count == 1 ? kRead : kNoEffect);
}

Answer create_and_remove(Context&, const Row& row) {
  const sys::Raw fd = open_as_said(row);
  if (sys::failed(fd)) {
    // Landlock refuses O_CREAT|O_RDWR only after the kernel has made the file, because openat(2) creates first and
    // opens then. So remove the file.
    const bool left_behind = !sys::failed(raw(__NR_unlinkat, AT_FDCWD, row.args[1].text, 0));
    return answer(fd, left_behind ? kCreated : kNoEffect);
  }
  raw(__NR_close, fd);
  raw(__NR_unlinkat, AT_FDCWD, row.args[1].text, 0);
  return answer(fd, kCreated);
}

Answer make_and_remove(Context&, const Row& row) {
  // symlinkat(target, directory, name) has its path as third argument; mkdirat and mknodat have theirs as second.
  const bool link = row.nr == __NR_symlinkat;
  const char* path = link ? row.args[2].text : row.args[1].text;
  const sys::Raw ret = link ? raw(row.nr, row.args[0].text, AT_FDCWD, path)
                            : raw(row.nr, AT_FDCWD, path, row.args[2].number, row.args[3].number);
  if (sys::failed(ret)) return answer(ret);
  raw(__NR_unlinkat, AT_FDCWD, path, row.nr == __NR_mkdirat ? AT_REMOVEDIR : 0);
  return answer(ret, kCreated);
}

Answer write_control(Context& context, const Row& row) {
  const sys::Raw fd = open_as_said(row);
  if (sys::failed(fd)) return answer(fd);
  const auto written = sys::write_all(static_cast<int>(fd), context.control_bytes);
  raw(__NR_close, fd);
  return written ? answer(0, kWritten) : error(written.error().value);
}

Answer chmod_to_same(Context&, const Row& row) {
  struct stat status{};
  const sys::Raw found = raw(__NR_newfstatat, AT_FDCWD, row.args[1].text, &status, 0);
  if (sys::failed(found)) return answer(found);
  return answer(raw(__NR_fchmodat, AT_FDCWD, row.args[1].text, status.st_mode & 07777U));
}

Answer utimens_to_same(Context&, const Row& row) {
  struct stat status{};
  const sys::Raw found = raw(__NR_newfstatat, AT_FDCWD, row.args[1].text, &status, 0);
  if (sys::failed(found)) return answer(found);
  const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, status.st_mtim};
  return answer(raw(__NR_utimensat, AT_FDCWD, row.args[1].text, times, 0));
}

Answer create_in_submounts(Context& context, const Row& row) {
  Answer first = create_and_remove(context, row);
  if (first.errno_value != EROFS) return first;
  for (const char* mount : context.input_mounts) {
    const sys::Raw directory = raw(__NR_openat, AT_FDCWD, mount, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (sys::failed(directory)) return answer(directory);
    constexpr const char* kName = ".immure-probe";
    const sys::Raw fd = raw(__NR_openat, directory, kName, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (!sys::failed(fd)) {
      raw(__NR_close, fd);
      raw(__NR_unlinkat, directory, kName, 0);
    }
    raw(__NR_close, directory);
    if (fd != -EROFS) return answer(fd, sys::failed(fd) ? kNoEffect : kCreated);
  }
  return first;
}

Answer map_executable(Context&, const Row& row) {
  const sys::Raw fd = open_as_said(row);
  if (sys::failed(fd)) return answer(fd);
  // The kernel cannot map a directory (ENODEV), but the check of noexec comes first and answers EPERM (mm/mmap.c).
  const sys::Raw ret = raw(__NR_mmap, nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
  raw(__NR_close, fd);
  return mapped(ret, 4096);
}

Answer read_back_by_copy(Context&, const Row& row) {
  const sys::Raw source = open_as_said(row);
  if (sys::failed(source)) return answer(source);
  const sys::Raw ret = raw(__NR_copy_file_range, source, nullptr, source, nullptr, 1, 0);
  raw(__NR_close, source);
  return answer(ret, ret > 0 ? kRead : kNoEffect);
}

Answer fchmod_set_uid(Context&, const Row& row) {
  const sys::Raw fd = open_as_said(row);
  if (sys::failed(fd)) return answer(fd);
  const sys::Raw ret = raw(__NR_fchmod, fd, 06755);
  raw(__NR_close, fd);
  raw(__NR_unlinkat, AT_FDCWD, row.args[1].text, 0);
  return answer(ret);
}

Answer same_root_above(Context&, const Row&) {
  struct stat root{}, above{};
  if (raw(__NR_newfstatat, AT_FDCWD, "/", &root, 0) != 0) return error(EIO);
  if (raw(__NR_newfstatat, AT_FDCWD, "/../../..", &above, 0) != 0) return error(EIO);
  return root.st_ino == above.st_ino && root.st_dev == above.st_dev ? Answer{} : error(EXDEV);
}

Answer map_anonymous_rwx(Context&, const Row&) {
  return mapped(raw(__NR_mmap, nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                4096);
}

Answer protect_executable(Context&, const Row& row) {
  const sys::Raw page = raw(__NR_mmap, nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (sys::failed(page)) return answer(page);
  const sys::Raw ret = raw(row.nr, page, 4096, PROT_READ | PROT_EXEC, -1);
  raw(__NR_munmap, page, 4096);
  return answer(ret);
}

Answer map_beyond_limit(Context& context, const Row&) {
  const std::size_t size = context.memory_bytes + 4096;
  return mapped(
      raw(__NR_mmap, nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), size);
}

Answer capabilities_empty(Context&, const Row&) {
  // The bounding and ambient sets cost one system call for each capability, so read them only if the first three sets
  // are empty.
  if (const auto quick = sys::current_sets(); quick && !quick->empty()) return error(EEXIST);
  const auto sets = sys::capability_sets();
  if (!sets) return error(sets.error().value);
  return sets->empty() ? Answer{} : error(EEXIST);
}

Answer securebits_locked(Context&, const Row&) {
  const sys::Raw bits = raw(__NR_prctl, PR_GET_SECUREBITS, 0, 0, 0, 0);
  if (sys::failed(bits)) return answer(bits);
  return bits == sys::kLockedSecurebits ? Answer{} : error(EEXIST);
}

Answer keyring_is_fresh(Context& context, const Row&) {
  const sys::Raw id = raw(__NR_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
  if (sys::failed(id)) return answer(id);
  return id != context.host_keyring ? Answer{} : error(EEXIST);
}

Answer host_name_is_own(Context&, const Row&) {
  utsname names{};
  const sys::Raw ret = raw(__NR_uname, &names);
  if (sys::failed(ret)) return answer(ret);
  return std::string_view(names.nodename) == kHostName ? Answer{} : error(EEXIST);
}

Answer session_is_own(Context&, const Row&) {
  // The kernel answers 0 if the session's leader is in another pid namespace. Then kill(0) reaches processes outside of
  // the cell, and the session may have a terminal (setsid(2)).
  const sys::Raw session = raw(__NR_getsid, 0);
  if (sys::failed(session)) return answer(session);
  return session == 1 ? Answer{} : error(EEXIST);
}

Answer no_descriptor_inherited(Context& context, const Row&) {
  std::uint32_t open[8];
  return sys::open_descriptors(3, context.files, open) == 0 ? Answer{} : error(EEXIST);
}

Answer signal_host_process(Context& context, const Row&) { return answer(raw(__NR_kill, context.host_pid, 0)); }

Answer write_beyond_quota(Context& context, const Row& row) {
  const sys::Raw fd = open_as_said(row);
  if (sys::failed(fd)) return answer(fd);
  const sys::Raw ret = raw(__NR_pwrite64, fd, "x", 1, static_cast<std::int64_t>(context.output_bytes + 4096));
  raw(__NR_close, fd);
  raw(__NR_unlinkat, AT_FDCWD, row.args[1].text, 0);
  // Beyond RLIMIT_FSIZE the kernel also sends SIGXFSZ. The signal is blocked here and would stay pending for the
  // payload. Ignoring a signal discards a pending one (sigaction(2)); after that, restore the default action.
  for (const std::uint64_t handler : {as_word(SIG_IGN), as_word(SIG_DFL)}) {
    const std::uint64_t action[4] = {handler, 0, 0, 0};
    raw(__NR_rt_sigaction, SIGXFSZ, action, nullptr, 8);
  }
  return answer(ret, sys::failed(ret) ? kNoEffect : kWritten);
}

Answer descriptor_at_limit(Context& context, const Row&) {
  const sys::Raw fd = raw(__NR_fcntl, 0, F_DUPFD_CLOEXEC, context.files);
  if (!sys::failed(fd)) raw(__NR_close, fd);
  return answer(fd);
}

Answer process_at_limit(Context& context, const Row&) {
  // To reach the real limit, the probe would have to start as many processes as the limit allows. So lower the limit
  // to 1, which the processes that already run use up: if the kernel refuses another process, this task is not exempt
  // from the limit.
  const rlimit64 one{1, 1};
  const sys::Raw lowered = raw(__NR_prlimit64, 0, RLIMIT_NPROC, &one, nullptr);
  if (sys::failed(lowered)) return answer(lowered);
  return answer(sys::clone_and_exit(0, context.child_stacks));
}

Answer connect_loopback(Context&, const Row& row) {
  const int family = static_cast<int>(row.args[0].number);
  const sys::Raw fd = raw(__NR_socket, family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (sys::failed(fd)) return answer(fd);
  constexpr std::uint16_t kDiscardPort = __builtin_bswap16(9);
  sockaddr_in v4{.sin_family = AF_INET, .sin_port = kDiscardPort, .sin_addr = {__builtin_bswap32(0x7f000001)}};
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = kDiscardPort;
  v6.sin6_addr.s6_addr[15] = 1;
  const sys::Raw ret =
      family == AF_INET ? raw(__NR_connect, fd, &v4, sizeof v4) : raw(__NR_connect, fd, &v6, sizeof v6);
  raw(__NR_close, fd);
  return answer(ret);
}

Answer exec_by_number(Context& context, const Row& row) {
  // The kernel opens the file before it reads argv, and address 1 is never mapped. So if the filter lets this call
  // through, the call fails with EFAULT and executes nothing.
  return answer(raw(__NR_execveat, context.files, row.args[1].text, 1, 1, AT_EMPTY_PATH));
}

Answer call_int80(Context&, const Row& row) {
#if defined(__x86_64__)
  long ret = static_cast<long>(row.args[0].number);
  __asm__ volatile("int $0x80" : "+a"(ret) : "b"(0), "c"(0), "d"(0) : "memory", "r8", "r9", "r10", "r11");
  return answer(static_cast<std::int32_t>(ret));
#else
  static_cast<void>(row);
  return Answer{.ret = -1, .effect = kNotRun};
#endif
}

}  // namespace immure::probe
