/// Read leases. While immure holds them, nobody can write to the files of an input without being noticed.
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

/// A read lease (fcntl(2), F_SETLEASE) on every regular file of an input, from before it is hashed until the Lease is
/// destroyed. The kernel grants a lease only while nobody has the file open for writing or mapped writable: stores
/// through a mapping change neither size nor times. It withdraws the lease when somebody opens the file for writing.
/// Only files that nobody but root and the caller may write are held, since a lease says nothing of pages that somebody
/// pinned; and only on file systems that file::why_changeable() has nothing to say of. Directories need no lease:
/// replacing an entry and putting the old one back changes the directory's ctime. The change is in a later tick of the
/// clock than the first look, since the program runs in between.
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
  /// The limit of descriptors before it was raised; empty if it was not.
  std::optional<rlimit> before_;
};

}  // namespace immure::attest
