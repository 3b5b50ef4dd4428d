#include "attest/start/native.hpp"

#include <algorithm>
#include <cerrno>

#include <grp.h>
#include <unistd.h>

#include "attest/doctor/doctor.hpp"
#include "attest/host/surroundings.hpp"
#include "attest/start/prepare.hpp"
#include "cell/omission.hpp"
#include "sys/clone.hpp"
#include "sys/kernel.hpp"
#include "sys/process.hpp"
#include "sys/syscall.hpp"

namespace immure::attest {
namespace {

using cell::Omission;
using cell::omitted;

std::uint64_t left_out_namespaces() {
  if (omitted(Omission::kNetworkNamespace)) return CLONE_NEWNET;
  if (omitted(Omission::kPidNamespace)) return CLONE_NEWPID;
  if (omitted(Omission::kIpcNamespace)) return CLONE_NEWIPC;
  if (omitted(Omission::kUtsNamespace)) return CLONE_NEWUTS;
  return omitted(Omission::kCgroupNamespace) ? CLONE_NEWCGROUP : 0;
}

}  // namespace

Result<Cell> start_native(const plan::Plan& plan, const OpenInput& input, bool probes, Deadline& deadline) {
  TRY(Cell cell, new_cell());
  TRY(const OuterIds ids, outer_ids());
  // Groups of the caller cannot be given up after the maps are written (user_namespaces(7), setgroups); root gives them
  // up here.
  if (omitted(Omission::kGroups)) {
    const gid_t kept = 0;
    if (::setgroups(1, &kept) != 0) return fail(Code::kSystem, "setgroups", "failed", {}, errno);
  } else if (ids.privileged && ::getgroups(0, nullptr) != 0) {
    CHECK_OK(or_system_error(sys::checked(sys::raw(__NR_setgroups, 0, nullptr)), "setgroups",
                             "cannot drop supplementary groups"));
  }
  // Before there are channels, of which its janitor would have copies.
  const plan::Limits& limits = plan.profile.limits;
  const std::uint64_t memory = omitted(Omission::kMemoryLimit) ? limits.memory_bytes * 2 : limits.memory_bytes;
  if (auto group = Cgroup::create(memory, static_cast<std::uint32_t>(limits.processes)))
    cell.cgroup.emplace(std::move(*group));
  // This object holds the supervisor's ends of the channels, so it must live as long as the cell does.
  const auto kept = std::make_shared<Prepared>();
  Prepared& prepared = *kept;
  cell.prepared = kept;
  CHECK_OK(prepare(prepared, cell, plan, input, ids));
  prepared.spec.probes = probes;
  const bool enters_group = cell.cgroup && !omitted(Omission::kControlGroup);
  if (enters_group) std::ranges::copy(cell.cgroup->entrances(), prepared.spec.groups);
  cell.world->spec = &prepared.spec;

  auto child = sys::clone_into_namespaces(cell::init_main, cell.world.get(), cell.world->init_stack,
                                          left_out_namespaces(), enters_group ? cell.cgroup->directory() : -1);
  if (!child) {
    const int number = child.error().value;
    // What CLONE_INTO_CGROUP adds to clone3's errors (clone(2)).
    if (number == EACCES || number == EBUSY || number == EOPNOTSUPP)
      return fail(Code::kSystem, "control group", "the cell cannot be started in it", {}, number);
    const std::string limit = number == EAGAIN ? limit_remedy(number, prepared.spec.limits) : std::string();
    return fail(Code::kUnsupported, "namespaces", "cannot be made",
                limit.empty() ? "To mend it: " + namespace_remedy(number) + "." : limit, number);
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
