#include "sys/landlock.hpp"

#include "sys/syscall.hpp"

namespace immure::sys {
namespace {

// struct landlock_ruleset_attr as of ABI 6. An older kernel takes a shorter beginning of the structure.
struct RulesetAttributes {
  std::uint64_t files, network, scopes;
};

// The kernel's struct landlock_path_beneath_attr is packed, too.
struct [[gnu::packed]] PathBeneath {
  std::uint64_t allowed;
  std::int32_t parent;
};

constexpr unsigned kCreateVersion = 1;
constexpr std::uint64_t kTcpBindAndConnect = 0x3, kAbstractSocketsAndSignals = 0x3;

std::size_t attribute_size(unsigned abi) {
  if (abi >= 6) return sizeof(RulesetAttributes);
  return abi >= 4 ? 2 * sizeof(std::uint64_t) : sizeof(std::uint64_t);
}

}  // namespace

SysResult<unsigned> landlock_abi() {
  TRY(const long abi, checked(raw(__NR_landlock_create_ruleset, nullptr, 0, kCreateVersion)));
  return static_cast<unsigned>(abi);
}

std::uint64_t all_file_access(unsigned abi) {
  if (abi >= 5) return (access::kIoctlDevice << 1) - 1;
  if (abi >= 3) return (access::kTruncate << 1) - 1;
  if (abi >= 2) return (access::kRefer << 1) - 1;
  return access::kRefer - 1;
}

SysResult<Fd> new_ruleset(unsigned abi) {
  const RulesetAttributes attributes{
      .files = all_file_access(abi), .network = kTcpBindAndConnect, .scopes = kAbstractSocketsAndSignals};
  TRY(const long fd, checked(raw(__NR_landlock_create_ruleset, &attributes, attribute_size(abi), 0)));
  return Fd(static_cast<int>(fd));
}

SysResult<void> allow_beneath(int ruleset, unsigned abi, int opened, std::uint64_t rights) {
  constexpr int kRulePathBeneath = 1;
  const PathBeneath rule{.allowed = rights & all_file_access(abi), .parent = opened};
  CHECK_OK(checked(raw(__NR_landlock_add_rule, ruleset, kRulePathBeneath, &rule, 0)));
  return {};
}

SysResult<void> restrict_self(int ruleset, std::uint32_t flags) {
  CHECK_OK(checked(raw(__NR_landlock_restrict_self, ruleset, flags)));
  return {};
}

}  // namespace immure::sys
