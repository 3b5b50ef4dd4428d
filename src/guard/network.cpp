#include <cerrno>

#include <sys/socket.h>
#include <sys/stat.h>

#include "guard/tries.hpp"

namespace immure::guard {
namespace {

struct Family {
  int number;
  int type;
  const char* call;
};

constexpr int kNoSuchFamily = 9999;

// AF_VSOCK and AF_UNIX do not belong to network namespaces, so an empty namespace hides neither (vsock(7), unix(7)).
constexpr Family kFamilies[] = {
    {AF_INET, SOCK_STREAM, "socket(AF_INET, SOCK_STREAM, 0)"},
    {AF_INET6, SOCK_DGRAM, "socket(AF_INET6, SOCK_DGRAM, 0)"},
    {AF_UNIX, SOCK_STREAM, "socket(AF_UNIX, SOCK_STREAM, 0)"},
    {AF_NETLINK, SOCK_RAW, "socket(AF_NETLINK, SOCK_RAW, 0)"},
    {AF_PACKET, SOCK_RAW, "socket(AF_PACKET, SOCK_RAW, 0)"},
    {AF_VSOCK, SOCK_STREAM, "socket(AF_VSOCK, SOCK_STREAM, 0)"},
    {AF_ALG, SOCK_SEQPACKET, "socket(AF_ALG, SOCK_SEQPACKET, 0)"},
    {kNoSuchFamily, SOCK_STREAM, "socket(9999, SOCK_STREAM, 0)"},
};

// A socket that was opened before this program started can be used without socket(2).
void try_inherited(Tries& tries) {
  constexpr int kDescriptors = 1024;
  bool found = false;
  for (int fd = 0; fd < kDescriptors && !found; ++fd) {
    struct stat info{};
    found = !sys::failed(sys::raw(__NR_fstat, fd, &info)) && S_ISSOCK(info.st_mode);
  }
  tries.must_hold("fstat(0..1023)", !found, "a socket was inherited");
}

}  // namespace

void try_network(Tries& tries) {
  for (const Family& family : kFamilies) {
    const sys::Raw fd = sys::raw(__NR_socket, family.number, family.type | SOCK_CLOEXEC, 0);
    tries.must_fail(family.call, fd, {EPERM, EAFNOSUPPORT});
    give_back(fd);
  }
  // EBADF or EFAULT would come from the kernel's own check of the arguments, and would show that no filter denied the
  // call before this check.
  tries.must_fail("connect(-1, NULL, 0)", sys::raw(__NR_connect, -1, nullptr, 0), {EPERM});
  tries.must_fail("bind(-1, NULL, 0)", sys::raw(__NR_bind, -1, nullptr, 0), {EPERM});
  tries.must_fail("socketpair(AF_UNIX, SOCK_STREAM, 0, NULL)",
                  sys::raw(__NR_socketpair, AF_UNIX, SOCK_STREAM, 0, nullptr), {EPERM});
  // io_uring makes sockets without socket(2), so it bypasses any filter on socket(2).
  const sys::Raw ring = sys::raw(__NR_io_uring_setup, 0, nullptr);
  tries.must_fail("io_uring_setup(0, NULL)", ring, {EPERM, ENOSYS});
  give_back(ring);
  try_inherited(tries);
}

}  // namespace immure::guard
