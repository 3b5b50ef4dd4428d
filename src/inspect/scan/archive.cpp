#include "inspect/scan/archive.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <set>
#include <vector>

#include <archive.h>
#include <archive_entry.h>
#include <langinfo.h>
#include <unistd.h>

#include "inspect/scan/content_hash.hpp"
#include "inspect/scan/names.hpp"
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
  std::array<Enable, 6> enable;
  int filter = ARCHIVE_FILTER_NONE;  ///< for a compressed stream, which has one member without a name
};

// Never enable all formats: each format is one more parser, and some of libarchive's parsers hang, crash or use memory
// without limit.
constexpr auto kFormats = std::to_array<Format>({
    {Container::kZip, {archive_read_support_format_zip}},
    {Container::kTar, {archive_read_support_format_tar}},
    {Container::kSevenZip, {archive_read_support_format_7zip}},
    {Container::kRar, {archive_read_support_format_rar}},
    {Container::kRar5, {archive_read_support_format_rar5}},
    {Container::kCpio, {archive_read_support_format_cpio}},
    {Container::kIso, {archive_read_support_format_iso9660}},
    {Container::kAr, {archive_read_support_format_ar}},
    {Container::kCab, {archive_read_support_format_cab}},
    {Container::kRpm,
     {archive_read_support_format_cpio, archive_read_support_filter_rpm, archive_read_support_filter_gzip,
      archive_read_support_filter_xz, archive_read_support_filter_zstd, archive_read_support_filter_bzip2}},
    {Container::kGzip, {archive_read_support_format_raw, archive_read_support_format_empty}, ARCHIVE_FILTER_GZIP},
    {Container::kBzip2, {archive_read_support_format_raw, archive_read_support_format_empty}, ARCHIVE_FILTER_BZIP2},
    {Container::kXz, {archive_read_support_format_raw, archive_read_support_format_empty}, ARCHIVE_FILTER_XZ},
    {Container::kLzma, {archive_read_support_format_raw, archive_read_support_format_empty}, ARCHIVE_FILTER_LZMA},
    {Container::kZstd, {archive_read_support_format_raw, archive_read_support_format_empty}, ARCHIVE_FILTER_ZSTD},
    {Container::kLz4, {archive_read_support_format_raw, archive_read_support_format_empty}, ARCHIVE_FILTER_LZ4},
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

std::string without_dot_slash(std::string_view name) {
  while (name.starts_with("./")) name.remove_prefix(2);
  while (name.ends_with('/')) name.remove_suffix(1);
  return std::string(name);
}

class Walker {
 public:
  Walker(const Format& format, const ContainerBytes& bytes, const std::string& where, std::string_view name,
         const Limits& limits, Budget& budget, FileResult& result,
         const std::function<void(const MemberContent&)>& content)
      : format_(format),
        bytes_(bytes),
        where_(where),
        name_(name),
        limits_(limits),
        budget_(budget),
        result_(result),
        content_(content) {}

  /// Reads all members. Returns true if everything in the container came out.
  bool walk() {
    const Archive a(::archive_read_new());
    for (const Enable enable : format_.enable) {
      // ARCHIVE_WARN would mean that libarchive uses an external program. This libarchive is built without such
      // programs, and the sandbox could not execute them.
      if (enable != nullptr && (!a || enable(a.get()) != ARCHIVE_OK)) {
        broken("the format is not supported here");
        return false;
      }
    }
    if (is_stream() && !begin_stream(a.get())) return false;
    Source source{.fd = bytes_.fd, .size = bytes_.size};
    if (open_source(a.get(), bytes_, source) != ARCHIVE_OK) {
      broken(error_text(a.get()));
      return false;
    }
    std::uint64_t count = 0;
    while (entry(a.get(), ++count)) {
    }
    if (encrypted_ > 0)
      result_.add(Rule::kArchiveEncrypted, where_,
                  std::to_string(encrypted_) + " encrypted members, first " + first_encrypted_);
    if (out_ >= kRatioFrom && out_ / std::max<std::uint64_t>(bytes_.size, 1) > limits_.ratio) {
      result_.add(Rule::kArchiveRatio, where_, std::to_string(bytes_.size) + " bytes became " + std::to_string(out_));
    }
    return ended_ && !damaged_ && encrypted_ == 0;
  }

 private:
  [[nodiscard]] bool is_stream() const { return format_.filter != ARCHIVE_FILTER_NONE; }

  /// Forces exactly one decompression filter. Automatic detection would unwrap nested streams in one step and hide the
  /// layers between them. But with a forced filter, libarchive reports a stream as empty if its header is cut, or if it
  /// breaks before its first byte; with automatic detection it does not. So compare with automatic detection.
  bool begin_stream(archive* a) {
    const Archive finding(::archive_read_new());
    Source source{.fd = bytes_.fd, .size = bytes_.size};
    if (::archive_read_support_format_raw(finding.get()) != ARCHIVE_OK ||
        ::archive_read_support_filter_by_code(finding.get(), format_.filter) != ARCHIVE_OK ||
        ::archive_read_append_filter(a, format_.filter) != ARCHIVE_OK) {
      broken("the format is not supported here");
      return false;
    }
    // Detection can fail only beyond the header: in damaged data, or in more nested streams than libarchive takes.
    // Whether this stream yields any bytes tells which of the two is true.
    if (open_source(finding.get(), bytes_, source) != ARCHIVE_OK) {
      if_nothing_comes_ = error_text(finding.get());
      return true;
    }
    if (::archive_filter_count(finding.get()) > 1) return true;
    broken("the compressed stream's header is damaged");
    return false;
  }

  void broken(const std::string& seen) {
    damaged_ = true;
    result_.add(Rule::kArchiveMalformed, where_, seen);
  }

  /// Handles one member. Returns false to end the walk.
  bool entry(archive* a, std::uint64_t count) {
    archive_entry* header = nullptr;
    const int status = ::archive_read_next_header(a, &header);
    if (status == ARCHIVE_EOF) {
      if (count == 1 && !if_nothing_comes_.empty()) broken(if_nothing_comes_);
      // If a member's header is cut off, libarchive reports the end of the archive.
      const bool read_to_end = static_cast<std::uint64_t>(::archive_filter_bytes(a, 0)) >= bytes_.size;
      if (format_.container == Container::kAr && !read_to_end)
        broken("after the last member there are bytes that belong to no member");
      ended_ = true;
      return false;
    }
    if (count > limits_.container_entries || budget_.members == 0) {
      result_.add(Rule::kLimitMembers, where_, "more than " + std::to_string(count - 1) + " members");
      return false;
    }
    --budget_.members;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
      if (::archive_read_has_encrypted_entries(a) == 1 && encrypted_ == 0) {
        encrypted(stream_name(name_));
      } else {
        broken(error_text(a));
      }
      return status != ARCHIVE_FATAL;
    }
    return member(a, header);
  }

  void encrypted(const std::string& name) {
    if (encrypted_++ == 0) first_encrypted_ = name;
  }

  bool member(archive* a, archive_entry* header) {
    const char* given = ::archive_entry_pathname(header);
    std::string name = given != nullptr ? given : "";
    if (is_stream()) name = stream_name(name_);
    Member found{.path = where_.empty() ? name : where_ + "!/" + name};
    if (found.path.size() > kMaxMemberPath) found.path.resize(kMaxMemberPath);
    if (!is_stream()) {
      check_member_name(name, found.path, result_);
      if (!names_.insert(without_dot_slash(name)).second) result_.add(Rule::kArchiveDuplicate, found.path, name);
    }
    if ((::archive_entry_perm(header) & 06000U) != 0)
      result_.add(Rule::kModeSetId, found.path, "the member has set-id bits");
    if (extension_is_macro(name)) result_.add(Rule::kTypeMacro, found.path, name);
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
    return regular(a, std::move(found));
  }

  static bool extension_is_macro(std::string_view name) {
    return name.ends_with("vbaProject.bin") || name.starts_with("Basic/") || name.ends_with("macrosheets/sheet1.xml");
  }

  MemberKind kind(archive_entry* header, const std::string& name, const std::string& path) {
    if (const char* target = ::archive_entry_hardlink(header); target != nullptr) {
      // The target of a hard link is relative to the archive's root, not to the link.
      if (leads_out({}, target)) result_.add(Rule::kArchiveLinkOut, path, "hard link to " + std::string(target));
      return MemberKind::kHardLink;
    }
    switch (::archive_entry_filetype(header)) {
      case AE_IFDIR: return MemberKind::kDirectory;
      case AE_IFLNK: {
        const char* target = ::archive_entry_symlink(header);
        if (target != nullptr && leads_out(name, target))
          result_.add(Rule::kArchiveLinkOut, path, "link to " + std::string(target));
        return MemberKind::kLink;
      }
      case AE_IFIFO:
      case AE_IFSOCK:
      case AE_IFCHR:
      case AE_IFBLK: result_.add(Rule::kArchiveSpecial, path, "device, FIFO or socket"); return MemberKind::kSpecial;
      // Formats without types, and compressed streams, report type zero.
      default: return MemberKind::kFile;
    }
  }

  /// Reads a regular member to its end, or until the budget is used up.
  bool regular(archive* a, Member found) {
    std::vector<std::byte> kept;
    ContentHash hash;
    la_ssize_t count = 0;
    std::uint64_t keep = limits_.analysed_bytes;
    while ((count = ::archive_read_data(a, block_.get(), kBlock)) > 0) {
      const auto fresh = Bytes(block_.get(), kBlock)
                             .first(std::min<std::uint64_t>(static_cast<std::uint64_t>(count), budget_.expanded));
      budget_.expanded -= fresh.size();
      result_.expanded += fresh.size();
      out_ += fresh.size();
      found.size += fresh.size();
      hash.update(fresh);
      if (kept.empty()) {
        found.type = detect(fresh);
        // A nested container must be there as a whole, because its directory may be at its end.
        if (file_types()[found.type].container != Container::kNone) keep = limits_.expanded_file;
      }
      const auto room =
          Bytes(fresh).first(std::min<std::uint64_t>(fresh.size(), keep - std::min<std::uint64_t>(keep, kept.size())));
      kept.insert(kept.end(), room.begin(), room.end());
      if (fresh.size() < static_cast<std::size_t>(count)) break;
    }
    const bool cut = count > 0;
    if (found.size == 0) found.type = detect({});
    if (count == 0) found.sha256 = hash.finish();
    if (count < 0) data_failed(a, found.path);
    if (cut)
      result_.add(Rule::kLimitExpandedFile, found.path,
                  std::to_string(result_.expanded) + " bytes came out of the file so far");
    const std::string path = found.path;
    const MemberContent content{.bytes = kept,
                                .whole = kept.size() == found.size && count == 0,
                                .size = found.size,
                                .type = found.type,
                                .path = path};
    result_.members.push_back(std::move(found));
    content_(content);
    // If the budget ends exactly here, the next member that is not empty causes the finding.
    return !cut && count != ARCHIVE_FATAL;
  }

  void data_failed(archive* a, const std::string& path) {
    // Headers that are not encrypted do not always say that the data is encrypted.
    const std::string text = error_text(a);
    if (text.find("ncrypt") != std::string::npos || text.find("assphrase") != std::string::npos) {
      encrypted(path);
    } else {
      damaged_ = true;
      result_.add(Rule::kArchiveMalformed, path, text);
    }
  }

  const Format& format_;
  const ContainerBytes& bytes_;
  const std::string& where_;
  std::string_view name_;
  const Limits& limits_;
  Budget& budget_;
  FileResult& result_;
  const std::function<void(const MemberContent&)>& content_;
  std::unique_ptr<std::byte[]> block_ = std::make_unique_for_overwrite<std::byte[]>(kBlock);
  std::set<std::string> names_;
  std::uint64_t encrypted_ = 0, out_ = 0;
  bool ended_ = false, damaged_ = false;
  std::string first_encrypted_;
  /// The reason why the stream is broken, if nothing comes out of the stream.
  std::string if_nothing_comes_;
};

}  // namespace

bool walk_container(Container container, const ContainerBytes& bytes, const std::string& where, std::string_view name,
                    const Limits& limits, Budget& budget, FileResult& result,
                    const std::function<void(const MemberContent&)>& content) {
  const auto format = std::ranges::find(kFormats, container, &Format::container);
  if (format == kFormats.end()) return false;
  return Walker(*format, bytes, where, name, limits, budget, result, content).walk();
}

}  // namespace immure::inspect
