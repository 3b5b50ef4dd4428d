/// Rows of the catalogue (probe/catalogue.hpp): rarely used families and protocols of sockets.
#pragma once

#include "probe/rows.hpp"

#include <sys/socket.h>

namespace immure::probe::families {

// No family has this type of socket. The kernel checks the type before it looks for the family. So the kernel loads no
// module and makes no socket (__sock_create in net/socket.c): if the filter lets the call through, the kernel answers
// EINVAL.
inline constexpr int kNoType = 15;

constexpr Row socket(std::string_view id, int family, int protocol, Words words) {
  return with(denied(id, Boundary::kNetwork, 25, SYS(socket), {num(family), num(kNoType), num(protocol)}), words);
}

constexpr Row on_nothing(std::string_view id, std::string_view syscall, long nr, std::array<Arg, 6> args, Words words) {
  return with(denied(id, Boundary::kNetwork, 25, syscall, nr, args), words);
}

inline constexpr Row kRows[] = {
    with(denied("network/socket-inet-dgram", Boundary::kNetwork, 25, SYS(socket),
                {num(AF_INET), num(SOCK_DGRAM), num(0)}, kOpens),
         {"a UDP socket: one datagram is enough to ask a name server", "udp(7)"}),
    with(denied("network/socket-ping", Boundary::kNetwork, 25, SYS(socket),
                {num(AF_INET), num(SOCK_DGRAM), num(1 /* ICMP */)}, kOpens),
         {"an ICMP socket without privilege: echo requests carry data", "icmp(7)", "3.0"}),
    socket("network/socket-mptcp", AF_INET, 262,
           {"multipath TCP, which filters for TCP's protocol number miss", "socket(2)", "5.6"}),
    socket("network/socket-sctp", AF_INET, 132, {"SCTP, whose module is loaded on demand", "sctp(7)"}),
    socket("network/socket-dccp", AF_INET, 33, {"DCCP, whose module is loaded on demand", "CVE-2017-6074"}),
    socket("network/socket-key", 15, 2, {"PF_KEY: the IPsec key manager", "CVE-2022-1353"}),
    socket("network/socket-rds", 21, 0, {"RDS over TCP or InfiniBand", "CVE-2010-3904"}),
    socket("network/socket-pppox", 24, 0, {"PPP over Ethernet and L2TP", "CVE-2014-4943"}),
    socket("network/socket-llc", 26, 0, {"IEEE 802.2 LLC", "CVE-2022-28356"}),
    socket("network/socket-can", 29, 2, {"controller area network, broadcast manager", "CVE-2021-3609"}),
    socket("network/socket-tipc", 30, 0, {"cluster protocol TIPC", "CVE-2021-43267"}),
    socket("network/socket-bluetooth", 31, 1, {"Bluetooth host controller", "CVE-2020-12351"}),
    socket("network/socket-nfc", 39, 1, {"near-field communication", "CVE-2021-23134", "3.1"}),
    socket("network/socket-kcm", 41, 0, {"kernel connection multiplexor", "CVE-2024-44946", "4.6"}),
    socket("network/socket-qipcrtr", 42, 0, {"Qualcomm IPC router, which needs no privilege", "CVE-2021-3743", "4.7"}),
    socket("network/netlink-netfilter", AF_NETLINK, 12,
           {"netlink: nf_tables, the way of many escapes", "CVE-2024-1086"}),
    socket("network/netlink-xfrm", AF_NETLINK, 6, {"netlink: IPsec policies", "CVE-2017-16939"}),
    socket("network/netlink-sock-diag", AF_NETLINK, 4, {"netlink: who talks to whom on this machine", "sock_diag(7)"}),
    socket("network/netlink-generic", AF_NETLINK, 16, {"netlink: whatever module has registered", "netlink(7)"}),
    socket("network/netlink-uevent", AF_NETLINK, 15,
           {"netlink: devices that come and go, for every namespace", "netlink(7)"}),
    on_nothing("network/accept", SYS(accept), {num(-1), kNil, kNil}, {"accept in its older form"}),
    on_nothing("network/getsockname", SYS(getsockname), {num(-1), kNil, kNil},
               {"the address of a socket that was passed in"}),
    on_nothing("network/interface-list", SYS(ioctl), {num(-1), num(0x8912), kBuf},
               {"SIOCGIFCONF: the addresses of the machine", "netdevice(7)"}),
};

}  // namespace immure::probe::families
