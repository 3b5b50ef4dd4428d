#include <algorithm>
#include <charconv>

#include "judge/known.hpp"
#include "judge/observed.hpp"
#include "judge/text.hpp"
#include "sys/kernel.hpp"

namespace immure::judge {
namespace {

// The capability that an entrypoint may hold in a user namespace of its runtime, to map the cell's ids
// (capabilities(7), CAP_SETFCAP).
constexpr std::uint64_t kMayHold = std::uint64_t{1} << 31;

void check_namespaces(const evidence::OuterWalls& outer, const Look& look, Findings& findings) {
  for (const auto& [name, test] : kOfWalls) {
    const std::string space(name);
    const auto own = outer.namespaces.find(space);
    const auto host = look->host_namespaces.find(space);
    const bool apart = own != outer.namespaces.end() && host != look->host_namespaces.end() && own->second != 0 &&
                       own->second != host->second;
    if (!apart)
      findings.open(test, "outer-walls", "/outer/namespaces/" + space, "not the host's",
                    own == outer.namespaces.end() ? "none" : std::to_string(own->second));
  }
}

void check_capabilities(const std::string& text, std::string_view where, Findings& findings) {
  std::uint64_t held = ~std::uint64_t{0};
  const char* const end = text.data() + text.size();
  if (text.size() != 16 || std::from_chars(text.data(), end, held, 16).ptr != end) held = ~std::uint64_t{0};
  if ((held & ~kMayHold) != 0) findings.open(35, "outer-walls", std::string(where), "none", text);
}

void check_privilege(const evidence::OuterWalls& outer, Findings& findings) {
  check_capabilities(outer.bounding_capabilities, "/outer/boundingCapabilities", findings);
  check_capabilities(outer.effective_capabilities, "/outer/effectiveCapabilities", findings);
  if (outer.no_new_privs != 1)
    findings.open(35, "outer-walls", "/outer/noNewPrivs", "1", std::to_string(outer.no_new_privs));
  if (outer.uid == 0) findings.open(35, "outer-walls", "/outer/uid", "not root of the host", "0");
}

void check_root(const evidence::OuterWalls& outer, Findings& findings) {
  const auto has = [&](std::string_view option) { return std::ranges::find(outer.root, option) != outer.root.end(); };
  if (!has("ro") || has("rw")) findings.open(28, "outer-walls", "/outer/root", "ro", list_text(outer.root));
}

void check_filter(const evidence::Evidence& evidence, Findings& findings) {
  if (evidence.host.venue != kVenueWithoutFilter && evidence.outer->seccomp_mode != SECCOMP_MODE_FILTER)
    findings.open(36, "outer-walls", "/outer/seccompMode", "2", std::to_string(evidence.outer->seccomp_mode));
}

}  // namespace

void judge_outer(const Observed& observed, Findings& findings) {
  const evidence::Evidence& evidence = observed.evidence;
  if (std::ranges::find(kVenues, evidence.host.venue) == kVenues.end())
    return findings.unproved_all("venue-unknown", "/host/venue", "a venue that this verifier knows",
                                 evidence.host.venue);
  const bool native = evidence.host.venue == kNative;
  if (native != !evidence.outer) {
    findings.unproved_all("outer-walls-missing", "/outer",
                          native ? "no walls, because the cell is native" : "the venue's walls",
                          native ? "walls" : "none");
    return;
  }
  if (native) return;
  check_namespaces(*evidence.outer, observed.looks.front(), findings);
  check_privilege(*evidence.outer, findings);
  check_root(*evidence.outer, findings);
  check_filter(evidence, findings);
}

}  // namespace immure::judge
