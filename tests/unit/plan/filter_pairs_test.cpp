// The filters of plans that give the program unnamed pairs of sockets.
#include <gtest/gtest.h>

#include <asm/unistd.h>
#include <sys/socket.h>
#include <cstdint>
#include <vector>

#include "filter_answers.hpp"
#include "plan/filter/groups.hpp"

namespace immure::plan {
namespace {

using namespace sweep;

constexpr std::uint64_t kAddress = 0x7fff'0000'1000;

// The headers have the flags as an enumeration.
std::vector<std::uint64_t> numbers(const std::vector<int>& flags) { return {flags.begin(), flags.end()}; }

TEST(FilterPairs, AllowUnnamedPairsAndNothingElseOfSockets) {
  for (const std::string profile : {"static", "dynamic", "python", "jit"}) {
    const std::string pairs = with_socket_pairs(profile);
    for (const std::uint64_t type : {SOCK_STREAM, SOCK_DGRAM}) {
      for (const std::uint64_t flags : {0, SOCK_CLOEXEC + 0, SOCK_NONBLOCK + 0, SOCK_CLOEXEC | SOCK_NONBLOCK}) {
        EXPECT_EQ(answer(pairs, __NR_socketpair, {AF_UNIX, type | flags, 0, kAddress}), kRetAllow) << pairs;
        EXPECT_EQ(answer(profile, __NR_socketpair, {AF_UNIX, type | flags, 0, kAddress}), kEperm) << profile;
      }
    }
    for (const Arguments& other : {Arguments{AF_UNIX, SOCK_SEQPACKET, 0, kAddress},
                                   {AF_INET, SOCK_STREAM, 0, kAddress},
                                   {AF_UNIX, SOCK_STREAM, 1, kAddress},
                                   {AF_UNIX, SOCK_RAW, 0, kAddress},
                                   {AF_UNIX, SOCK_STREAM | 0x100, 0, kAddress},
                                   {30, SOCK_STREAM, 0, kAddress}})
      EXPECT_EQ(answer(pairs, __NR_socketpair, other), kEperm) << pairs << ' ' << other[0] << ' ' << other[1];
    EXPECT_EQ(answer(pairs, __NR_sendto, {3, kAddress, 1, 0, 0, 0}), kRetAllow);
    EXPECT_EQ(answer(pairs, __NR_sendto, {3, kAddress, 1, 0, kAddress, 16}), kEperm);
    EXPECT_EQ(answer(pairs, __NR_sendto, {3, kAddress, 1, 0, std::uint64_t{1} << 32, 16}), kEperm) << "a whole pointer";
    EXPECT_EQ(answer(pairs, __NR_recvfrom, {3, kAddress, 1, 0, 0, 0}), kRetAllow);
    for (const std::uint64_t flags : numbers({MSG_DONTWAIT | MSG_NOSIGNAL, MSG_MORE | MSG_EOR}))
      EXPECT_EQ(answer(pairs, __NR_sendto, {3, kAddress, 1, flags, 0, 0}), kRetAllow) << flags;
    for (const std::uint64_t flags : numbers({MSG_DONTWAIT | MSG_PEEK, MSG_WAITALL | MSG_TRUNC}))
      EXPECT_EQ(answer(pairs, __NR_recvfrom, {3, kAddress, 1, flags, 0, 0}), kRetAllow) << flags;
    for (const std::uint64_t flags :
         numbers({MSG_OOB, MSG_ZEROCOPY, MSG_OOB | MSG_DONTWAIT, MSG_FASTOPEN, MSG_ERRQUEUE})) {
      EXPECT_EQ(answer(pairs, __NR_sendto, {3, kAddress, 1, flags, 0, 0}), kEperm) << flags;
      EXPECT_EQ(answer(pairs, __NR_recvfrom, {3, kAddress, 1, flags, 0, 0}), kEperm) << flags;
    }
    for (const std::uint32_t call : {__NR_socket, __NR_connect, __NR_bind, __NR_listen, __NR_accept, __NR_accept4,
                                     __NR_sendmsg, __NR_recvmsg, __NR_sendmmsg, __NR_recvmmsg, __NR_setsockopt})
      EXPECT_EQ(answer(pairs, call, {AF_UNIX, SOCK_STREAM, 0}), kEperm) << pairs << ' ' << call;
  }
}

TEST(FilterPairs, TheInspectorHasNone) { EXPECT_FALSE(builtin_filter(with_socket_pairs("inspect"))); }

TEST(FilterPairs, AProfileThatAsksForThemGetsThem) {
  Profile profile;
  const auto without = filter_for(profile);
  profile.socket_pairs = true;
  const auto with = filter_for(profile);
  profile.unsafe_syscalls = {"sync"};
  const auto compiled = filter_for(profile);
  ASSERT_TRUE(without && with && compiled);
  EXPECT_NE(without->sha256, with->sha256);
  EXPECT_EQ(answer(compiled->instructions, __NR_socketpair, {AF_UNIX, SOCK_STREAM, 0, kAddress}), kRetAllow);
}

}  // namespace
}  // namespace immure::plan
