#include "plan/image/elf.hpp"

#include <elf.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include "sys/file.hpp"

namespace immure::plan {
namespace {

#if defined(__x86_64__)
constexpr Elf64_Half kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half kMachine = EM_AARCH64;
#endif

constexpr std::size_t kMaxSegments = 256;
constexpr std::size_t kMaxDynamic = 4096;
constexpr std::size_t kMaxNeeded = 1024;
constexpr std::size_t kMaxString = 4096;
/// Larger than the symbol names of any known program: the names of V8 take 6 MB.
constexpr std::uint64_t kMaxDynamicStrings = 32ULL << 20;
constexpr std::uint64_t kMaxSectionNames = 1ULL << 20;
constexpr std::uint64_t kMaxComment = 4096;

std::unexpected<Error> bad(std::string_view what) { return fail(Code::kBadInput, {}, what); }

/// Reads bytes at an offset, from memory or from a file. A read may be short only at the end of the source.
struct Source {
  std::span<const std::byte> memory;
  int fd = -1;

  [[nodiscard]] std::size_t read(std::uint64_t offset, std::span<std::byte> into) const {
    if (fd < 0) {
      if (offset >= memory.size()) return 0;
      const std::size_t count = std::min(into.size(), memory.size() - static_cast<std::size_t>(offset));
      std::ranges::copy(memory.subspan(static_cast<std::size_t>(offset), count), into.begin());
      return count;
    }
    if (offset > std::uint64_t{1} << 62U) return 0;
    std::size_t filled = 0;
    while (filled < into.size()) {
      const auto count = sys::read_at(fd, into.subspan(filled), offset + filled);
      if (!count || *count == 0) break;
      filled += *count;
    }
    return filled;
  }

  template <class T>
  [[nodiscard]] Result<std::vector<T>> table(std::uint64_t offset, std::size_t count) const {
    std::vector<T> rows(count);
    if (read(offset, std::as_writable_bytes(std::span(rows))) != count * sizeof(T)) return bad("truncated ELF file");
    return rows;
  }

  /// Reads at most `most` bytes as text, fewer at the end of the source.
  [[nodiscard]] std::string text(std::uint64_t offset, std::uint64_t size, std::uint64_t most) const {
    constexpr std::size_t kPiece = 65536;
    const auto wanted = static_cast<std::size_t>(std::min(size, most));
    std::string bytes;
    // A false size in a small file must not cost memory, so the text grows with what the source holds.
    while (bytes.size() < wanted) {
      const std::size_t before = bytes.size(), piece = std::min(kPiece, wanted - before);
      bytes.resize(before + piece);
      const std::size_t got = read(offset + before, std::as_writable_bytes(std::span(bytes).subspan(before)));
      bytes.resize(before + got);
      if (got < piece) break;
    }
    return bytes;
  }

  /// Reads a string that ends with NUL within kMaxString bytes.
  [[nodiscard]] Result<std::string> string(std::uint64_t offset) const {
    // Most names are short, and a small read touches fewer pages.
    std::array<std::byte, kMaxString> buffer;
    for (const std::size_t length : {std::size_t{128}, kMaxString}) {
      const std::size_t got = read(offset, std::span(buffer).first(length));
      const auto* text = reinterpret_cast<const char*>(buffer.data());
      if (const void* end = std::memchr(text, '\0', got)) return std::string(text, static_cast<const char*>(end));
      if (got < length) break;
    }
    return bad("truncated ELF file: a name does not end");
  }
};

Result<Elf64_Ehdr> header_of(const Source& source) {
  Elf64_Ehdr header{};
  const std::size_t got = source.read(0, std::as_writable_bytes(std::span(&header, 1)));
  if (got < SELFMAG || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return bad("not an ELF file");
  if (got != sizeof header) return bad("truncated ELF file");
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_machine != kMachine)
    return bad("built for another architecture");
  if (header.e_type != ET_EXEC && header.e_type != ET_DYN) return bad("neither an executable nor a shared object");
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0 || header.e_phnum > kMaxSegments)
    return bad("malformed ELF program headers");
  return header;
}

/// The offset in the file of an address of the loaded program; nothing if the file does not hold the address.
std::optional<std::uint64_t> file_offset(const std::vector<Elf64_Phdr>& segments, std::uint64_t address) {
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
    const std::uint64_t within = address - segment.p_vaddr;
    if (within < segment.p_filesz && segment.p_offset + within >= within) return segment.p_offset + within;
  }
  return std::nullopt;
}

Result<void> read_dynamic(const Source& source, const std::vector<Elf64_Phdr>& segments, const Elf64_Phdr& dynamic,
                          ElfFacts& facts) {
  const std::uint64_t count = dynamic.p_filesz / sizeof(Elf64_Dyn);
  if (count > kMaxDynamic) return bad("malformed ELF dynamic section: too many entries");
  TRY(auto rows, source.table<Elf64_Dyn>(dynamic.p_offset, static_cast<std::size_t>(count)));
  rows.erase(std::ranges::find(rows, DT_NULL, &Elf64_Dyn::d_tag), rows.end());
  const auto strings = std::ranges::find(rows, DT_STRTAB, &Elf64_Dyn::d_tag);
  const auto name_at = [&](const Elf64_Dyn& row) -> Result<std::string> {
    if (strings == rows.end()) return bad("malformed ELF dynamic section: no string table");
    const auto base = file_offset(segments, strings->d_un.d_ptr);
    if (!base || *base + row.d_un.d_val < *base)
      return bad("malformed ELF dynamic section: string table out of bounds");
    return source.string(*base + row.d_un.d_val);
  };
  for (const Elf64_Dyn& row : rows) {
    if (row.d_tag != DT_NEEDED && row.d_tag != DT_RPATH && row.d_tag != DT_RUNPATH) continue;
    TRY(std::string name, name_at(row));
    if (row.d_tag == DT_RPATH)
      facts.rpath = std::move(name);
    else if (row.d_tag == DT_RUNPATH)
      facts.runpath = std::move(name);
    else
      facts.needed.push_back(std::move(name));
    if (facts.needed.size() > kMaxNeeded) return bad("malformed ELF dynamic section: too many libraries");
  }
  return {};
}

Result<ElfFacts> parse(const Source& source) {
  TRY(const Elf64_Ehdr header, header_of(source));
  TRY(const auto segments, source.table<Elf64_Phdr>(header.e_phoff, header.e_phnum));
  ElfFacts facts;
  facts.executable_stack = true;
  for (const Elf64_Phdr& segment : segments) {
    const bool executable = (segment.p_flags & PF_X) != 0;
    if (segment.p_type == PT_GNU_STACK) facts.executable_stack = executable;
    if (segment.p_type == PT_LOAD && executable && (segment.p_flags & PF_W) != 0) facts.writable_code = true;
    if (segment.p_type == PT_INTERP) {
      TRY(facts.interpreter, source.string(segment.p_offset));
      // The image has the loader at exactly this path, so the path must be absolute.
      if (!facts.interpreter.starts_with('/')) return bad("malformed ELF interpreter: not an absolute path");
    }
  }
  const auto dynamic = std::ranges::find(segments, Elf64_Word{PT_DYNAMIC}, &Elf64_Phdr::p_type);
  if (dynamic != segments.end()) CHECK_OK(read_dynamic(source, segments, *dynamic, facts));
  return facts;
}

/// The table that holds the names of dynamic symbols.
std::string dynamic_strings(const Source& source, const Elf64_Ehdr& header) {
  const auto segments = source.table<Elf64_Phdr>(header.e_phoff, header.e_phnum);
  if (!segments) return {};
  const auto dynamic = std::ranges::find(*segments, Elf64_Word{PT_DYNAMIC}, &Elf64_Phdr::p_type);
  if (dynamic == segments->end() || dynamic->p_filesz / sizeof(Elf64_Dyn) > kMaxDynamic) return {};
  const auto rows =
      source.table<Elf64_Dyn>(dynamic->p_offset, static_cast<std::size_t>(dynamic->p_filesz / sizeof(Elf64_Dyn)));
  if (!rows) return {};
  const auto strings = std::ranges::find(*rows, DT_STRTAB, &Elf64_Dyn::d_tag);
  const auto size = std::ranges::find(*rows, DT_STRSZ, &Elf64_Dyn::d_tag);
  if (strings == rows->end() || size == rows->end()) return {};
  const auto offset = file_offset(*segments, strings->d_un.d_ptr);
  return offset ? source.text(*offset, size->d_un.d_val, kMaxDynamicStrings) : std::string();
}

ElfTraits traits_of(const Source& source) {
  ElfTraits traits;
  const auto header = header_of(source);
  if (!header) return traits;
  traits.dynamic_strings = dynamic_strings(source, *header);
  if (header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shstrndx >= header->e_shnum) return traits;
  const auto sections = source.table<Elf64_Shdr>(header->e_shoff, header->e_shnum);
  if (!sections) return traits;
  const Elf64_Shdr& table = sections->at(header->e_shstrndx);
  const std::string names = source.text(table.sh_offset, table.sh_size, kMaxSectionNames);
  for (const Elf64_Shdr& section : *sections) {
    if (section.sh_name >= names.size()) continue;
    const std::string_view rest = std::string_view(names).substr(section.sh_name);
    const std::string_view name = rest.substr(0, rest.find('\0'));
    // No tool writes longer names. Without this limit, 65,535 sections could name one text of a megabyte each.
    if (name.empty() || name.size() > 64) continue;
    traits.sections.emplace_back(name);
    if (name == ".comment") traits.comment = source.text(section.sh_offset, section.sh_size, kMaxComment);
  }
  return traits;
}

}  // namespace

bool ElfTraits::has_name(std::string_view start) const {
  const std::string wanted = std::string(1, '\0') + std::string(start);
  // The table starts with a NUL, so each name has one in front of it.
  return ::memmem(dynamic_strings.data(), dynamic_strings.size(), wanted.data(), wanted.size()) != nullptr;
}

ElfTraits parse_elf_traits(std::span<const std::byte> bytes) { return traits_of(Source{.memory = bytes}); }

ElfTraits read_elf_traits(int fd) { return traits_of(Source{.fd = fd}); }

Result<ElfFacts> parse_elf(std::span<const std::byte> bytes) { return parse(Source{.memory = bytes}); }

Result<ElfFacts> read_elf(int fd) { return parse(Source{.fd = fd}); }

}  // namespace immure::plan
