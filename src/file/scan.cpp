#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <system_error>
#include <thread>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/ground.hpp"
#include "file/listing.hpp"
#include "file/tree.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/status.hpp"

namespace immure::file {
namespace {

constexpr std::size_t kListingBytes = 32768;

/// A directory that no reader has read yet.
struct Pending {
  std::string path;      ///< relative to the root, `.` for the root itself
  std::uint64_t holder;  ///< the device of the parent directory
  std::uint32_t depth;
};

/// Passes directories from busy readers to idle readers.
class Exchange {
 public:
  /// Waits for directories. False means that all directories are read, or that a reader failed.
  bool take(std::vector<Pending>& mine) {
    std::unique_lock lock(mutex_);
    ++idle_;
    if (idle_ == readers_) changed_.notify_all();
    changed_.wait(lock, [this] { return !offered_.empty() || idle_ == readers_ || error_; });
    if (offered_.empty() || error_) return false;
    --idle_;
    mine = std::move(offered_);
    offered_.clear();
    return true;
  }

  /// If a reader waits for work, gives that reader the half of `mine` that is nearest to the root.
  void offer(std::vector<Pending>& mine) {
    if (idle_ == 0 || mine.size() < 2) return;
    const std::scoped_lock lock(mutex_);
    if (!offered_.empty()) return;
    const auto half = mine.begin() + static_cast<std::ptrdiff_t>(mine.size() / 2);
    offered_.assign(std::move_iterator(mine.begin()), std::move_iterator(half));
    mine.erase(mine.begin(), half);
    changed_.notify_one();
  }

  void fail(Error error) {
    const std::scoped_lock lock(mutex_);
    if (!error_) error_ = std::move(error);
    failed_ = true;
    changed_.notify_all();
  }

  /// Counts a reader before its thread starts, so that no reader ends while another one is starting. If the start
  /// fails, the caller takes the reader back with -1.
  void count_reader(int change) {
    const std::scoped_lock lock(mutex_);
    readers_ += change;
  }

  [[nodiscard]] bool failed() const { return failed_; }
  /// The first error. Call this only when no reader runs any more.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Pending> offered_;
  int readers_ = 1;
  std::atomic<int> idle_ = 0;
  std::atomic<bool> failed_ = false;
  std::optional<Error> error_;
};

/// What all readers of one tree share.
struct Walk {
  int root;
  const std::string& name;
  const ScanOptions& options;
  Exchange exchange;
  std::atomic<std::uint64_t> entries = 1;  // begins with the root
};

/// Reads one directory after another.
class Reader {
 public:
  explicit Reader(Walk& walk) : walk_(walk), buffer_(new std::byte[kListingBytes]) {}

  /// Reads until all directories are read. The function calls `crowded` with the number of directories that wait.
  template <class F>
  void run(std::vector<Pending> mine, F crowded) {
    pending_ = std::move(mine);
    while (!walk_.exchange.failed() && (!pending_.empty() || walk_.exchange.take(pending_))) {
      const Pending next = std::move(pending_.back());
      pending_.pop_back();
      if (auto read = directory(next); !read) walk_.exchange.fail(std::move(read.error()));
      crowded(pending_.size());
      walk_.exchange.offer(pending_);
    }
    std::ranges::sort(entries_, {}, &Entry::path);
  }

  std::span<Entry> entries() { return entries_; }

 private:
  std::string shown(const std::string& path) const { return walk_.name + "/" + path; }

  // Opens a directory by its path from the root, so that a waiting directory needs no descriptor. If the path is longer
  // than the kernel takes (PATH_MAX), the function opens the path in pieces.
  SysResult<sys::Fd> open_directory(std::string_view path) const {
    constexpr std::size_t kPiece = 2048;
    sys::Fd held;
    while (path.size() > kPiece) {
      const std::size_t slash = path.rfind('/', kPiece);
      const std::string piece(path.substr(0, slash));
      TRY(held, sys::open_beneath(held ? held.get() : walk_.root, piece.c_str(), kListDirectory));
      path.remove_prefix(slash + 1);
    }
    const int from = held ? held.get() : walk_.root;
    return walk_.options.own ? sys::open_own_beneath(from, std::string(path).c_str(), kListDirectory)
                             : sys::open_beneath(from, std::string(path).c_str(), kListDirectory);
  }

  /// The error for an entry that was listed a moment ago. ENOENT: somebody has removed the entry since. EINVAL of
  /// readlinkat(2): somebody has put something else in the place of the link.
  [[nodiscard]] std::unexpected<Error> not_seen(const std::string& path, std::string_view what, int number) const {
    if (number == ENOENT || number == EINVAL)
      return fail(Code::kBadInput, shown(path), "changed while it was being read", "Try again when nobody changes it.");
    return fail(Code::kSystem, shown(path), what, {}, number);
  }

  Result<sys::Status> look(int fd, const char* base, const std::string& path) const {
    auto told = sys::status_of(fd, base);
    if (!told) return not_seen(path, "its status cannot be read", told.error().value);
    return *told;
  }

  Result<void> directory(const Pending& pending) {
    const auto opened = open_directory(pending.path);
    if (!opened && walk_.options.leave_closed && opened.error().value == EACCES && pending.path != ".")
      return list_closed(pending);
    if (!opened) return fail(Code::kBadInput, shown(pending.path), "cannot be read", {}, opened.error().value);
    TRY(const sys::Status told, look(opened->get(), "", pending.path));
    const struct stat& status = told.stat;
    const bool root = pending.path == ".";
    if (root || status.st_dev != pending.holder)
      CHECK_OK(check_holds_data(opened->get(), root ? walk_.name : shown(pending.path)));
    // The entry keeps the directory's original mode.
    const bool closed = walk_.options.own && (status.st_mode & S_IRWXU) != S_IRWXU;
    if (const int failure = closed ? sys::error_of(::fchmod, opened->get(), (status.st_mode & 07777U) | S_IRWXU) : 0)
      return fail(Code::kSystem, shown(pending.path), "its permissions cannot be restored", {}, failure);
    prefix_ = root ? "" : pending.path + "/";
    if (!root) entries_.push_back(entry_of(pending.path, told));
    const std::size_t known = pending_.size();
    CHECK_OK(list(opened->get(), {.path = {}, .holder = status.st_dev, .depth = pending.depth + 1}));
    if (pending_.size() > known && pending.depth >= walk_.options.depth) {
      return fail(Code::kBadInput, shown(prefix_),
                  "deeper than " + std::to_string(walk_.options.depth) + " directories");
    }
    return {};
  }

  /// Lists a directory that the caller may not read, but does not enter it.
  Result<void> list_closed(const Pending& pending) {
    const auto opened = sys::open_beneath(walk_.root, pending.path.c_str(), O_PATH | O_DIRECTORY);
    const auto told = opened ? sys::status_of(opened->get(), "") : std::unexpected(opened.error());
    if (!told) return fail(Code::kSystem, shown(pending.path), "its status cannot be read", {}, told.error().value);
    entries_.push_back(entry_of(pending.path, *told));
    entries_.back().unread = true;
    return {};
  }

  /// Lists an open directory. `below` has the values that its subdirectories have in common.
  Result<void> list(int fd, const Pending& below) {
    Result<void> added;
    const int number = list_names(fd, {buffer_.get(), kListingBytes}, [&](const char* base, unsigned char type) {
      added = add(fd, base, type, below);
      return added.has_value();
    });
    if (number != 0) return fail(Code::kBadInput, shown(prefix_), "cannot be listed", {}, number);
    return added;
  }

  // For a directory, makes the entry when the directory is opened: fstat on the descriptor costs half of a lookup by
  // name.
  Result<void> add(int fd, const char* base, unsigned char type, const Pending& below) {
    constexpr std::uint64_t kFewEntries = 64;
    std::string path = prefix_ + base;
    if (walk_.options.is_left_out != nullptr && walk_.options.is_left_out(path)) return {};
    const std::uint64_t number = walk_.entries++;
    if (number % kFewEntries == 0) CHECK_OK(may_go_on(walk_.options.go_on));
    if (number >= walk_.options.entries) {
      return fail(Code::kBadInput, walk_.name, "more than " + std::to_string(walk_.options.entries) + " entries");
    }
    sys::Status told{};
    const struct stat& status = told.stat;
    const bool unread = walk_.options.leave_unread && (below.depth > walk_.options.depth || path.size() >= PATH_MAX);
    if (type != DT_DIR || unread) {
      TRY(told, look(fd, base, path));
    }
    if (unread && S_ISDIR(status.st_mode)) {
      entries_.push_back(entry_of(std::move(path), told));
      entries_.back().unread = true;
      return {};
    }
    if (type == DT_DIR || S_ISDIR(status.st_mode)) {
      pending_.push_back({std::move(path), below.holder, below.depth});
      return {};
    }
    if (status.st_dev != below.holder && !S_ISLNK(status.st_mode)) CHECK_OK(check_mounted(fd, base, status, path));
    Entry entry = entry_of(std::move(path), told);
    if (entry.kind == Kind::kLink && walk_.options.targets) CHECK_OK(read_target(fd, base, entry));
    if (entry.kind == Kind::kFile && walk_.options.capabilities) entry.capabilities = capabilities_of(fd, base);
    entries_.push_back(std::move(entry));
    return {};
  }

  // A file on another device than its directory is a mount point, or comes from another layer of an overlayfs.
  Result<void> check_mounted(int fd, const char* base, const struct stat& status, const std::string& path) {
    if (good_device_ == status.st_dev) return {};
    const auto opened = sys::open_at(fd, base, O_PATH | O_NOFOLLOW);
    if (!opened) return not_seen(path, "cannot be opened", opened.error().value);
    CHECK_OK(check_holds_data(opened->get(), shown(path)));
    good_device_ = status.st_dev;
    return {};
  }

  Result<void> read_target(int fd, const char* base, Entry& entry) const {
    auto target = sys::link_target(fd, base);
    if (!target) return not_seen(entry.path, "cannot read the link", target.error().value);
    entry.target = *std::move(target);
    return {};
  }

  Walk& walk_;
  std::unique_ptr<std::byte[]> buffer_;
  std::string prefix_;                ///< the prefix of names in the directory that is being read
  std::optional<dev_t> good_device_;  ///< the device of the last mounted file that is not one of the kernel's own
  std::vector<Pending> pending_;
  std::vector<Entry> entries_;
};

/// Further readers on other processors, which start when there is enough work.
class Helpers {
 public:
  Helpers(Walk& walk, unsigned most) : walk_(walk), most_(most) {}

  void call(std::size_t pending) {
    constexpr std::size_t kWorthAThread = 64;
    if (pending < kWorthAThread || called_) return;
    called_ = true;
    // Reserve the room: a thread keeps a reference to its reader, so the readers must not move.
    readers_.reserve(most_);
    for (unsigned i = 0; i < most_; ++i) {
      readers_.emplace_back(walk_);
      walk_.exchange.count_reader(1);
      try {
        threads_.emplace_back([&reader = readers_.back()] { reader.run({}, [](std::size_t) {}); });
      } catch (const std::system_error&) {
        return walk_.exchange.count_reader(-1);  // the threads that did start share the work
      }
    }
  }

  /// Waits for all readers and returns them. Each reader then holds everything that it found.
  std::vector<Reader>& join() {
    threads_.clear();
    return readers_;
  }

 private:
  Walk& walk_;
  unsigned most_;
  bool called_ = false;
  std::vector<Reader> readers_;
  std::vector<std::jthread> threads_;
};

/// Merges sorted lists into one sorted list.
void merge(std::vector<std::span<Entry>>& lists, std::vector<Entry>& all) {
  for (;;) {
    std::erase_if(lists, [](const auto& list) { return list.empty(); });
    if (lists.empty()) return;
    const auto least = std::ranges::min_element(lists, {}, [](const auto& list) -> auto& { return list.front().path; });
    all.push_back(std::move(least->front()));
    *least = least->subspan(1);
  }
}

}  // namespace

Result<std::vector<Entry>> scan(int root, const std::string& name, const ScanOptions& options) {
  const auto opened = sys::open_at(root, ".", kListDirectory | O_NOFOLLOW);
  if (!opened) return fail(Code::kBadInput, name, "cannot be read", {}, opened.error().value);
  const auto status = sys::status_of(opened->get(), "");
  if (!status) return fail(Code::kSystem, name, "its status cannot be read", {}, status.error().value);
  Walk walk{.root = opened->get(), .name = name, .options = options, .exchange = {}};
  Reader reader(walk);
  Helpers helpers(walk, std::max(options.readers, 1U) - 1);
  reader.run({{.path = ".", .holder = status->stat.st_dev, .depth = 1}},
             [&helpers](std::size_t pending) { helpers.call(pending); });
  std::vector<std::span<Entry>> found = {reader.entries()};
  for (Reader& other : helpers.join()) found.emplace_back(other.entries());
  if (walk.exchange.error()) return std::unexpected(*walk.exchange.error());
  std::vector<Entry> entries;
  entries.reserve(walk.entries);
  // `.` is the root and comes first, although a name such as `-x` sorts before it.
  entries.push_back(entry_of(".", *status));
  entries.front().mount_point = false;
  merge(found, entries);
  return entries;
}

}  // namespace immure::file
