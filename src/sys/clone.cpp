#include "sys/clone.hpp"

#include <csignal>

#include <linux/sched.h>

#include "sys/syscall.hpp"

namespace immure::sys {
namespace {

// Enters the kernel with a clone call. The child returns on its own stack. The call changes no callee-saved register,
// so the entry function and its argument are kept in such registers.
#if defined(__x86_64__)
long enter_clone(long nr, std::uint64_t a, std::uint64_t b, std::uint64_t c, Entry entry, void* argument) {
  long ret;
  register Entry child_entry __asm__("r12") = entry;
  register void* child_argument __asm__("r13") = argument;
  register std::uint64_t none4 __asm__("r10") = 0;
  register std::uint64_t none5 __asm__("r8") = 0;
  __asm__ volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xor %%ebp, %%ebp\n\t"
      "mov %%r13, %%rdi\n\t"
      "call *%%r12\n\t"
      "mov %%eax, %%edi\n\t"
      "mov $231, %%eax\n\t"  // exit_group
      "syscall\n\t"
      "1:"
      : "=a"(ret)
      : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(none4), "r"(none5), "r"(child_entry), "r"(child_argument)
      : "rcx", "r11", "memory", "cc");
  return ret;
}
#elif defined(__aarch64__)
long enter_clone(long nr, std::uint64_t a, std::uint64_t b, std::uint64_t c, Entry entry, void* argument) {
  register std::uint64_t x8 __asm__("x8") = static_cast<std::uint64_t>(nr);
  register std::uint64_t x0 __asm__("x0") = a;
  register std::uint64_t x1 __asm__("x1") = b;
  register std::uint64_t x2 __asm__("x2") = c;
  register std::uint64_t x3 __asm__("x3") = 0;
  register std::uint64_t x4 __asm__("x4") = 0;
  register Entry child_entry __asm__("x19") = entry;
  register void* child_argument __asm__("x20") = argument;
  __asm__ volatile(
      "svc 0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x29, xzr\n\t"
      "mov x0, x20\n\t"
      "blr x19\n\t"
      "mov x8, #94\n\t"  // exit_group
      "svc 0\n\t"
      "1:"
      : "+r"(x0)
      : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(child_entry), "r"(child_argument)
      : "memory", "cc", "x30");
  return static_cast<long>(x0);
}
#endif

std::uint64_t top_of(std::span<std::byte> stack) {
  return (reinterpret_cast<std::uint64_t>(stack.data()) + stack.size()) & ~std::uint64_t{15};
}

}  // namespace

SysResult<NamespacedChild> clone_into_namespaces(Entry entry, void* argument, std::span<std::byte> stack,
                                                 std::uint64_t namespaces, int cgroup) {
  int pidfd = -1;
  clone_args args{};
  args.flags = namespaces | CLONE_PIDFD;
  args.pidfd = as_word(&pidfd);
  args.exit_signal = SIGCHLD;
  // clone3 takes the stack's lowest address and its size; the kernel starts the child at their sum.
  args.stack = as_word(stack.data());
  args.stack_size = top_of(stack) - as_word(stack.data());
  if (cgroup >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<std::uint64_t>(cgroup);
  }
  TRY(const long pid, checked(enter_clone(__NR_clone3, as_word(&args), sizeof args, 0, entry, argument)));
  return NamespacedChild{static_cast<int>(pid), Fd(pidfd)};
}

SysResult<int> clone_with_own_memory(Entry entry, void* argument, std::span<std::byte> stack) {
  TRY(const long pid, checked(enter_clone(__NR_clone, 0, top_of(stack), 0, entry, argument)));
  return static_cast<int>(pid);
}

SysResult<int> clone_sharing_memory(Entry entry, void* argument, std::span<std::byte> stack, bool wait) {
  // The child sends no signal when it ends: a signal that is still pending would be delivered to the payload after its
  // exec.
  const std::uint64_t flags = CLONE_VM | (wait ? std::uint64_t{CLONE_VFORK} : 0);
  TRY(const long pid, checked(enter_clone(__NR_clone, flags, top_of(stack), 0, entry, argument)));
  return static_cast<int>(pid);
}

SysResult<int> clone_into_user_namespace(Entry entry, void* argument, std::span<std::byte> stack) {
  constexpr std::uint64_t kFlags = CLONE_NEWUSER | CLONE_VM | SIGCHLD;
  TRY(const long pid, checked(enter_clone(__NR_clone, kFlags, top_of(stack), 0, entry, argument)));
  return static_cast<int>(pid);
}

long clone_and_exit(std::uint64_t flags, std::span<std::byte> stack) {
  const Entry end_at_once = [](void*) { return 0; };
  return enter_clone(__NR_clone, flags | CLONE_VM | CLONE_VFORK, top_of(stack), 0, end_at_once, nullptr);
}

}  // namespace immure::sys
