/// Settings of the host through which a program could still pass information to an accomplice. No cell depends on these
/// settings, so they are only hints.
#include "attest/doctor/doctor.hpp"
#include "attest/host/facts.hpp"
#include "attest/host/proc_text.hpp"
#include "file/io.hpp"

namespace immure::attest {
namespace {

/// True if the file system at /proc hides the processes of other users. If several file systems are mounted there, the
/// last one lies on top.
bool hides_processes(std::string_view mountinfo) {
  bool hides = false;
  while (!mountinfo.empty()) {
    const std::string_view line = take(mountinfo, '\n');
    const std::size_t separator = line.find(" - ");
    constexpr std::size_t kMountPoint = 4;  // proc_pid_mountinfo(5)
    const auto before = words(line.substr(0, separator));
    if (separator == std::string_view::npos || before.size() <= kMountPoint || before[kMountPoint] != "/proc") continue;
    constexpr std::size_t kOptions = 2;
    const auto after = words(line.substr(separator + 3));
    hides = false;
    for (std::string_view rest = after.size() > kOptions ? after[kOptions] : ""; !rest.empty();) {
      const std::string_view option = take(rest, ',');
      // hidepid=1 and hidepid=noaccess are enough: they close the directories of other users' processes. The files in
      // these directories can show what a program chooses to show.
      hides = hides || (option.starts_with("hidepid=") && option != "hidepid=0" && option != "hidepid=off");
    }
  }
  return hides;
}

}  // namespace

std::vector<Hint> hints_from(std::string_view mountinfo, const std::optional<std::string>& exception_trace) {
  std::vector<Hint> hints;
  if (!hides_processes(mountinfo))
    hints.push_back({.name = "hidepid",
                     .found = "every user of this host can read the command lines of a cell's processes, which the "
                              "program may write over",
                     .remedy = "mount -o remount,hidepid=2 /proc"});
  if (exception_trace && *exception_trace != "0")
    hints.push_back(
        {.name = "exception-trace",
         .found = "debug.exception-trace is " + *exception_trace +
                  ": a program that faults writes its name and an address of its choice into the kernel's log",
         .remedy = "sysctl -w debug.exception-trace=0"});
  return hints;
}

std::vector<Hint> hints() {
  constexpr std::size_t kMost = 16 << 20;
  const auto mountinfo = file::read_whole("/proc/self/mountinfo", kMost);
  return hints_from(mountinfo.value_or(""), setting("debug/exception-trace"));
}

}  // namespace immure::attest
