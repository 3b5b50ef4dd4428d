#include <algorithm>
#include <optional>

#include "file/sha256.hpp"
#include "judge/edition.hpp"
#include "judge/known.hpp"
#include "judge/observed.hpp"
#include "judge/text.hpp"
#include "sys/bpf.hpp"
#include "sys/credentials.hpp"
#include "sys/kernel.hpp"
#include "text/credential.hpp"

namespace immure::judge {
namespace {

using evidence::Descriptor;
using Inodes = std::map<std::string, std::uint64_t>;

constexpr std::string_view kNoCapabilities = "0000000000000000";

std::optional<std::uint64_t> inode(const Inodes& namespaces, std::string_view name) {
  const auto found = namespaces.find(std::string(name));
  if (found == namespaces.end() || found->second == 0) return std::nullopt;
  return found->second;
}

// Judges test 24: the cell has its own network namespace, whose only interface is an unused loopback.
void check_network(const Observed& observed, Findings& findings) {
  using Rows = std::vector<std::string>;
  struct Table {
    const Rows evidence::OutsideView::* rows;
    std::string_view member;
  };
  constexpr Table kEmpty[] = {{&evidence::OutsideView::net_route, "/netRoute"},
                              {&evidence::OutsideView::net_if_inet6, "/netIfInet6"},
                              {&evidence::OutsideView::net_unix, "/netUnix"}};
  demand_own_namespace(24, "net", observed, findings);
  for (const Look& look : observed.looks) {
    if (look->net_dev.size() != 1 || look->net_dev.front() != kQuietLoopback)
      findings.open(24, "network-interface", look.at("/netDev"),
                    "a loopback interface without any traffic, and no other interface", list_text(look->net_dev));
    for (const Table& table : kEmpty)
      if (!(look.view->*table.rows).empty())
        findings.open(24, "network-table", look.at(table.member), "nothing", list_text(look.view->*table.rows));
    if (look->inet_sockets != 0)
      findings.open(24, "network-table", look.at("/inetSockets"), "no socket in this namespace",
                    std::to_string(look->inet_sockets));
    for (const std::string& route : look->net_ipv6_route)
      if (!route.ends_with(" lo"))
        findings.open(24, "network-table", look.at("/netIpv6Route"), "routes of lo only", route);
  }
}

// Judges test 25: the task has no open socket.
void check_sockets(const Observed& observed, Findings& findings) {
  for (const Look& look : observed.looks)
    for (const Descriptor& descriptor : look->descriptors)
      if (descriptor.kind == "socket")
        findings.open(25, "socket-held", look.at("/descriptors"), "no socket",
                      "descriptor " + std::to_string(descriptor.number));
}

// Judges test 32: the environment has exactly the declared variables, and no credential.
void check_environment(const Observed& observed, Findings& findings) {
  const auto& declared = observed.evidence.environment;
  for (const std::string& name : declared) {
    if (text::named_like_credential(name))
      findings.open(32, "environment-secret", "/environment",
                    "no variable whose name looks like the name of a credential", name);
    if (name.empty() || name == "?" || name.find('=') != std::string::npos)
      findings.open(32, "environment-malformed", "/environment", "names", name);
  }
  if (observed.inside.environment != declared)
    findings.open(32, "environment-differs", "/inside/environment", list_text(declared),
                  list_text(observed.inside.environment));
  const Look& gate = observed.looks.front();
  if (!gate->environment.empty() || gate->environment_bytes != 0)
    findings.open(32, "environment-differs", gate.at("/environment"), "no environment before the payload's exec",
                  list_text(gate->environment));
  const Look* exec = observed.exec();
  if (exec == nullptr) return;
  if ((*exec)->environment != declared)
    findings.open(32, "environment-differs", exec->at("/environment"), list_text(declared),
                  list_text((*exec)->environment));
  // Each variable takes at least its name, `=` and a zero byte.
  std::uint64_t least = 0;
  for (const std::string& name : declared) least += name.size() + 2;
  if ((*exec)->environment_bytes < least || (declared.empty() && (*exec)->environment_bytes != 0))
    findings.unproved(32, "environment-unseen", exec->at("/environmentBytes"),
                      declared.empty() ? "0" : std::to_string(least) + " bytes or more",
                      std::to_string((*exec)->environment_bytes));
}

// Judges test 33: the evidence names the filter that was loaded.
void check_filter(const Observed& observed, Findings& findings) {
  const evidence::Filter& filter = observed.evidence.filter;
  if (filter.instructions == 0 || filter.instructions > sys::kMaxInstructions)
    findings.unproved(33, "filter-missing", "/filter/instructions", "a filter that was loaded",
                      std::to_string(filter.instructions));
  if (!file::is_sha256_hex(filter.sha256))
    findings.unproved(33, "filter-missing", "/filter/sha256", "a SHA-256", "none");
  if (!file::is_sha256_hex(filter.source_sha256))
    findings.unproved(33, "filter-missing", "/filter/sourceSha256", "a SHA-256", "none");
}

// Judges test 36, if the edition asks which calls the filter allows.
void check_allowed_calls(const Observed& observed, Findings& findings) {
  const Edition* edition = edition_of(observed.evidence);
  if (edition == nullptr || edition->number < kLayersSince) return;
  const auto& allowed = observed.evidence.filter.allowed;
  if (!allowed || allowed->numbers.empty() || allowed->numbers.back() >= sys::kCallNumbers)
    findings.unproved(36, "filter-missing", "/filter/allowed", "numbers of system calls", "none, or others");
  if (allowed && allowed->foreign != 0)
    findings.open(36, "filter-foreign", "/filter/allowed/foreign", "no call of another table",
                  std::to_string(allowed->foreign));
}

/// True for an NSpid line of a process in a pid namespace of its own. The line has a number for each pid namespace, the
/// host's first. The cell's first process has number 1, so the payload has number 2 or more.
bool is_own_pid(std::string_view line) {
  std::size_t numbers = 0;
  std::uint64_t value = 0;
  while (!line.empty()) {
    const std::size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
    if (digits == 0 || digits > 10) return false;
    value = 0;
    for (const char c : line.substr(0, digits)) value = value * 10 + static_cast<std::uint64_t>(c - '0');
    ++numbers;
    line.remove_prefix(digits);
    if (line.empty()) break;
    if (line.front() != ' ' || line.size() == 1) return false;
    line.remove_prefix(1);
  }
  return numbers >= 2 && value >= 2;
}

// Judges test 34: the payload is in a pid namespace of its own.
void check_processes(const Observed& observed, Findings& findings) {
  demand_own_namespace(34, "pid", observed, findings);
  for (const Look& look : observed.looks)
    if (!is_own_pid(look->ns_pid))
      findings.open(34, "process-namespace", look.at("/nsPid"),
                    "two process ids: one on the host, and one in the cell that is 2 or more", look->ns_pid);
}

void demand_no_capabilities(const evidence::Capabilities& held, const std::string& where, Findings& findings) {
  struct Set {
    const std::string& bits;
    std::string_view member;
  };
  const Set sets[] = {{held.effective, "effective"},
                      {held.permitted, "permitted"},
                      {held.inheritable, "inheritable"},
                      {held.bounding, "bounding"},
                      {held.ambient, "ambient"}};
  for (const Set& set : sets) {
    if (set.bits == kNoCapabilities) continue;
    std::string at = where + "/" + std::string(set.member);
    if (set.bits.empty())
      findings.unproved(35, "witness-missing", std::move(at), std::string(kNoCapabilities), "none");
    else
      findings.open(35, "capability-held", std::move(at), std::string(kNoCapabilities), set.bits);
  }
}

/// Demands that the real, effective, saved and file system id are the same, and not root's.
void demand_one_id(const std::vector<std::uint32_t>& ids, std::string where, Findings& findings) {
  if (ids.size() != 4) return findings.unproved(35, "witness-missing", std::move(where), "four ids", numbers_text(ids));
  if (ids[0] == 0 || std::ranges::count(ids, ids[0]) != 4)
    findings.open(35, "user-ids", std::move(where), "the same id four times, and not 0", numbers_text(ids));
}

// Judges test 35: the task has no capability, no way to gain a privilege, and not root's ids.
void check_privilege(const Observed& observed, Findings& findings) {
  demand_own_namespace(35, "user", observed, findings);
  demand_no_capabilities(observed.inside.capabilities, "/inside/capabilities", findings);
  if (observed.inside.no_new_privs != 1)
    findings.open(35, "privileges-gained", "/inside/noNewPrivs", "1", std::to_string(observed.inside.no_new_privs));
  if (observed.inside.securebits != sys::kLockedSecurebits)
    findings.open(35, "securebits-open", "/inside/securebits", std::to_string(sys::kLockedSecurebits),
                  std::to_string(observed.inside.securebits));
  for (const Look& look : observed.looks) {
    demand_no_capabilities(look->capabilities, look.at("/capabilities"), findings);
    if (look->no_new_privs != 1)
      findings.open(35, "privileges-gained", look.at("/noNewPrivs"), "1", std::to_string(look->no_new_privs));
    demand_one_id(look->uids, look.at("/uids"), findings);
    demand_one_id(look->gids, look.at("/gids"), findings);
    if (look->setgroups != "deny") findings.open(35, "setgroups-open", look.at("/setgroups"), "deny", look->setgroups);
  }
  const Look* exec = observed.exec();
  if (exec != nullptr && (observed.looks[0]->uids != (*exec)->uids || observed.looks[0]->gids != (*exec)->gids))
    findings.open(35, "witness-disagrees", exec->at("/uids"), "the ids of the gate", numbers_text((*exec)->uids));
}

// Judges test 36: a seccomp filter is in force.
void check_seccomp(const Observed& observed, Findings& findings) {
  if (observed.inside.seccomp_mode != SECCOMP_MODE_FILTER)
    findings.open(36, "seccomp-off", "/inside/seccompMode", "2", std::to_string(observed.inside.seccomp_mode));
  for (const Look& look : observed.looks) {
    if (look->seccomp_mode != SECCOMP_MODE_FILTER)
      findings.open(36, "seccomp-off", look.at("/seccompMode"), "2", std::to_string(look->seccomp_mode));
    if (look->seccomp_filters == 0) findings.open(36, "seccomp-off", look.at("/seccompFilters"), "1 or more", "0");
  }
}

}  // namespace

/// Judges that a namespace is the cell's own: not the host's, and the same one that the cell sees from inside.
void demand_own_namespace(SandboxTest test, std::string_view name, const Observed& observed, Findings& findings) {
  const auto inside = inode(observed.inside.namespaces, name);
  const std::string member(name);
  if (!inside) findings.unproved(test, "witness-missing", "/inside/namespaces/" + member, "an inode", "none");
  for (const Look& look : observed.looks) {
    const auto outside = inode(look->namespaces, name);
    const auto host = inode(look->host_namespaces, name);
    if (!outside) findings.unproved(test, "witness-missing", look.at("/namespaces/" + member), "an inode", "none");
    if (!host) findings.unproved(test, "witness-missing", look.at("/hostNamespaces/" + member), "an inode", "none");
    if (!outside) continue;
    if (host == outside)
      findings.open(test, "namespace-shared", look.at("/namespaces/" + member),
                    "a namespace different from the host's " + std::to_string(*host), std::to_string(*outside));
    if (inside && inside != outside)
      findings.open(test, "witness-disagrees", look.at("/namespaces/" + member),
                    std::to_string(*inside) + ", as the cell sees it", std::to_string(*outside));
  }
}

std::string numbers_text(std::span<const std::uint32_t> numbers) {
  std::string out;
  for (const std::uint32_t number : numbers) {
    if (!out.empty()) out += ' ';
    out += std::to_string(number);
  }
  return out.empty() ? "none" : out;
}

void judge_task(const Observed& observed, Findings& findings) {
  check_network(observed, findings);
  check_sockets(observed, findings);
  check_environment(observed, findings);
  check_filter(observed, findings);
  check_allowed_calls(observed, findings);
  check_processes(observed, findings);
  check_privilege(observed, findings);
  check_seccomp(observed, findings);
}

}  // namespace immure::judge
