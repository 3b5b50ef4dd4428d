#include "inspect/scan/member_sink.hpp"

#include <algorithm>
#include <array>

namespace immure::inspect {

std::string member_path(const Walk& walk, const std::string& name) {
  std::string path = walk.where.empty() ? name : walk.where + "!/" + name;
  if (path.size() > kMaxMemberPath) path.resize(kMaxMemberPath);
  return path;
}

bool may_have_member(const Walk& walk, std::uint64_t count) {
  if (count > walk.limits.container_entries || walk.budget.members == 0) {
    walk.result.add(Rule::kLimitMembers, walk.where, "more than " + std::to_string(count - 1) + " members");
    return false;
  }
  --walk.budget.members;
  return true;
}

bool MemberSink::take(Bytes bytes) { return take_some(bytes, free_); }

bool MemberSink::take_some(Bytes bytes, bool free) {
  const Bytes fresh = free ? bytes : bytes.first(std::min<std::uint64_t>(bytes.size(), walk_.budget.expanded));
  if (!free) {
    walk_.budget.expanded -= fresh.size();
    walk_.result.expanded += fresh.size();
  }
  found_.size += fresh.size();
  hash_.update(fresh);
  // What a member is decides how much of it to keep, and the first bytes decide what it is.
  if (!recognised_) keep_ = walk_.limits.expanded_file;
  const Bytes room =
      fresh.first(std::min<std::uint64_t>(fresh.size(), keep_ - std::min<std::uint64_t>(keep_, kept_.size())));
  kept_.insert(kept_.end(), room.begin(), room.end());
  if (!recognised_ && kept_.size() >= kTypePrefix) recognise();
  cut_ = fresh.size() < bytes.size();
  return !cut_;
}

void MemberSink::recognise() {
  recognised_ = true;
  found_.type = detect(Bytes(kept_).first(std::min(kept_.size(), kTypePrefix)));
  // A nested container must be there as a whole, because its directory may be at its end.
  const bool container = file_types()[found_.type].container != Container::kNone;
  keep_ = container ? walk_.limits.expanded_file : walk_.limits.analysed_bytes;
  if (kept_.size() > keep_) kept_.resize(keep_);
}

bool MemberSink::pad(std::uint64_t size) {
  static constexpr std::array<std::byte, 64 * 1024> kZeros{};
  while (found_.size < size) {
    if (!take_some(Bytes(kZeros).first(std::min<std::uint64_t>(kZeros.size(), size - found_.size)), false))
      return false;
  }
  return true;
}

void MemberSink::finish(bool whole) {
  if (!recognised_) recognise();
  if (whole && !cut_) found_.sha256 = hash_.finish();
  if (cut_) {
    walk_.result.add(Rule::kLimitExpandedFile, found_.path,
                     std::to_string(walk_.result.expanded) + " bytes came out of the file so far");
  }
  const std::string path = found_.path;
  const MemberContent content{.bytes = kept_,
                              .whole = kept_.size() == found_.size && whole && !cut_,
                              .size = found_.size,
                              .type = found_.type,
                              .path = path,
                              .natural = natural_};
  walk_.result.members.push_back(std::move(found_));
  walk_.content(content);
}

void pass_on_part(const Walk& walk, ByteSource& source, std::uint64_t offset, std::uint64_t size,
                  const std::string& label) {
  if (!may_have_member(walk, 1)) return;
  Member found{.path = member_path(walk, label), .size = size};
  // Bytes in memory stay where they are. Of others, the part that is analysed is read.
  const Bytes part = source.part(offset, size, walk.limits.analysed_bytes);
  const std::vector<std::byte> copy =
      walk.bytes.fd < 0 ? std::vector<std::byte>() : std::vector<std::byte>(part.begin(), part.end());
  const Bytes bytes = walk.bytes.fd < 0 ? part : Bytes(copy);
  found.type = detect(bytes.first(std::min(bytes.size(), kTypePrefix)));
  ContentHash hash;
  std::uint64_t done = 0;
  for (Bytes block = source.at(offset); done < size && !block.empty(); block = source.at(offset + done)) {
    const Bytes mine = block.first(std::min<std::uint64_t>(block.size(), size - done));
    hash.update(mine);
    done += mine.size();
  }
  if (done == size) found.sha256 = hash.finish();
  const std::string path = found.path;
  const MemberContent content{
      .bytes = bytes, .whole = bytes.size() == size, .size = size, .type = found.type, .path = path};
  walk.result.members.push_back(std::move(found));
  walk.content(content);
}

}  // namespace immure::inspect
