#include "inspect/scan/archive.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <set>

#include <archive.h>
#include <archive_entry.h>
#include <langinfo.h>
#include <unistd.h>

#include "inspect/scan/documents.hpp"
#include "inspect/scan/layout.hpp"
#include "inspect/scan/links.hpp"
#include "inspect/scan/names.hpp"
#include "inspect/scan/stream.hpp"
#include "sys/file.hpp"

// libarchive converts names to the character set of the locale, and loses every character that the set lacks; the C
// locale has only ASCII. The cell's image has no other locale. So the linker's --wrap replaces a function, and tells
// libarchive that the set is UTF-8, which can express every name.
extern "C" {
char* __real_nl_langinfo(nl_item item);
char* __wrap_nl_langinfo(nl_item item);
char* __wrap_nl_langinfo(nl_item item) {
  static char utf8[] = "UTF-8";
  return item == CODESET ? utf8 : __real_nl_langinfo(item);
}
}

namespace immure::inspect {
namespace {

constexpr std::size_t kBlock = 256 * 1024;
// Small files often compress well, so the ratio means something only for large output.
constexpr std::uint64_t kRatioFrom = 1U << 20;

struct CloseArchive {
  void operator()(archive* a) const { ::archive_read_free(a); }
};
using Archive = std::unique_ptr<archive, CloseArchive>;

using Enable = int (*)(archive*);
struct Format {
  Container container;
  Enable enable;
  /// Its members stand in the container as they are.
  bool plain = false;
};

// Never enable all formats: each format is one more parser, and some of libarchive's parsers hang, crash or use memory
// without limit.
constexpr auto kFormats = std::to_array<Format>({
    {Container::kZip, archive_read_support_format_zip},
    {Container::kTar, archive_read_support_format_tar, true},
    {Container::kSevenZip, archive_read_support_format_7zip},
    {Container::kRar, archive_read_support_format_rar},
    {Container::kRar5, archive_read_support_format_rar5},
    {Container::kCpio, archive_read_support_format_cpio, true},
    {Container::kIso, archive_read_support_format_iso9660},
    {Container::kAr, archive_read_support_format_ar, true},
    {Container::kCab, archive_read_support_format_cab},
});

/// A container behind a descriptor. libarchive does not get the descriptor, but reads and seeks through these
/// functions.
struct Source {
  int fd;
  std::uint64_t size, offset = 0;
  std::unique_ptr<char[]> block = std::make_unique_for_overwrite<char[]>(kBlock);
};

la_ssize_t read_source(archive* a, void* data, const void** block) {
  auto& source = *static_cast<Source*>(data);
  const auto count =
      sys::read_at(source.fd, std::as_writable_bytes(std::span(source.block.get(), kBlock)), source.offset);
  if (!count) {
    ::archive_set_error(a, count.error().value, "%s", "cannot be read");
    return ARCHIVE_FATAL;
  }
  source.offset += *count;
  *block = source.block.get();
  return static_cast<la_ssize_t>(*count);
}

la_int64_t skip_source(archive* /*a*/, void* data, la_int64_t request) {
  auto& source = *static_cast<Source*>(data);
  const std::uint64_t skipped = std::min(static_cast<std::uint64_t>(std::max<la_int64_t>(request, 0)),
                                         source.size - std::min(source.size, source.offset));
  source.offset += skipped;
  return static_cast<la_int64_t>(skipped);
}

la_int64_t seek_source(archive* /*a*/, void* data, la_int64_t offset, int whence) {
  auto& source = *static_cast<Source*>(data);
  la_int64_t base = 0;
  if (whence == SEEK_CUR) base = static_cast<la_int64_t>(source.offset);
  if (whence == SEEK_END) base = static_cast<la_int64_t>(source.size);
  la_int64_t target = 0;
  if (__builtin_add_overflow(base, offset, &target) || target < 0) return ARCHIVE_FATAL;
  source.offset = static_cast<std::uint64_t>(target);
  return target;
}

int open_source(archive* a, const ContainerBytes& bytes, Source& source) {
  if (bytes.fd < 0) return ::archive_read_open_memory(a, bytes.memory.data(), bytes.memory.size());
  ::archive_read_set_callback_data(a, &source);
  ::archive_read_set_read_callback(a, read_source);
  ::archive_read_set_skip_callback(a, skip_source);
  ::archive_read_set_seek_callback(a, seek_source);
  return ::archive_read_open1(a);
}

std::string error_text(archive* a) {
  const char* text = ::archive_error_string(a);
  return text != nullptr ? text : "it cannot be read on";
}

/// The name of a compressed stream's content: `a.tar` for `a.tar.gz` and `a.tgz`.
std::string stream_name(std::string_view name) {
  const std::string ext = extension(name);
  if (ext.empty()) return "data";
  std::string stem(name.substr(0, name.size() - ext.size() - 1));
  if (ext == "tgz" || ext == "tbz" || ext == "tbz2" || ext == "txz" || ext == "tlz" || ext == "tzst") stem += ".tar";
  return stem.empty() ? "data" : stem;
}

void check_ratio(const Walk& walk, std::uint64_t out) {
  if (out < kRatioFrom || out / std::max<std::uint64_t>(walk.bytes.size, 1) <= walk.limits.ratio) return;
  walk.result.add(Rule::kArchiveRatio, walk.where,
                  std::to_string(walk.bytes.size) + " bytes became " + std::to_string(out));
}

std::string without_dot_slash(std::string_view name) {
  while (name.starts_with("./")) name.remove_prefix(2);
  while (name.ends_with('/')) name.remove_suffix(1);
  return std::string(name);
}

class Walker {
 public:
  Walker(const Format& format, const Walk& walk) : format_(format), walk_(walk), result_(walk.result) {}

  /// Reads all members.
  Walked walk() {
    const Archive a(::archive_read_new());
    if (!a || format_.enable(a.get()) != ARCHIVE_OK) {
      result_.add(Rule::kArchiveUnsupported, walk_.where, "libarchive was built without this format");
      return {};
    }
    Source source{.fd = walk_.bytes.fd, .size = walk_.bytes.size};
    if (open_source(a.get(), walk_.bytes, source) != ARCHIVE_OK) {
      broken(a.get(), walk_.where);
      return {};
    }
    std::uint64_t count = 0;
    while (entry(a.get(), ++count)) {
    }
    if (encrypted_ > 0)
      result_.add(Rule::kArchiveEncrypted, walk_.where,
                  std::to_string(encrypted_) + " encrypted members, first " + first_encrypted_);
    check_ratio(walk_, out_);
    // libarchive counts the bytes that its parser has taken from the container.
    const auto taken =
        end_ != 0 ? end_ : static_cast<std::uint64_t>(std::max<la_int64_t>(::archive_filter_bytes(a.get(), -1), 0));
    // If a member's header is cut off, libarchive reports the end of the archive.
    if (ended_ && format_.container == Container::kAr && rest_is_cut(taken)) {
      damaged_ = true;
      result_.add(Rule::kArchiveMalformed, walk_.where,
                  "after the last member there are bytes that belong to no member");
    }
    return {ended_ && !damaged_ && encrypted_ == 0, ended_ ? taken : 0};
  }

 private:
  void broken(archive* a, const std::string& path) {
    damaged_ = true;
    const std::string text = error_text(a);
    // Each of these words is libarchive's for a method, a filter or a version that it lacks.
    constexpr auto kLacks = std::to_array<std::string_view>(
        {"nsupported", "not supported", "not implemented", "nknown compression", "unknown codec", "unavailable"});
    const bool lacks =
        std::ranges::any_of(kLacks, [&](std::string_view word) { return text.find(word) != std::string::npos; });
    result_.add(lacks ? Rule::kArchiveUnsupported : Rule::kArchiveMalformed, path, text);
  }

  /// Handles one member. Returns false to end the walk.
  bool entry(archive* a, std::uint64_t count) {
    archive_entry* header = nullptr;
    const int status = ::archive_read_next_header(a, &header);
    if (status == ARCHIVE_EOF) {
      ended_ = true;
      return false;
    }
    if (!may_have_member(walk_, count)) return false;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
      // An ar has no mark of its end. So whatever is no header of a member is not a part of the ar.
      if (format_.container == Container::kAr && status == ARCHIVE_FATAL && count > 1) {
        ended_ = true;
        constexpr la_int64_t kHeader = 60;  // libarchive has taken the bytes that are no header
        end_ = static_cast<std::uint64_t>(std::max<la_int64_t>(::archive_filter_bytes(a, -1) - kHeader, 0));
      } else if (::archive_read_has_encrypted_entries(a) == 1 && encrypted_ == 0) {
        encrypted(std::string(walk_.name));
      } else {
        broken(a, walk_.where);
      }
      return status != ARCHIVE_FATAL;
    }
    return member(a, header);
  }

  [[nodiscard]] bool rest_is_cut(std::uint64_t taken) const {
    constexpr std::uint64_t kHeader = 60;
    if (taken >= walk_.bytes.size || walk_.bytes.size - taken >= kHeader) return false;
    ByteSource source(walk_.bytes);
    return as_text(source.at(taken)) != "\n";
  }

  void encrypted(const std::string& name) {
    if (encrypted_++ == 0) first_encrypted_ = name;
  }

  /// ar stores tables of its own as members: of symbols (`/`, `/SYM64/`, `__.SYMDEF`) and of long names (`//`).
  [[nodiscard]] bool is_own_table(std::string_view name) const {
    return format_.container == Container::kAr &&
           (name == "/" || name == "//" || name == "/SYM64/" || name.starts_with("__.SYMDEF"));
  }

  bool member(archive* a, archive_entry* header) {
    const char* given = ::archive_entry_pathname(header);
    const std::string name = given != nullptr ? given : "";
    Member found{.path = member_path(walk_, name)};
    if (!is_own_table(name)) {
      check_member_name(name, found.path, result_);
      // Many tools write one directory twice, and static libraries may have several members of one name.
      const bool repeatable = ::archive_entry_filetype(header) == AE_IFDIR || format_.container == Container::kAr;
      if (!names_.insert(without_dot_slash(name)).second && !repeatable)
        result_.add(Rule::kArchiveDuplicate, found.path, name);
      check_way(name, found.path);
    }
    const bool directory = ::archive_entry_filetype(header) == AE_IFDIR;
    // On a directory, set-group-ID only says which group new files get.
    if ((::archive_entry_perm(header) & (directory ? 04000U : 06000U)) != 0)
      result_.add(Rule::kModeSetId, found.path, "the member has set-id bits");
    found.kind = kind(header, name, found.path);
    if (found.kind != MemberKind::kFile) {
      result_.members.push_back(std::move(found));
      return true;
    }
    if (::archive_entry_is_data_encrypted(header) != 0) {
      encrypted(name);
      result_.members.push_back(std::move(found));
      return true;
    }
    return regular(a, header, std::move(found.path));
  }

  /// A program that unpacks the container writes this member through the links which it has made before.
  void check_way(const std::string& name, const std::string& path) {
    if (links_.empty()) return;
    const Links::Way way = links_.to(name);
    if (!way.link.empty())
      result_.add(Rule::kArchiveThroughLink, path,
                  "below the link " + way.link + (way.out ? ", which leads out of the archive" : ""));
  }

  MemberKind kind(archive_entry* header, const std::string& name, const std::string& path) {
    if (const char* target = ::archive_entry_hardlink(header); target != nullptr) {
      // The target of a hard link is relative to the archive's root, not to the link.
      if (is_absolute(target) || links_.through(target).out)
        result_.add(Rule::kArchiveLinkOut, path, "hard link to " + std::string(target));
      return MemberKind::kHardLink;
    }
    switch (::archive_entry_filetype(header)) {
      case AE_IFDIR: return MemberKind::kDirectory;
      case AE_IFLNK: {
        const char* target = ::archive_entry_symlink(header);
        if (target != nullptr && links_.from(name, target).out)
          result_.add(leads_to_system(target) ? Rule::kArchiveLinkAbsolute : Rule::kArchiveLinkOut, path,
                      "link to " + std::string(target));
        if (target != nullptr) links_.add(name, target);
        return MemberKind::kLink;
      }
      case AE_IFIFO:
      case AE_IFSOCK:
      case AE_IFCHR:
      case AE_IFBLK: result_.add(Rule::kArchiveSpecial, path, "device, FIFO or socket"); return MemberKind::kSpecial;
      // Some formats have no types of members and report type zero.
      default: return MemberKind::kFile;
    }
  }

  /// Reads a regular member to its end, or until the budget is used up.
  bool regular(archive* a, archive_entry* header, std::string path) {
    MemberSink sink(walk_, std::move(path), format_.plain);
    bool room = true;
    int status = ARCHIVE_OK;
    // Not archive_read_data(), which loses what it has read if the data after it is damaged.
    while (room && status == ARCHIVE_OK) {
      const void* block = nullptr;
      std::size_t size = 0;
      la_int64_t offset = 0;
      status = ::archive_read_data_block(a, &block, &size, &offset);
      if (status != ARCHIVE_OK && status != ARCHIVE_WARN) break;
      if (std::cmp_greater(offset, sink.size())) room = sink.pad(static_cast<std::uint64_t>(offset));
      if (room && size > 0) room = sink.take(Bytes(static_cast<const std::byte*>(block), size));
    }
    const bool whole = room && status == ARCHIVE_EOF;
    // The last block may be followed by a hole.
    if (whole && ::archive_entry_size_is_set(header) != 0) {
      const auto size = static_cast<std::uint64_t>(std::max<la_int64_t>(::archive_entry_size(header), 0));
      if (sink.size() < size && ::archive_entry_sparse_count(header) > 0) room = sink.pad(size);
    }
    if (room && status != ARCHIVE_EOF) data_failed(a, sink.path());
    out_ += sink.size();
    sink.finish(room && whole);
    // If the budget ends exactly here, the next member that is not empty causes the finding.
    return room && status != ARCHIVE_FATAL;
  }

  void data_failed(archive* a, const std::string& path) {
    // Headers that are not encrypted do not always say that the data is encrypted.
    const std::string text = error_text(a);
    if (text.find("ncrypt") != std::string::npos || text.find("assphrase") != std::string::npos) {
      encrypted(path);
    } else {
      broken(a, path);
    }
  }

  const Format& format_;
  const Walk& walk_;
  FileResult& result_;
  std::set<std::string> names_;
  Links links_;
  std::uint64_t encrypted_ = 0, out_ = 0;
  std::uint64_t end_ = 0;  ///< where the container ends, if it was not read up to there
  bool ended_ = false, damaged_ = false;
  std::string first_encrypted_;
};

/// A compressed stream has one member, which has no name.
Walked walk_stream(const Walk& walk) {
  if (!may_have_member(walk, 1)) return {};
  ByteSource source(walk.bytes);
  MemberSink sink(walk, member_path(walk, stream_name(walk.name)), false);
  const StreamEnd end = decompress(walk.container, source, 0, [&](Bytes bytes) { return sink.take(bytes); });
  check_ratio(walk, sink.size());
  const bool whole = end.state == StreamEnd::State::kWhole;
  if (end.state == StreamEnd::State::kDamaged) walk.result.add(Rule::kArchiveMalformed, walk.where, end.why);
  if (end.state == StreamEnd::State::kUnsupported) walk.result.add(Rule::kArchiveUnsupported, walk.where, end.why);
  sink.finish(whole);
  return {whole, whole ? end.end : 0};
}

}  // namespace

Walked walk_container(const Walk& walk) {
  switch (walk.container) {
    case Container::kRpm: return walk_rpm(walk);
    case Container::kPdf: return walk_pdf(walk);
    case Container::kPng: return walk_png(walk);
    case Container::kJpeg: return {.whole = true, .end = jpeg_end(walk.bytes.memory)};
    case Container::kOle: return walk_ole(walk);
    default: break;
  }
  if (is_stream(walk.container)) return walk_stream(walk);
  const auto format = std::ranges::find(kFormats, walk.container, &Format::container);
  if (format == kFormats.end()) return {};
  return Walker(*format, walk).walk();
}

}  // namespace immure::inspect
