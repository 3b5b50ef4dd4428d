/// Read leases. While immure holds the leases of an input, nobody can write to the files of the input without being
/// noticed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/resource.h>

#include "attest/deadline.hpp"
#include "file/tree.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

/// A read lease (fcntl(2), F_SETLEASE) on every regular file of an input, from before the file is hashed until the
/// Leases are destroyed. The kernel grants a lease only while nobody has the file open for writing or mapped writable.
/// (Stores through a mapping change neither size nor times.) The kernel withdraws the lease when somebody opens the
/// file for writing. A lease does not cover pages that somebody has pinned. So immure takes a lease only on a file that
/// nobody but root and the caller may write, and only on a file system for which file::why_changeable() gives no
/// reason. Directories need no lease: replacing an entry and putting the old entry back changes the directory's ctime.
/// The change comes in a later tick of the clock than the first look, because the program runs in between.
class Leases {
 public:
  Leases() = default;
  /// Takes all leases, or takes none and gives the reason in refusal(). Errors: kBadInput (a file cannot be read or has
  /// changed), kSystem, the error of `go_on`.
  [[nodiscard]] static Result<Leases> take(int root, const std::string& name, const std::vector<file::Entry>& entries,
                                           const GoOn& go_on);
  Leases(Leases&& other) noexcept;
  Leases& operator=(Leases&& other) noexcept;
  ~Leases();

  /// The reason why leases cannot hold the input; empty if they hold it.
  [[nodiscard]] const std::string& refusal() const { return refusal_; }
  /// The opened files, in the order of the entries. An entry that is not a regular file has no descriptor.
  [[nodiscard]] const std::vector<sys::Fd>& files() const { return files_; }
  /// The index of the first entry whose lease the kernel has withdrawn.
  [[nodiscard]] std::optional<std::size_t> broken() const;

 private:
  [[nodiscard]] Result<void> fill(int root, const std::string& name, const std::vector<file::Entry>& entries,
                                  const GoOn& go_on);
  [[nodiscard]] bool make_room(std::size_t files);
  void refuse(std::string why);
  std::vector<sys::Fd> files_;
  std::string refusal_;
  /// The limit of descriptors before make_room() raised it; empty if it was not raised.
  std::optional<rlimit> before_;
};

}  // namespace immure::attest
