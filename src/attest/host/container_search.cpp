#include "attest/host/container_search.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <span>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/host/proc_text.hpp"
#include "attest/pulse.hpp"
#include "file/tree.hpp"
#include "sys/fd.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/process.hpp"
#include "text/hex.hpp"

namespace immure::attest {
namespace {

using evidence::Neighbours;

struct Listing {
  enum class State : std::uint8_t { kAbsent, kEmpty, kRead, kUnreadable } state = State::kAbsent;
  std::vector<std::string> names;
};

/// A directory below which container engines keep state. If the directory belongs to a user other than root, it is only
/// a hint: its owner can write anything there. So immure follows no link and no mount in such a directory, and no error
/// there ends the run.
struct Place {
  std::string path;
  /// The user's own directory, opened. If empty, `path` belongs to root and is trusted.
  sys::Fd held;
  std::uint32_t owner = 0;  ///< owner of the directory

  [[nodiscard]] bool of_user() const { return static_cast<bool>(held); }
  /// True for the directory of a user other than root and the caller.
  [[nodiscard]] bool of_another() const { return of_user() && owner != 0 && owner != ::geteuid(); }
  [[nodiscard]] SysResult<sys::Fd> open(const std::string& below, int flags) const {
    if (held) return sys::open_on_same_mount(held.get(), below.c_str(), flags);
    return sys::open_at(AT_FDCWD, (path + "/" + below).c_str(), flags);
  }
};

/// Returns no error if a place does not exist or the caller may not see it, but returns every other error, because it
/// might hide a container.
Result<Listing> without_names(const Place& place, const std::string& path, int number) {
  if (number == ENOENT || number == ENOTDIR) return Listing{Listing::State::kAbsent, {}};
  if (number == EACCES || place.of_user()) return Listing{Listing::State::kUnreadable, {}};
  return fail(Code::kBlocked, path, "its status cannot be read, and a container beside the cell might be missed", {},
              number);
}

/// The names in a directory, except those that begin with a dot.
Result<Listing> list(const Place& place, const std::string& below) {
  const std::string path = place.path + "/" + below;
  const auto seen = place.open(below, O_PATH | O_DIRECTORY);
  if (!seen) return without_names(place, path, seen.error().value);
  struct stat info{};
  if (const int failure = sys::error_of(::fstat, seen->get(), &info); failure != 0)
    return without_names(place, path, failure);
  // On most file systems the link count of a directory gives the number of its subdirectories, without opening the
  // directory and without permission to read it. File systems that do not count say 1.
  constexpr nlink_t kNoSubdirectory = 2;
  if (info.st_nlink == kNoSubdirectory) return Listing{Listing::State::kEmpty, {}};
  // A user could make more names than anybody has containers, so that immure would read them one by one.
  constexpr nlink_t kMostOfUser = 4096;
  if (place.of_user() && info.st_nlink > kMostOfUser) return Listing{Listing::State::kUnreadable, {}};
  const auto directory = sys::open_at(seen->get(), ".", O_RDONLY | O_DIRECTORY);
  if (!directory) return without_names(place, path, directory.error().value);
  const auto names = file::names_in(directory->get());
  if (!names) return without_names(place, path, names.error().value);
  Listing listing{Listing::State::kEmpty, {}};
  std::ranges::copy_if(*names, std::back_inserter(listing.names),
                       [](const std::string& name) { return name[0] != '.'; });
  if (!listing.names.empty()) listing.state = Listing::State::kRead;
  return listing;
}

/// The first MiB of an opened file. Empty if the file is gone, or is of a kind in which neither an engine nor /proc
/// keeps text. Nothing if the caller may not read the file. Any other error is returned, because it might hide a
/// container.
Result<std::optional<std::string>> read_opened(const SysResult<sys::Fd>& file, const std::string& path) {
  constexpr std::size_t kLimit = 1 << 20;
  // EINVAL means a zombie: the kernel has no mount table for a process that has ended (mounts_open_common()).
  // EAGAIN means a FIFO, and EXDEV means another mount: an engine makes neither.
  constexpr int kNotThere[] = {ENOENT, ENOTDIR, ESRCH, EISDIR, ELOOP, ENXIO, EINVAL, EAGAIN, EXDEV};
  constexpr int kHidden[] = {EACCES, EPERM};
  const auto is_one_of = [](int number, auto& numbers) {
    return std::ranges::find(numbers, number) != std::end(numbers);
  };
  const auto without = [&](Errno error) -> Result<std::optional<std::string>> {
    if (is_one_of(error.value, kNotThere)) return std::string();
    if (is_one_of(error.value, kHidden)) return std::nullopt;
    return fail(Code::kBlocked, path, "cannot be read, and a container beside the cell might be missed", {},
                error.value);
  };
  if (!file) return without(file.error());
  std::string text;
  std::array<char, 4096> buffer;
  while (text.size() < kLimit) {
    const auto count = sys::read_some(file->get(), std::as_writable_bytes(std::span(buffer)));
    if (!count) return without(count.error());
    if (*count == 0) break;
    text.append(buffer.data(), *count);
  }
  return text;
}

constexpr int kToRead = O_RDONLY | O_NONBLOCK | O_NOFOLLOW;

/// The number after `"key":`, with or without quotes; 0 if there is none. The number only decides where to look.
std::uint64_t number_behind(std::string_view json, std::string_view key) {
  const std::size_t at = json.find("\"" + std::string(key) + "\"");
  if (at == std::string_view::npos) return 0;
  const std::size_t digits = json.find_first_not_of("\": \t", at + key.size() + 2);
  return digits == std::string_view::npos ? 0 : number<std::uint64_t>(json.substr(digits));
}

/// True if the owner of a place may name process `pid`. A user other than the caller can name only processes in a user
/// namespace of their own.
bool may_speak_of(const Place& place, int pid) {
  if (!place.of_another()) return true;
  const auto owner = sys::owner_of_user_namespace(pid);
  return owner && *owner == place.owner;
}

/// The number of a container's first process, as runc or crun recorded it. 0 if the process does not run any more;
/// nothing if the caller may not read the record.
Result<std::optional<int>> first_process(const Place& place, const std::string& state_directory) {
  struct Form {
    const char *file, *pid, *start;
  };
  constexpr auto kForms = std::to_array<Form>(
      {{"state.json", "init_process_pid", "init_process_start"}, {"status", "pid", "process-start-time"}});
  for (const auto& [file, pid_key, start_key] : kForms) {
    const std::string below = state_directory + "/" + file;
    const auto text = read_opened(place.open(below, kToRead), place.path + "/" + below);
    if (!text && !place.of_user()) return std::unexpected(text.error());
    if (!text || !*text) return std::nullopt;
    const int pid = static_cast<int>(number_behind(**text, pid_key));
    if (pid <= 0 || !may_speak_of(place, pid)) continue;
    // The kernel may have given the number to another process since, so compare the time of the start.
    const std::uint64_t wanted = number_behind(**text, start_key);
    TRY(const std::uint64_t seen, start_of(pid));
    if (seen != 0 && (wanted == 0 || wanted == seen)) return pid;
  }
  return 0;
}

/// The first 64 hex digits in a control group's path. Engines give such an id as the whole name of the group or as a
/// part of it.
std::string id_in(std::string_view cgroup) {
  constexpr std::size_t kDigits = 64;
  std::size_t run = 0;
  for (std::size_t i = 0; i < cgroup.size(); ++i) {
    run = text::hex_value(cgroup[i]) ? run + 1 : 0;
    if (run == kDigits) return std::string(cgroup.substr(i + 1 - kDigits, kDigits));
  }
  return {};
}

/// Opens a directory of a user if it belongs to that user: in /tmp anybody can make a directory of any name. Sets
/// `unreadable` if the directory its status cannot be read. No error there ends the run, because a user can cause every
/// error in a directory of their own, for example by mounting a file system there.
std::optional<Place> place_of_user(const std::string& path, std::uint32_t owner, std::string_view mounts,
                                   bool& unreadable) {
  if (may_stall_at(mounts, path)) {
    unreadable = true;
    return std::nullopt;
  }
  auto held = sys::open_at(AT_FDCWD, path.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW);
  struct stat info{};
  if (const int failure = held ? sys::error_of(::fstat, held->get(), &info) : 0; failure != 0)
    held = std::unexpected(Errno{failure});
  if (held && info.st_uid != owner) return std::nullopt;
  if (held) return Place{.path = path, .held = *std::move(held), .owner = owner};
  const int number = held.error().value;
  if (number == ENOENT || number == ENOTDIR || number == ELOOP) return std::nullopt;
  unreadable = true;
  return std::nullopt;
}

/// The places in which engines keep the state of the caller's own containers. For root, the places of every user.
Result<std::vector<Place>> places_of_users(bool& unreadable) {
  TRY(const auto mounts, read_text("/proc/self/mountinfo"));
  if (!mounts || mounts->empty())
    return fail(Code::kBlocked, "/proc/self/mountinfo", "has no mounts, so a look at a user's directory might stall");
  std::map<std::string, std::uint32_t> users;
  const std::uint32_t caller = ::geteuid();
  if (const char* own = std::getenv("XDG_RUNTIME_DIR"); own != nullptr && *own == '/') users.emplace(own, caller);
  users.emplace("/tmp/podman-run-" + std::to_string(caller), caller);
  users.emplace("/run/user/" + std::to_string(caller), caller);
  if (caller == 0) {
    TRY(const Listing all, list(Place{.path = "/run", .held = {}}, "user"));
    unreadable = all.state == Listing::State::kUnreadable;
    for (const std::string& name : all.names) users.emplace("/run/user/" + name, number<std::uint32_t>(name));
  }
  std::vector<Place> places;
  for (const auto& [path, owner] : users) {
    if (auto place = place_of_user(path, owner, *mounts, unreadable)) places.push_back(*std::move(place));
  }
  return places;
}

struct Search {
  Neighbours& neighbours;
  const file::GoOn& go_on;
  Processes found{};
  std::size_t claims = 0;  ///< number of names that were read for users other than root and the caller
};

/// The name under which a container is recorded. No name that a stranger chose can be taken for the name of another
/// container.
std::string name_of(std::optional<std::uint32_t> user, const std::string& id) {
  return user ? "user " + std::to_string(*user) + ": " + id : id;
}

/// The effective user of a process, which everybody may read; 0 if the process has ended.
Result<std::uint32_t> user_of(const std::string& process) {
  TRY(const auto status, read_text(process + "/status"));
  constexpr std::string_view kKey = "\nUid:\t";
  const std::string text = status.value_or("");
  const std::size_t at = text.find(kKey);
  if (at == std::string::npos) return 0U;
  const auto ids = words(std::string_view(text).substr(at + kKey.size()));
  return ids.size() < 2 ? 0U : number<std::uint32_t>(ids[1]);
}

/// The user who alone is responsible for a process, if this user is neither root nor the caller. Every user may have
/// control groups of their own and give them any name, so the name of a control group is only a claim of its owner. A
/// process in the caller's own user namespace has mounts of its own only if root made it.
Result<std::optional<std::uint32_t>> responsible_for(int pid, const std::string& own_map) {
  const std::string process = "/proc/" + std::to_string(pid);
  TRY(const auto map, read_text(process + "/uid_map"));
  if (!own_map.empty() && map.value_or("") == own_map) return std::nullopt;
  std::uint32_t user = 0;
  if (const auto owner = sys::owner_of_user_namespace(pid)) {
    user = *owner;
  } else {
    TRY(user, user_of(process));
  }
  return user == 0 || user == ::geteuid() ? std::nullopt : std::optional(user);
}

/// Finds containers by the control groups of all processes. /proc shows the control groups even if the caller may not
/// read the containers' state.
Result<void> find_by_control_group(Search& search) {
  TRY(const auto self, read_text("/proc/self/cgroup"));
  TRY(const auto own_map, read_text("/proc/self/uid_map"));
  TRY(const auto own_mounts, read_text("/proc/self/mountinfo"));
  const std::string own = id_in(self.value_or(""));
  TRY(const Listing proc, list(Place{.path = "", .held = {}}, "proc"));
  if (proc.state != Listing::State::kRead)
    return fail(Code::kBlocked, "/proc", "cannot be read, and a container beside the cell might be missed");
  for (const std::string& name : proc.names) {
    const int pid = number<int>(name);
    if (pid <= 0) continue;
    TRY(const auto cgroups, read_text("/proc/" + name + "/cgroup"));
    const std::string id = id_in(cgroups.value_or(""));
    if (id.empty() || id == own) continue;
    CHECK_OK(file::may_go_on(search.go_on));
    TRY(const auto user, responsible_for(pid, own_map.value_or("")));
    if (user && search.claims++ >= kMostClaims) continue;
    // A process with the caller's own mounts is in no container, whatever its control group is called.
    TRY(const auto mounts, read_text("/proc/" + name + "/mountinfo"));
    if (mounts && own_mounts && *mounts == *own_mounts) continue;
    const auto [place, added] = search.found.emplace(name_of(user, id), FirstProcess{pid, user});
    if (!added) place->second.pid = std::min(place->second.pid, pid);
  }
  return {};
}

/// Adds the containers whose state lies in a directory below a place, and records what was found there. Returns false
/// if the caller may not read all of it.
Result<bool> find_below(const Place& place, const std::string& below, Search& search) {
  TRY(Listing listing, list(place, below));
  std::size_t running = 0, passed_over = 0;
  for (const std::string& id : listing.names) {
    CHECK_OK(file::may_go_on(search.go_on));
    if (place.of_another() && search.claims == kMostClaims) {
      ++passed_over;
      continue;
    }
    if (place.of_another()) ++search.claims;
    TRY(const auto pid, first_process(place, below + "/" + id));
    if (!pid) listing.state = Listing::State::kUnreadable;
    if (pid.value_or(0) == 0) continue;
    const auto user = place.of_another() ? std::optional(place.owner) : std::nullopt;
    search.found.emplace(name_of(user, id), FirstProcess{*pid, user});
    ++running;
  }
  const auto tell = [&](const std::string& what) {
    search.neighbours.looked.push_back(place.path + "/" + below + ": " + what);
  };
  switch (listing.state) {
    case Listing::State::kAbsent: tell("absent"); break;
    case Listing::State::kEmpty: tell("none"); break;
    case Listing::State::kRead:
      if (passed_over == 0)
        tell(std::to_string(running) + " running");
      else
        tell(std::to_string(running) + " running; " + std::to_string(passed_over) + " more names not looked at");
      break;
    case Listing::State::kUnreadable: tell("may not be read"); break;
  }
  return listing.state != Listing::State::kUnreadable;
}

}  // namespace

Result<std::optional<std::string>> read_text(const std::string& path) {
  return read_opened(sys::open_at(AT_FDCWD, path.c_str(), kToRead), path);
}

Result<std::uint64_t> start_of(int pid) {
  TRY(const auto read, read_text("/proc/" + std::to_string(pid) + "/stat"));
  const std::string text = read.value_or("");
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::uint64_t{0};
  const auto fields = words(std::string_view(text).substr(name_end + 1));
  constexpr std::size_t kStartTime = 19;
  if (fields.size() <= kStartTime || fields.front() == "Z" || fields.front() == "X") return std::uint64_t{0};
  return number<std::uint64_t>(fields[kStartTime]);
}

Result<Processes> find_containers(Neighbours& neighbours, const file::GoOn& go_on) {
  Search search{.neighbours = neighbours, .go_on = go_on};
  bool unreadable = false;
  TRY(const std::vector<Place> users, places_of_users(unreadable));
  for (const char* below : {"containerd/runc/default", "containerd/runc/k8s.io", "containerd/runc/moby", "crun",
                            "docker/runtime-runc/moby", "runc"}) {
    TRY(const bool whole, find_below(Place{.path = "/run", .held = {}}, below, search));
    unreadable = unreadable || !whole;
  }
  for (const Place& user : users) {
    for (const char* below : {"crun", "docker/runtime-runc/moby", "runc"}) {
      TRY(const bool whole, find_below(user, below, search));
      unreadable = unreadable || !whole;
    }
  }
  if (unreadable) {
    const std::size_t before = search.found.size();
    CHECK_OK(find_by_control_group(search));
    neighbours.looked.push_back("/proc/*/cgroup: " + std::to_string(search.found.size() - before) + " more running");
  }
  return std::move(search.found);
}

}  // namespace immure::attest
