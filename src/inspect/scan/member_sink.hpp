/// Takes the bytes of one member: counts, hashes, recognises and keeps them, and passes the member on.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "inspect/limits.hpp"
#include "inspect/scan/byte_source.hpp"
#include "inspect/scan/content_hash.hpp"
#include "inspect/scan/findings.hpp"

namespace immure::inspect {

/// The rest of the budget for one file of the drop, all its layers together.
struct Budget {
  std::uint64_t expanded;
  std::uint64_t members;
};

/// A regular member that was unpacked.
struct MemberContent {
  Bytes bytes;        ///< the beginning of the member
  bool whole = true;  ///< `bytes` has the whole member
  std::uint64_t size = 0;
  std::uint16_t type = 0;
  const std::string& path;
  /// The container says that the content has no form which a table of types could know.
  bool natural = false;
};

/// One container on its way through the parsers.
struct Walk {
  Container container;
  const ContainerBytes& bytes;
  const std::string& where;  ///< the container's own member path, empty for the file itself
  std::string_view name;     ///< its last name
  const Limits& limits;
  Budget& budget;
  FileResult& result;
  const std::function<void(const MemberContent&)>& content;
};

/// The path of a member of the container.
[[nodiscard]] std::string member_path(const Walk& walk, const std::string& name);

/// Takes one member from the budget. Returns false, and adds a finding, if there are too many.
[[nodiscard]] bool may_have_member(const Walk& walk, std::uint64_t count);

class MemberSink {
 public:
  /// If `free`, the bytes stand in the container as they are. So they do not count as expanded bytes, of which a small
  /// container may have many.
  MemberSink(const Walk& walk, std::string path, bool free) : walk_(walk), free_(free) {
    found_.path = std::move(path);
  }

  /// Returns false if the budget is used up.
  [[nodiscard]] bool take(Bytes bytes);
  /// Takes zeros that the container does not store, up to the member's `size`.
  [[nodiscard]] bool pad(std::uint64_t size);
  /// Passes the member on. `whole` says that all of the member came.
  void finish(bool whole);

  /// Sets MemberContent::natural.
  void set_natural(bool natural) { natural_ = natural; }

  [[nodiscard]] const std::string& path() const { return found_.path; }
  [[nodiscard]] std::uint64_t size() const { return found_.size; }

 private:
  void recognise();
  [[nodiscard]] bool take_some(Bytes bytes, bool free);

  const Walk& walk_;
  bool free_, natural_ = false, cut_ = false, recognised_ = false;
  Member found_;
  std::vector<std::byte> kept_;
  std::uint64_t keep_ = 0;
  ContentHash hash_;
};

/// Passes on a part of the container as a member of its own, which has no name in the container: `label` stands for
/// one.
void pass_on_part(const Walk& walk, ByteSource& source, std::uint64_t offset, std::uint64_t size,
                  const std::string& label);

}  // namespace immure::inspect
