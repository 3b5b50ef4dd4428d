/// Small ELF files for tests. A test can spoil each field.
#pragma once

#include <elf.h>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace immure::test {

struct ElfFile {
  Elf64_Ehdr header{};
  std::vector<Elf64_Phdr> segments;
  std::vector<Elf64_Dyn> dynamic;
  std::string strings = std::string(1, '\0');
  std::string interpreter;
  std::size_t dynamic_at = 0;

  ElfFile() {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_DYN;
#if defined(__x86_64__)
    header.e_machine = EM_X86_64;
#else
    header.e_machine = EM_AARCH64;
#endif
    header.e_phoff = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
  }

  void string(Elf64_Sxword tag, std::string_view text) {
    dynamic.push_back({tag, {strings.size()}});
    strings.append(text).append(1, '\0');
  }

  /// The layout is: header, segments, interpreter, dynamic section, strings. An address is its offset plus 0x10000.
  [[nodiscard]] std::string bytes(bool stack = true, Elf64_Word stack_flags = PF_R | PF_W) {
    constexpr std::uint64_t kBase = 0x10000;
    auto all = segments;
    const std::size_t count =
        all.size() + 1 + (stack ? 1U : 0U) + (dynamic.empty() ? 0U : 1U) + (interpreter.empty() ? 0U : 1U);
    std::uint64_t at = sizeof header + count * sizeof(Elf64_Phdr);
    const std::string interp = interpreter.empty() ? "" : interpreter + std::string(1, '\0');
    if (!interp.empty())
      all.push_back({.p_type = PT_INTERP, .p_offset = at, .p_vaddr = kBase + at, .p_filesz = interp.size()});
    at += interp.size();
    dynamic_at = at;
    auto rows = dynamic;
    if (!rows.empty()) {
      const std::uint64_t size = (rows.size() + 2) * sizeof(Elf64_Dyn);
      rows.push_back({DT_STRTAB, {kBase + at + size}});
      rows.push_back({DT_NULL, {0}});
      all.push_back({.p_type = PT_DYNAMIC, .p_offset = at, .p_vaddr = kBase + at, .p_filesz = size});
      at += size;
    }
    all.push_back({.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = kBase, .p_filesz = at + strings.size()});
    if (stack) all.push_back({.p_type = PT_GNU_STACK, .p_flags = stack_flags});
    header.e_phnum = static_cast<Elf64_Half>(all.size());
    std::string file;
    const auto append = [&](const void* data, std::size_t size) { file.append(static_cast<const char*>(data), size); };
    append(&header, sizeof header);
    append(all.data(), all.size() * sizeof(Elf64_Phdr));
    file += interp;
    append(rows.data(), rows.size() * sizeof(Elf64_Dyn));
    return file + strings;
  }
};

}  // namespace immure::test
