#include "inspect/scan/elf.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include <gelf.h>
#include <libelf.h>

namespace immure::inspect {
namespace {

struct CloseElf {
  void operator()(Elf* elf) const { ::elf_end(elf); }
};
using ElfHandle = std::unique_ptr<Elf, CloseElf>;

/// The facts that the checks look at.
struct Facts {
  bool executable = false;  ///< the type is ET_EXEC
  bool interpreter = false, dynamic = false, relro = false, has_stack_header = false, stack_executable = false;
  bool text_relocation = false, beyond = false;
  std::vector<std::string> writable_code;  ///< texts such as `segment 2`
  std::vector<std::string> run_paths;
  std::uint64_t strings = 0, strings_size = 0;
  std::vector<std::uint64_t> run_path_offsets;
};

std::optional<GElf_Off> file_offset(const std::vector<GElf_Phdr>& segments, std::uint64_t address) {
  for (const GElf_Phdr& segment : segments) {
    if (segment.p_type != PT_LOAD || address < segment.p_vaddr || address - segment.p_vaddr >= segment.p_filesz)
      continue;
    return segment.p_offset + (address - segment.p_vaddr);
  }
  return std::nullopt;
}

void look_at_segment(const GElf_Phdr& segment, std::size_t index, std::size_t size, Facts& facts) {
  switch (segment.p_type) {
    case PT_LOAD:
      if ((segment.p_flags & PF_W) != 0 && (segment.p_flags & PF_X) != 0) {
        facts.writable_code.push_back("segment " + std::to_string(index));
      }
      break;
    case PT_GNU_STACK:
      facts.has_stack_header = true;
      facts.stack_executable = (segment.p_flags & PF_X) != 0;
      break;
    case PT_GNU_RELRO: facts.relro = true; break;
    case PT_INTERP: facts.interpreter = true; break;
    default: break;
  }
  facts.beyond = facts.beyond || segment.p_offset > size || segment.p_filesz > size - segment.p_offset;
}

void look_at_dynamic(Elf* elf, const GElf_Phdr& segment, Facts& facts) {
  // libelf checks the bounds itself: it refuses a chunk outside of the file.
  Elf_Data* data =
      ::elf_getdata_rawchunk(elf, static_cast<std::int64_t>(segment.p_offset), segment.p_filesz, ELF_T_DYN);
  if (data == nullptr) return;
  facts.dynamic = true;
  constexpr int kMostEntries = 4096;
  for (int i = 0; i < kMostEntries; ++i) {
    GElf_Dyn entry;
    if (::gelf_getdyn(data, i, &entry) == nullptr || entry.d_tag == DT_NULL) return;
    if (entry.d_tag == DT_RPATH || entry.d_tag == DT_RUNPATH) facts.run_path_offsets.push_back(entry.d_un.d_val);
    if (entry.d_tag == DT_STRTAB) facts.strings = entry.d_un.d_ptr;
    if (entry.d_tag == DT_STRSZ) facts.strings_size = entry.d_un.d_val;
    if (entry.d_tag == DT_TEXTREL || (entry.d_tag == DT_FLAGS && (entry.d_un.d_val & DF_TEXTREL) != 0)) {
      facts.text_relocation = true;
    }
  }
}

std::string_view dynamic_strings(std::string_view file, const std::vector<GElf_Phdr>& segments, const Facts& facts) {
  const auto offset = file_offset(segments, facts.strings);
  if (!offset || *offset >= file.size()) return {};
  return file.substr(*offset, facts.strings_size);
}

// The loader looks in such a directory before it looks in the system's directories. A user who can write there can
// plant a library.
bool others_may_control(std::string_view path) {
  return path.empty() || !path.starts_with('/') || path.starts_with("/tmp") || path.starts_with("/home") ||
         path.starts_with("/var/tmp") || path.starts_with("/dev/shm");
}

void check_run_paths(std::string_view strings, const Facts& facts, const std::string& member, FileResult& result) {
  for (const std::uint64_t offset : facts.run_path_offsets) {
    if (offset >= strings.size()) continue;
    std::string_view list = strings.substr(offset, strings.substr(offset).find('\0'));
    const std::string_view all = list;
    while (true) {
      const std::size_t colon = list.find(':');
      const std::string_view path = list.substr(0, colon);
      // $ORIGIN stands for the directory of the program itself.
      if (!path.starts_with("$ORIGIN") && others_may_control(path)) {
        result.add(Rule::kElfRunPath, member, std::string(all.substr(0, kMaxSeen)));
        break;
      }
      if (colon == std::string_view::npos) break;
      list.remove_prefix(colon + 1);
    }
  }
}

void report(const Facts& facts, std::string_view strings, const std::string& member, FileResult& result) {
  for (const std::string& segment : facts.writable_code) result.add(Rule::kElfWritableCode, member, segment);
  if (facts.stack_executable) result.add(Rule::kElfExecutableStack, member, "PT_GNU_STACK has PF_X");
  // On x86, Linux makes the stack executable if this header is missing (elf(5), Documentation/x86).
  if (!facts.has_stack_header && (facts.interpreter || facts.executable)) {
    result.add(Rule::kElfExecutableStack, member, "no PT_GNU_STACK");
  }
  if (facts.executable) result.add(Rule::kElfNoPie, member, "ET_EXEC");
  if (facts.dynamic && !facts.relro) result.add(Rule::kElfNoRelro, member, "no PT_GNU_RELRO");
  if (facts.text_relocation) result.add(Rule::kElfTextRelocation, member, "DT_TEXTREL");
  if (facts.dynamic && !strings.empty() && strings.find("__stack_chk_fail") == std::string_view::npos) {
    result.add(Rule::kElfNoStackProtector, member, "no __stack_chk_fail among the dynamic symbols");
  }
  check_run_paths(strings, facts, member, result);
}

}  // namespace

void check_elf(Bytes bytes, bool whole, const std::string& member, FileResult& result) {
  ::elf_version(EV_CURRENT);
  // libelf takes a pointer to non-const, but writes through the pointer only on request.
  const ElfHandle elf(::elf_memory(const_cast<char*>(as_text(bytes).data()), bytes.size()));
  GElf_Ehdr header;
  std::size_t count = 0;
  if (!elf || ::gelf_getehdr(elf.get(), &header) == nullptr || ::elf_getphdrnum(elf.get(), &count) != 0) {
    result.add(Rule::kElfMalformed, member, "the header cannot be read");
    return;
  }
  if (header.e_type != ET_EXEC && header.e_type != ET_DYN) return;
  Facts facts{.executable = header.e_type == ET_EXEC};
  constexpr std::size_t kMostSegments = 256;
  std::vector<GElf_Phdr> segments;
  for (std::size_t i = 0; i < std::min(count, kMostSegments); ++i) {
    GElf_Phdr segment;
    if (::gelf_getphdr(elf.get(), static_cast<int>(i), &segment) == nullptr) break;
    segments.push_back(segment);
    look_at_segment(segment, i, bytes.size(), facts);
  }
  // Separate debug files keep the headers of segments whose contents are in another file. These segments have no bytes
  // to load, and no loader takes such files.
  if (segments.size() != count || (facts.beyond && whole))
    result.add(Rule::kElfMalformed, member, "a segment lies beyond the end of the file");
  for (const GElf_Phdr& segment : segments) {
    if (segment.p_type == PT_DYNAMIC) look_at_dynamic(elf.get(), segment, facts);
  }
  report(facts, dynamic_strings(as_text(bytes), segments, facts), member, result);
}

}  // namespace immure::inspect
