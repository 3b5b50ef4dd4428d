#include "attest/start/native.hpp"

#include <algorithm>
#include <cerrno>

#include <grp.h>
#include <unistd.h>

#include "attest/host/surroundings.hpp"
#include "attest/mutation.hpp"
#include "attest/start/prepare.hpp"
#include "attest/witness.hpp"
#include "sys/clone.hpp"
#include "sys/kernel.hpp"
#include "sys/process.hpp"
#include "sys/syscall.hpp"

namespace immure::attest {
Result<Cell> start_native(const plan::Plan& plan, const OpenInput& input, bool probes, Deadline& deadline,
                          std::shared_ptr<Cgroup> shared) {
  TRY(Cell cell, new_cell());
  TRY(const OuterIds ids, outer_ids());
  // Root drops its supplementary groups here, because no process can drop them after the id maps are written
  // (user_namespaces(7), setgroups).
  if (ids.privileged && ::getgroups(0, nullptr) != 0) {
    CHECK_OK(or_system_error(sys::checked(sys::raw(__NR_setgroups, 0, nullptr)), "setgroups",
                             "cannot drop supplementary groups"));
  }
  mutate_groups();
  TRY(cell.filters_around, filters_on("self"));
  // Make the group before the channels, because the group's cleanup process would have copies of the channels' ends.
  const plan::Limits& limits = plan.profile.limits;
  std::uint64_t memory = limits.memory_bytes;
  mutate_group_limit(memory);
  if (shared) {
    shared->share();
    cell.cgroup = std::move(shared);
  } else if (auto made = Cgroup::create(memory, static_cast<std::uint32_t>(limits.processes))) {
    cell.cgroup = std::make_shared<Cgroup>(std::move(*made));
  }
  // This object holds the supervisor's ends of the channels, so it must live as long as the cell does.
  const auto kept = std::make_shared<Prepared>();
  Prepared& prepared = *kept;
  cell.prepared = kept;
  CHECK_OK(prepare(prepared, cell, plan, input, ids));
  prepared.spec.probes = probes;
  std::uint64_t namespaces = sys::kCellNamespaces;
  int group = -1;
  if (cell.cgroup) {
    group = cell.cgroup->directory();
    std::ranges::copy(cell.cgroup->entrances(), prepared.spec.groups);
  }
  mutate_start(namespaces, group, prepared.spec);
  cell.world->spec = &prepared.spec;

  auto child = sys::clone_into_namespaces(cell::init_main, cell.world.get(), cell.world->init_stack, namespaces, group);
  if (!child) {
    const int number = child.error().value;
    // clone3 returns these errors only with CLONE_INTO_CGROUP (clone(2)).
    if (number == EACCES || number == EBUSY || number == EOPNOTSUPP)
      return fail(Code::kSystem, "control group", "the cell cannot be started in it", {}, number);
    const std::string limit = number == EAGAIN ? limit_remedy(number, prepared.spec.limits) : std::string();
    return fail(Code::kUnsupported, "namespaces", "cannot be made",
                limit.empty() ? "To fix this: " + namespace_remedy(number) + "." : limit, number);
  }
  cell.init_pid = child->pid;
  cell.init = std::move(child->pidfd);
  keep_own_ends(cell, prepared);

  CHECK_OK(or_system_error(sys::write_id_maps(child->pid, cell::kInnerUid, ids.uid, cell::kInnerUid, ids.gid),
                           "id maps", "cannot be written", "Needs /proc, and as root CAP_SETUID and CAP_SETGID."));
  CHECK_OK(attend(cell, plan, input, ids, deadline));
  return cell;
}

}  // namespace immure::attest
