#include "inspect/scan/rule.hpp"

#include <algorithm>
#include <array>

namespace immure::inspect {
namespace {

using enum Severity;

constexpr auto kRules = std::to_array<RuleInfo>({
    {"archive.bad-name", kMedium, "member without a usable name", "tools disagree about what such a member is called",
     "do not extract it with privileges", false},
    {"archive.duplicate", kMedium, "two members of one name",
     "which one wins depends on the tool: a reviewer may see the other one", "compare both members", false},
    {"archive.embedded", kInfo, "container within another content",
     "installers and firmware carry files this way, and so does what wants to be overlooked; it was opened",
     "look at its members", false},
    {"archive.encrypted", kMedium, "encrypted content", "it could not be inspected",
     "ask for it without encryption, or for the password and inspect again", true},
    {"archive.link-absolute", kLow, "link member to a place of the system",
     "packages link to programs and libraries of the system; elsewhere the link leads to other files or to none",
     "extract it only as the root of a system, or drop the link", false},
    {"archive.link-out", kHigh, "link member that leads out of the archive",
     "extraction can write or read outside of its directory", "do not extract it", false},
    {"archive.malformed", kMedium, "damaged or truncated container",
     "what follows the damage could not be inspected; tools read it differently", "ask for an intact copy", true},
    {"archive.overlap", kHigh, "members that overlap",
     "the same bytes come out many times, as bombs do, or one member hides in another", "do not unpack it", false},
    {"archive.ratio", kMedium, "extreme compression", "a decompression bomb fills memory and disks",
     "do not unpack it without limits", false},
    {"archive.special", kHigh, "device, FIFO or socket member", "extraction as root creates it", "do not extract it",
     false},
    {"archive.through-link", kHigh, "member below a link",
     "extraction writes where the link leads, which may be outside of its directory", "do not extract it", false},
    {"archive.trailing", kLow, "bytes outside of the container", "data that most tools ignore can hide content",
     "look at the bytes", false},
    {"archive.traversal", kHigh, "member name that leaves the directory",
     "extraction can overwrite files anywhere (zip slip)", "do not extract it", false},
    {"archive.unsupported", kMedium, "container or packed content that is not opened",
     "what is in it was not inspected", "unpack it in a cell of its own and inspect that", true},
    {"archive.views", kMedium, "container that shows different contents to different tools",
     "a reviewer's tool and the receiver's tool see other files", "do not use it; ask for one that is made anew",
     false},
    {"baseline.expired", kLow, "acceptance that has expired", "the finding counts again",
     "fix the problem, or accept the finding again with a later date", false},
    {"baseline.unused", kInfo, "acceptance of nothing that was found", "it would hide the finding if it came back",
     "take it out of the baseline", false},
    {"elf.executable-stack", kMedium, "executable stack", "an overflow on the stack runs as code",
     "build with -z noexecstack", false},
    {"elf.malformed", kMedium, "ELF file that contradicts itself", "loaders and analysts read it differently",
     "treat it as hostile", false},
    {"elf.no-pie", kLow, "fixed load address", "addresses are known to an attacker", "build with -fPIE -pie", false},
    {"elf.no-relro", kLow, "relocations stay writable", "an attacker can overwrite function pointers",
     "link with -z relro -z now", false},
    {"elf.no-stack-protector", kInfo, "no stack protector", "overflows of the stack go unnoticed",
     "build with -fstack-protector-strong", false},
    {"elf.run-path", kMedium, "library path that others may control", "a library can be planted there",
     "remove RPATH and RUNPATH", false},
    {"elf.text-relocation", kMedium, "code is written at load time", "code pages have to be writable",
     "build position-independent code", false},
    {"elf.writable-code", kHigh, "segment both writable and executable", "self-modifying or packed code; defeats W^X",
     "ask why; treat as packed", false},
    {"limit.analysed-bytes", kLow, "larger than what is analysed", "only its beginning was analysed",
     "raise analysed-bytes and inspect again", true},
    {"limit.container-depth", kMedium, "too many containers within containers", "what is deeper was not inspected",
     "treat it as hostile", true},
    {"limit.directory-depth", kMedium, "too many directories within directories", "what is deeper was not inspected",
     "raise directory-depth", true},
    {"limit.entries", kMedium, "too many entries", "the rest was not inspected", "split the drop, or raise the limit",
     true},
    {"limit.expanded-file", kHigh, "expands beyond the limit",
     "the rest was not inspected; a decompression bomb looks so", "do not unpack it without limits", true},
    {"limit.expanded-run", kMedium, "the drop expands beyond the limit",
     "the contents of this container were not inspected", "split the drop, or raise expanded-run", true},
    {"limit.file-time", kMedium, "took too long", "not everything in it was inspected; may differ from run to run",
     "inspect it alone, with a higher file-ms", true},
    {"limit.findings", kMedium, "too many findings", "the rest of them is not in the report",
     "raise findings, or split the drop", true},
    {"limit.inventory", kInfo, "inventory alone", "no content was inspected, because --inventory was given",
     "inspect without --inventory", true},
    {"limit.matches", kLow, "too many matches of one rule", "the rest of them is not in the report",
     "raise matches, or look at the file", true},
    {"limit.members", kMedium, "too many members", "the rest was not inspected", "raise container-entries or members",
     true},
    {"limit.rules-time", kMedium, "the rules took too long",
     "not all rules were tried on it; may differ from run to run", "inspect it alone, with a higher rules-s", true},
    {"limit.run-time", kMedium, "the inspection took too long",
     "this file was not inspected; may differ from run to run", "split the drop, or raise run-ms", true},
    {"limit.secret-bytes", kLow, "text too large to look for secrets in", "patterns for secrets were not tried on it",
     "raise secret-bytes and inspect again", true},
    {"mode.capabilities", kHigh, "file with capabilities", "every user who runs the file gets privileges of root",
     "setcap -r FILE", false},
    {"mode.hard-link", kLow, "hard link to an entry outside of the drop", "a write to one name changes the other",
     "copy the drop", false},
    {"mode.set-id", kHigh, "set-user-ID or set-group-ID", "runs with the rights of its owner", "clear the bits", false},
    {"mode.special", kHigh, "device, FIFO or socket", "it is a channel, not content; it was not opened", "remove it",
     false},
    {"mode.writable", kLow, "writable by everybody", "anybody on the host can change it", "chmod o-w", false},
    {"name.bidi", kHigh, "name with bidirectional controls",
     "it is displayed in another order than it is stored: exe.txt for txt.exe", "rename it", false},
    {"name.case-collision", kMedium, "names that differ in case alone", "on some file systems one overwrites the other",
     "rename one", false},
    {"name.control", kHigh, "name with control characters", "it can drive a terminal or split a line of a log",
     "rename it", false},
    {"name.double-extension", kHigh, "program that is named like a document",
     "the last extension is often hidden from people", "treat it as a program", false},
    {"name.invisible", kMedium, "name with invisible characters", "two names look the same", "rename it", false},
    {"name.leading-dash", kLow, "name that begins with a dash", "command-line tools take it for an option",
     "rename it, or write ./ before it", false},
    {"name.mixed-script", kMedium, "word of letters from several scripts", "it looks like another word",
     "compare it with the name you expect", false},
    {"name.not-utf8", kMedium, "name that is no UTF-8", "tools show and store it differently", "rename it", false},
    {"name.overlong", kMedium, "overlong name", "file systems cut or refuse it", "rename it", false},
    {"name.portability", kLow, "name that some systems cannot store", "it is changed or lost in transfer", "rename it",
     false},
    {"name.reserved", kMedium, "reserved device name", "on Windows it opens a device", "rename it", false},
    {"path.link-absolute", kLow, "link to a place of the system",
     "on another system the link leads to other files or to none; the inspector did not follow the link",
     "replace it by a relative link", false},
    {"path.link-out", kHigh, "link out of the drop",
     "a program that follows the link reads another file than was delivered; the inspector did not follow the link",
     "remove it", false},
    {"read.changed", kHigh, "changed during the inspection", "what was inspected is not what is there",
     "inspect a copy that nobody writes to", true},
    {"read.failed", kMedium, "could not be read", "it was not inspected", "make it readable and inspect again", true},
    {"read.parser-died", kHigh, "a parser died of this file",
     "it was not fully inspected; what crashes one parser may exploit another", "treat it as hostile", true},
    {"text.bidi", kMedium, "text with bidirectional controls",
     "code is displayed in another order than compilers read it (CVE-2021-42574)",
     "look at it with the controls made visible", false},
    {"type.macro", kMedium, "document with macros", "macros run with the rights of the reader",
     "ask for it without macros", false},
    {"type.mismatch", kLow, "content is not what the name says",
     "programs choose by the name, or by the content: not the same", "ask the sender", false},
    {"type.mismatch-executable", kHigh, "program in disguise", "the name says it is harmless, the content is a program",
     "treat it as a program", false},
    {"type.polyglot", kMedium, "two formats in one file", "one tool sees this, another that", "treat it as both",
     false},
    {"type.unknown", kInfo, "content of an unknown kind",
     "its bytes were analysed as they are; nobody knows whether it is packed or encrypted", "ask the sender what it is",
     true},
});
static_assert(kRules.size() == static_cast<std::size_t>(Rule::kCount));
static_assert(std::ranges::is_sorted(kRules, {}, &RuleInfo::id));

constexpr auto kSeverities = std::to_array<std::string_view>({"info", "low", "medium", "high", "critical"});

}  // namespace

std::string_view name(Severity severity) { return kSeverities[static_cast<std::size_t>(severity)]; }

std::optional<Severity> severity_named(std::string_view name) {
  for (std::size_t i = 0; i < kSeverities.size(); ++i) {
    if (kSeverities[i] == name) return static_cast<Severity>(i);
  }
  return std::nullopt;
}

std::span<const RuleInfo> builtin_rules() { return kRules; }

const RuleInfo& info(Rule rule) { return kRules[static_cast<std::size_t>(rule)]; }

}  // namespace immure::inspect
