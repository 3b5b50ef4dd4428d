/// Rows of the catalogue (probe/catalogue.hpp): the network.
#pragma once

#include "probe/rows.hpp"

#include <fcntl.h>
#include <sys/socket.h>

namespace immure::probe::network {

inline constexpr Boundary kNet = Boundary::kNetwork;

// Every way to make a socket, by family. Loopback is the only address that a row names (tests 24 and 25).
inline constexpr Row kRows[] = {
    {.id = "network/connect-loopback-v4",
     .boundary = kNet,
     .test = 24,
     .tries = "TCP connection to 127.0.0.1:9",
     .syscall = "connect",
     .args = {num(AF_INET)},
     .cell = kDenied,
     .walls = {ENETUNREACH},
     .flags = kHarmless,
     .source = "network_namespaces(7): a new one has only lo, and it is down",
     .run = connect_loopback},
    {.id = "network/connect-loopback-v6",
     .boundary = kNet,
     .test = 24,
     .tries = "TCP connection to [::1]:9",
     .syscall = "connect",
     .args = {num(AF_INET6)},
     .cell = kDenied,
     .walls = {ENETUNREACH, EADDRNOTAVAIL, EAFNOSUPPORT},
     .flags = kHarmless,
     .source = "network_namespaces(7)",
     .run = connect_loopback},
    denied("network/socket-inet-stream", kNet, 25, SYS(socket), {num(AF_INET), num(SOCK_STREAM), num(0)}, kOpens),
    denied("network/socket-inet6-dgram", kNet, 25, SYS(socket), {num(AF_INET6), num(SOCK_DGRAM), num(0)}, kOpens),
    denied("network/socket-unix-stream", kNet, 25, SYS(socket), {num(AF_UNIX), num(SOCK_STREAM), num(0)}, kOpens),
    denied("network/socket-netlink-route", kNet, 25, SYS(socket), {num(AF_NETLINK), num(SOCK_RAW), num(0)}, kOpens),
    // AF_PACKET has no such type of socket. Closing a real packet socket would wait for every CPU (packet_release,
    // synchronize_net).
    denied("network/socket-packet", kNet, 25, SYS(socket), {num(AF_PACKET), num(SOCK_STREAM), num(0)}, kOpens),
    denied("network/socket-raw-icmp", kNet, 25, SYS(socket), {num(AF_INET), num(SOCK_RAW), num(1)}, kOpens),
    denied("network/socket-vsock", kNet, 25, SYS(socket), {num(AF_VSOCK), num(SOCK_STREAM), num(0)}, kOpens),
    denied("network/socket-alg", kNet, 25, SYS(socket), {num(AF_ALG), num(SOCK_SEQPACKET), num(0)}, kOpens),
    denied("network/socket-xdp", kNet, 25, SYS(socket), {num(44), num(0x7fffffff), num(0)}, kOpens),
    denied("network/socket-bogus-family", kNet, 25, SYS(socket), {num(9999), num(1), num(0)}, kOpens),
    denied("network/socketpair-unix", kNet, 25, SYS(socketpair), {num(AF_UNIX), num(15), num(0), kBuf}),
    denied("network/connect", kNet, 25, SYS(connect), {num(-1), kNil, num(0)}),
    denied("network/bind", kNet, 25, SYS(bind), {num(-1), kNil, num(0)}),
    denied("network/listen", kNet, 25, SYS(listen), {num(-1), num(0)}),
    denied("network/accept4", kNet, 25, SYS(accept4), {num(-1), kNil, kNil, num(0)}),
    given_pairs({EBADF},
                denied("network/sendto", kNet, 25, SYS(sendto), {num(-1), kNil, num(0), num(0), kNil, num(0)})),
    denied("network/sendmsg", kNet, 25, SYS(sendmsg), {num(-1), kNil, num(0)}),
    denied("network/sendmmsg", kNet, 25, SYS(sendmmsg), {num(-1), kNil, num(0), num(0)}),
    given_pairs({EBADF},
                denied("network/recvfrom", kNet, 25, SYS(recvfrom), {num(-1), kNil, num(0), num(0), kNil, kNil})),
    denied("network/recvmsg", kNet, 25, SYS(recvmsg), {num(-1), kNil, num(0)}),
    denied("network/recvmmsg", kNet, 25, SYS(recvmmsg), {num(-1), kNil, num(0), num(0), kNil}),
    denied("network/setsockopt", kNet, 25, SYS(setsockopt), {num(-1), num(0), num(0), kNil, num(0)}),
    denied("network/getsockopt", kNet, 25, SYS(getsockopt), {num(-1), num(0), num(0), kNil, kNil}),
    given_pairs({EBADF}, denied("network/shutdown", kNet, 25, SYS(shutdown), {num(-1), num(0)})),
    // io_uring makes and connects sockets without socket(2), and seccomp does not see the operations of io_uring.
    denied("network/io-uring-setup", kNet, 25, SYS(io_uring_setup), {num(0), kBuf}),
    denied("network/io-uring-enter", kNet, 25, SYS(io_uring_enter), {num(-1), num(0), num(0), num(0), kNil, num(0)}),
    denied("network/io-uring-register", kNet, 25, SYS(io_uring_register), {num(-1), num(0), kNil, num(0)}),
};

}  // namespace immure::probe::network
