#include "attest/witness.hpp"

#include <algorithm>
#include <map>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "attest/host/cgroup.hpp"
#include "attest/host/proc_text.hpp"
#include "attest/host/surroundings.hpp"
#include "cell/spec.hpp"
#include "file/tree.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/namespaces.hpp"
#include "text/list.hpp"

namespace immure::attest {
namespace {

using evidence::Descriptor;
using evidence::Limit;
using evidence::Mount;
using evidence::OutsideView;

/// /proc/PID, opened once. The open directory shows this task, even if another process gets the task's number later.
class ProcessFiles {
 public:
  static Result<ProcessFiles> open(const std::string& pid) {
    const std::string path = "/proc/" + pid;
    auto directory = sys::open_at(AT_FDCWD, path.c_str(), O_PATH | O_DIRECTORY);
    if (!directory) return unreadable(path, directory.error().value);
    return ProcessFiles(std::move(*directory), path);
  }

  Result<std::string> read(const char* name) {
    auto file = sys::open_at(directory_.get(), name, O_RDONLY);
    if (!file) return unreadable(path_ + "/" + name, file.error().value);
    std::string text;
    // procfs gives one page at a time for most files, so read into one small buffer on the stack.
    char buffer[8192];
    while (true) {
      const auto count = sys::read_some(file->get(), std::as_writable_bytes(std::span(buffer)));
      if (!count) return unreadable(path_ + "/" + name, count.error().value);
      if (*count == 0) return text;
      text.append(buffer, *count);
    }
  }

  Result<std::string> link(const char* name) {
    auto target = sys::link_target(directory_.get(), name);
    if (!target) return unreadable(path_ + "/" + name, target.error().value);
    return *std::move(target);
  }

  [[nodiscard]] int directory() const { return directory_.get(); }

  static std::unexpected<Error> unreadable(const std::string& where, int number) {
    return fail(Code::kBlocked, where, "the outside witness cannot read it",
                "Needs the host's /proc, mounted without hidepid for the caller's own processes.", number);
  }

 private:
  ProcessFiles(sys::Fd directory, std::string path) : directory_(std::move(directory)), path_(std::move(path)) {}
  sys::Fd directory_;
  std::string path_;
};

std::vector<std::string> rows(std::string_view text, std::size_t header_lines) {
  std::vector<std::string> result;
  while (!text.empty()) {
    const std::string_view line = take(text, '\n');
    if (header_lines > 0) {
      --header_lines;
    } else if (!line.empty()) {
      result.push_back(collapsed(line));
    }
  }
  return result;
}

std::string joined_rows(std::string_view text) {
  std::string result;
  for (const std::string& row : rows(text, 0)) text::append_item(result, row, ";");
  return result;
}

Result<void> read_status(ProcessFiles& files, OutsideView& view) {
  TRY(const std::string text, files.read("status"));
  std::map<std::string_view, std::string_view> fields;
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view line = take(rest, '\n');
    const std::string_view key = take(line, ':');
    fields[key] = line;
  }
  const auto value = [&](std::string_view key) { return collapsed(fields[key]); };
  view.capabilities = {.effective = value("CapEff"),
                       .permitted = value("CapPrm"),
                       .inheritable = value("CapInh"),
                       .bounding = value("CapBnd"),
                       .ambient = value("CapAmb")};
  view.no_new_privs = number<std::uint32_t>(value("NoNewPrivs"));
  view.seccomp_mode = number<std::uint32_t>(value("Seccomp"));
  view.seccomp_filters = number<std::uint32_t>(value("Seccomp_filters"));
  for (const std::string_view id : words(fields["Uid"])) view.uids.push_back(number<std::uint32_t>(id));
  for (const std::string_view id : words(fields["Gid"])) view.gids.push_back(number<std::uint32_t>(id));
  view.ns_pid = value("NSpid");
  evidence::Inherited inherited{
      .core_filter = {}, .ignored_signals = {}, .blocked_signals = {}, .personality = {}, .groups = {}};
  for (const std::string_view id : words(fields["Groups"])) inherited.groups.push_back(number<std::uint32_t>(id));
  if (view.moment == "exec") inherited.blocked_signals = value("SigBlk");
  view.inherited = std::move(inherited);
  return {};
}

Result<std::map<std::string, std::uint64_t>> namespaces(ProcessFiles& files) {
  std::map<std::string, std::uint64_t> result;
  for (const char* name : sys::kNamespaceNames) {
    TRY(const std::string target, files.link((std::string("ns/") + name).c_str()));
    const std::size_t bracket = target.find('[');
    result[name] =
        bracket == std::string::npos ? 0 : number<std::uint64_t>(std::string_view(target).substr(bracket + 1));
  }
  return result;
}

struct NetworkTable {
  const char* file;
  std::size_t header_lines;
  std::vector<std::string>* rows;
  bool optional;  // a kernel without IPv6 lacks the tables of IPv6
};

Result<void> read_table(ProcessFiles& files, const NetworkTable& table) {
  auto text = files.read(table.file);
  if (!text && table.optional && text.error().errno_value == ENOENT) return {};
  if (!text) return std::unexpected(text.error());
  *table.rows = rows(*text, table.header_lines);
  return {};
}

Result<void> read_network(ProcessFiles& files, OutsideView& view) {
  for (const NetworkTable& table :
       {NetworkTable{"net/dev", 2, &view.net_dev, false}, NetworkTable{"net/route", 1, &view.net_route, false},
        NetworkTable{"net/ipv6_route", 0, &view.net_ipv6_route, true},
        NetworkTable{"net/if_inet6", 0, &view.net_if_inet6, true}}) {
    CHECK_OK(read_table(files, table));
  }
  return {};
}

Result<void> read_sockets(ProcessFiles& files, OutsideView& view) {
  CHECK_OK(read_table(files, {"net/unix", 1, &view.net_unix, false}));
  // Do not read /proc/PID/net/tcp: even for one namespace the kernel walks the table of all namespaces, which takes a
  // millisecond.
  TRY(std::string statistics, files.read("net/sockstat"));
  std::ranges::replace(statistics, '\n', ' ');
  const auto values = words(statistics);
  for (std::size_t i = 0; i + 1 < values.size(); ++i) {
    if (values[i] == "inuse") view.inet_sockets += number<std::uint32_t>(values[i + 1]);
  }
  return {};
}

Result<Descriptor> describe(int directory, const char* name, const std::string& target) {
  Descriptor descriptor{.number = number<std::uint32_t>(name), .kind = "other", .access = ""};
  struct stat link{}, status{};
  const std::string path = std::string("/proc/PID/fd/") + name;
  if (const int failure = sys::error_of(::fstatat, directory, name, &link, AT_SYMLINK_NOFOLLOW); failure != 0)
    return ProcessFiles::unreadable(path, failure);
  if ((link.st_mode & S_IRUSR) != 0) descriptor.access += 'r';
  if ((link.st_mode & S_IWUSR) != 0) descriptor.access += 'w';
  if (descriptor.access.empty()) descriptor.access = "path";
  if (target.starts_with("anon_inode:")) {
    descriptor.kind = "anon:" + target.substr(11);
  } else {
    if (const int failure = sys::error_of(::fstatat, directory, name, &status, 0); failure != 0)
      return ProcessFiles::unreadable(path, failure);
    if (S_ISFIFO(status.st_mode)) descriptor.kind = "pipe";
    if (S_ISSOCK(status.st_mode)) descriptor.kind = "socket";
    if (S_ISREG(status.st_mode)) descriptor.kind = "file";
    if (S_ISDIR(status.st_mode)) descriptor.kind = "directory";
    if (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3)) descriptor.kind = "null";
  }
  return descriptor;
}

Result<std::vector<Descriptor>> descriptors(ProcessFiles& files) {
  auto opened = sys::open_at(files.directory(), "fd", O_RDONLY | O_DIRECTORY);
  if (!opened) return ProcessFiles::unreadable("/proc/PID/fd", opened.error().value);
  const auto names = file::names_in(opened->get());
  if (!names) return ProcessFiles::unreadable("/proc/PID/fd", names.error().value);
  std::vector<Descriptor> result;
  for (const std::string& name : *names) {
    const auto target = sys::link_target(opened->get(), name.c_str());
    // The task waits, so nobody closes a descriptor now. A descriptor that cannot be read must be an error, because the
    // judge would not see it.
    if (!target) return ProcessFiles::unreadable("/proc/PID/fd/" + name, target.error().value);
    TRY(Descriptor descriptor, describe(opened->get(), name.c_str(), *target));
    result.push_back(std::move(descriptor));
  }
  std::ranges::sort(result, {}, &Descriptor::number);
  return result;
}

Result<void> read_environment(ProcessFiles& files, OutsideView& view) {
  TRY(const std::string text, files.read("environ"));
  view.environment_bytes = text.size();
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view entry = take(rest, '\0');
    const std::size_t equals = entry.find('=');
    view.environment.emplace_back(equals == std::string_view::npos ? "?" : entry.substr(0, equals));
  }
  std::ranges::sort(view.environment);
  return {};
}

// Reads the controlling terminal and the nice value.
Result<void> read_stat(ProcessFiles& files, OutsideView& view) {
  TRY(const std::string text, files.read("stat"));
  // The name in parentheses may hold blanks and parentheses; the fields start after the last one (proc_pid_stat(5)).
  const auto fields = words(std::string_view(text).substr(text.rfind(')') + 1));
  constexpr std::size_t kTerminal = 4, kNice = 16;
  if (fields.size() <= kNice) return ProcessFiles::unreadable("/proc/PID/stat", 0);
  view.tty = number<std::uint64_t>(fields[kTerminal]);
  view.inherited->nice = number<std::int32_t>(fields[kNice]);
  return {};
}

// Call this after read_status().
Result<void> read_inherited(int pid, ProcessFiles& files, OutsideView& view) {
  auto filter = files.read("coredump_filter");
  if (!filter && filter.error().errno_value != ENOENT) return std::unexpected(filter.error());
  view.inherited->core_filter = filter ? joined_rows(*filter) : "absent";
  const auto personality = files.read("personality");
  // The kernel shows the personality only to a process that may trace this task (proc_pid_personality(5)).
  if (!personality && personality.error().errno_value == EPERM)
    return fail(Code::kBlocked, "payload", "cannot be traced, but only a tracer can read its personality",
                tracing_remedy(pid), EPERM);
  if (!personality) return std::unexpected(personality.error());
  view.inherited->personality = joined_rows(*personality);
  return {};
}

// Call this after read_status().
Result<void> read_ignored_signals(ProcessFiles& files, OutsideView& view) {
  TRY(const std::string text, files.read("status"));
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view line = take(rest, '\n');
    if (take(line, ':') == "SigIgn") view.inherited->ignored_signals = collapsed(line);
  }
  return {};
}

}  // namespace

Result<std::vector<Mount>> parse_mountinfo(std::string_view text) {
  std::vector<Mount> mounts;
  while (!text.empty()) {
    const auto fields = words(take(text, '\n'));
    const auto dash = std::ranges::find(fields, "-");
    if (fields.size() < 7 || fields.end() - dash < 2)
      return fail(Code::kBlocked, "mountinfo", "a line of the mount table cannot be read");
    Mount mount{.point = unescaped(fields[4]), .type = std::string(dash[1]), .options = {}};
    for (std::string_view rest = fields[5]; !rest.empty();) mount.options.emplace_back(take(rest, ','));
    std::ranges::sort(mount.options);
    mounts.push_back(std::move(mount));
  }
  std::ranges::stable_sort(mounts, {}, &Mount::point);
  return mounts;
}

std::vector<Limit> parse_limits(std::string_view text) {
  std::vector<Limit> limits;
  take(text, '\n');
  while (!text.empty()) {
    std::string_view line = take(text, '\n');
    // A line looks like `Max open files            256                  256                  files`: the name contains
    // single blanks.
    constexpr std::size_t kNameColumn = 4, kValueColumn = 26;
    if (line.size() <= kValueColumn) continue;
    std::string name = collapsed(line.substr(kNameColumn, kValueColumn - kNameColumn));
    std::ranges::replace(name, ' ', '-');
    const auto values = words(line.substr(kValueColumn));
    if (values.size() < 2) continue;
    limits.push_back({.name = std::move(name), .soft = std::string(values[0]), .hard = std::string(values[1])});
  }
  return limits;
}

Result<OutsideView> look_from_outside(int pid, std::string_view moment, const Cgroup* group) {
  TRY(ProcessFiles files, ProcessFiles::open(std::to_string(pid)));
  OutsideView view;
  view.moment = moment;
  TRY(const std::string mountinfo, files.read("mountinfo"));
  TRY(view.mounts, parse_mountinfo(mountinfo));
  CHECK_OK(read_status(files, view));
  TRY(std::string text, files.read("uid_map"));
  view.uid_map = joined_rows(text);
  TRY(text, files.read("gid_map"));
  view.gid_map = joined_rows(text);
  TRY(text, files.read("setgroups"));
  view.setgroups = joined_rows(text);
  TRY(view.namespaces, namespaces(files));
  TRY(ProcessFiles own, ProcessFiles::open("self"));
  TRY(view.host_namespaces, namespaces(own));
  CHECK_OK(read_network(files, view));
  TRY(view.cwd, files.link("cwd"));
  TRY(view.root, files.link("root"));
  CHECK_OK(read_stat(files, view));
  CHECK_OK(read_inherited(pid, files, view));
  TRY(text, files.read("cgroup"));
  const bool grouped = group != nullptr && group->holds(text);
  for (CgroupLimit& limit : grouped ? group->limits() : std::vector<CgroupLimit>{}) {
    view.cgroup.push_back({.name = std::move(limit.name), .soft = limit.value, .hard = limit.value});
  }
  TRY(text, files.read("limits"));
  view.limits = parse_limits(text);
  TRY(text, files.read("oom_score_adj"));
  view.oom_score_adj = number<std::int32_t>(text);
  return view;
}

Result<void> look_after_probes(int pid, OutsideView& view) {
  TRY(ProcessFiles files, ProcessFiles::open(std::to_string(pid)));
  CHECK_OK(read_ignored_signals(files, view));
  TRY(view.descriptors, descriptors(files));
  return read_sockets(files, view);
}

Result<void> look_at_environment(int pid, OutsideView& view) {
  TRY(ProcessFiles files, ProcessFiles::open(std::to_string(pid)));
  return read_environment(files, view);
}

Result<std::uint32_t> filters_on(const std::string& pid) {
  TRY(ProcessFiles files, ProcessFiles::open(pid));
  OutsideView view;
  CHECK_OK(read_status(files, view));
  return view.seccomp_filters;
}

Result<evidence::OuterWalls> look_at_walls(int pid) {
  TRY(ProcessFiles files, ProcessFiles::open(std::to_string(pid)));
  OutsideView view;
  CHECK_OK(read_status(files, view));
  evidence::OuterWalls walls{.command = {},
                             .bounding_capabilities = view.capabilities.bounding,
                             .effective_capabilities = view.capabilities.effective,
                             .namespaces = {},
                             .root = {}};
  walls.no_new_privs = view.no_new_privs;
  walls.seccomp_mode = view.seccomp_mode;
  walls.uid = view.uids.empty() ? 0 : view.uids.front();
  TRY(walls.namespaces, namespaces(files));
  TRY(const std::string mountinfo, files.read("mountinfo"));
  TRY(const std::vector<Mount> mounts, parse_mountinfo(mountinfo));
  for (const Mount& mount : mounts) {
    if (mount.point == "/") walls.root = mount.options;
  }
  return walls;
}

}  // namespace immure::attest
