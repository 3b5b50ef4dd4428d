#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>
#include <set>

#include "elf_file.hpp"
#include "plan/image/image.hpp"
#include "plan/language/recognise.hpp"

namespace immure::plan {
namespace {

using test::ElfFile;

/// A program in /usr/bin with the given marks.
struct Made {
  std::string name = "tool";
  std::string directory = "/usr/bin/";
  ElfFacts facts = {};
  ElfTraits traits = {};
  std::set<std::string> beside = {};

  [[nodiscard]] std::string told() const {
    const Recognised known =
        recognise({.path = directory + name, .facts = facts, .traits = traits, .beside = [&](const std::string& file) {
                     return beside.contains(file);
                   }});
    return known.profile + ": " + known.why;
  }
};

std::span<const std::byte> as_bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

/// Appends sections with these names, and a comment, to an ELF file.
std::string with_sections(ElfFile file, const std::vector<std::string>& names, const std::string& comment = "") {
  std::string table(1, '\0');
  std::vector<Elf64_Shdr> sections(1);
  for (const std::string& name : names) {
    sections.push_back({.sh_name = static_cast<Elf64_Word>(table.size()), .sh_type = SHT_PROGBITS});
    table += name + std::string(1, '\0');
  }
  const std::uint64_t at = file.bytes().size();
  for (Elf64_Shdr& section : sections) section.sh_offset = at, section.sh_size = comment.size();
  sections.push_back({.sh_type = SHT_STRTAB, .sh_offset = at + comment.size(), .sh_size = table.size()});
  file.header.e_shoff = at + comment.size() + table.size();
  file.header.e_shentsize = sizeof(Elf64_Shdr);
  file.header.e_shnum = static_cast<Elf64_Half>(sections.size());
  file.header.e_shstrndx = static_cast<Elf64_Half>(sections.size() - 1);
  std::string bytes = file.bytes() + comment + table;
  return bytes.append(reinterpret_cast<const char*>(sections.data()), sections.size() * sizeof(Elf64_Shdr));
}

TEST(Recognise, ProgramWithoutMarksIsTakenAsItIsLinked) {
  EXPECT_EQ(Made{}.told(), "static: tool is linked statically");
  EXPECT_EQ((Made{.facts = {.interpreter = "/lib64/ld.so"}}.told()), "dynamic: tool is linked dynamically");
}

TEST(Recognise, VirtualMachinesGetTheProfileThatMayMakeCode) {
  const ElfTraits v8{.sections = {}, .dynamic_strings = std::string("\0_ZN2v86Script\0", 15), .comment = {}};
  EXPECT_EQ((Made{.name = "node", .traits = v8}.told()), "jit: node links V8");
  EXPECT_EQ((Made{.name = "java", .facts = {.needed = {"libz.so.1", "libjli.so"}}}.told()),
            "jit: java starts a Java virtual machine");
  EXPECT_EQ((Made{.facts = {.needed = {"libluajit-5.1.so.2"}}}.told()), "jit: tool links LuaJIT");
  EXPECT_EQ((Made{.beside = {"tool.runtimeconfig.json"}}.told()), "jit: tool is a .NET program");
  EXPECT_EQ((Made{.beside = {"other.runtimeconfig.json"}}.told()), "static: tool is linked statically");
}

TEST(Recognise, NameAloneLetsNoForeignProgramMakeCode) {
  EXPECT_EQ((Made{.name = "qemu-arm"}.told()), "jit: qemu-arm translates machine code while it runs");
  EXPECT_EQ((Made{.name = "qemu-arm", .directory = "/home/me/"}.told()), "static: qemu-arm is linked statically");
}

TEST(Recognise, SymbolCountsOnlyFromItsStart) {
  const ElfTraits inner{.sections = {}, .dynamic_strings = std::string("\0my_ZN2v8\0", 10), .comment = {}};
  EXPECT_EQ((Made{.traits = inner}.told()), "static: tool is linked statically");
}

TEST(Recognise, LanguagesThatCompileAheadKeepTheirLinking) {
  const ElfTraits go{.sections = {".text", ".go.buildinfo"}, .dynamic_strings = {}, .comment = {}};
  EXPECT_EQ((Made{.traits = go}.told()), "static: tool is built with Go");
  EXPECT_EQ((Made{.facts = {.interpreter = "/lib64/ld.so"}, .traits = go}.told()), "dynamic: tool is built with Go");
  const ElfTraits rust{.sections = {}, .dynamic_strings = {}, .comment = std::string("GCC\0rustc version 1", 19)};
  EXPECT_EQ((Made{.traits = rust}.told()), "static: tool is built with Rust");
}

TEST(ElfTraits, SectionsSymbolsAndCommentAreRead) {
  ElfFile file;
  file.string(DT_NEEDED, "libc.so.6");
  file.string(0x6ffffef5, "_ZN2v8");  // any tag: only the text in the table matters
  file.dynamic.push_back({DT_STRSZ, {file.strings.size()}});
  const std::string bytes = with_sections(file, {".comment", ".note.go.buildid"}, "rustc version 1.80");
  const ElfTraits traits = parse_elf_traits(as_bytes(bytes));
  EXPECT_EQ(traits.sections, (std::vector<std::string>{".comment", ".note.go.buildid"}));
  EXPECT_EQ(traits.comment, "rustc version 1.80");
  EXPECT_TRUE(traits.has_name("_ZN2v8"));
  EXPECT_TRUE(traits.has_name("libc.so"));
  EXPECT_FALSE(traits.has_name("c.so.6"));
}

TEST(ElfTraits, SpoiledTablesAreLeftOut) {
  const std::string good = with_sections(ElfFile(), {".go.buildinfo"});
  for (std::size_t size = 0; size < good.size(); ++size) {
    const ElfTraits traits = parse_elf_traits(as_bytes(good).first(size));
    EXPECT_TRUE(traits.sections.empty() || size == good.size()) << size;
  }
  Elf64_Ehdr header{};
  for (const std::uint64_t offset : {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{1} << 40}) {
    std::string spoiled = good;
    std::memcpy(&header, spoiled.data(), sizeof header);
    header.e_shoff = offset;
    std::memcpy(spoiled.data(), &header, sizeof header);
    const ElfTraits traits = parse_elf_traits(as_bytes(spoiled));
    EXPECT_TRUE(std::ranges::find(traits.sections, ".go.buildinfo") == traits.sections.end());
  }
}

TEST(ElfTraits, FalseSizesCostNoMemory) {
  ElfFile file;
  file.string(DT_NEEDED, "libc.so.6");
  file.dynamic.push_back({DT_STRSZ, {~std::uint64_t{0}}});
  EXPECT_LT(parse_elf_traits(as_bytes(file.bytes())).dynamic_strings.size(), 4096U);
}

TEST(Recognise, ProgramsOfThisMachineAreRecognised) {
  struct Real {
    const char *path, *profile, *word;
  };
  for (const Real& real : {Real{"/usr/bin/node", "jit", "V8"}, Real{"/usr/bin/java", "jit", "Java"},
                           Real{"/usr/bin/pandoc", "dynamic", "GHC"}, Real{"/usr/bin/go", "dynamic", "Go"},
                           Real{"/usr/bin/ruby", "python", "Ruby"}, Real{"/usr/bin/cat", "dynamic", "dynamically"}}) {
    if (::access(real.path, X_OK) != 0) continue;
    const auto closure = closure_of(real.path, {}, {});
    if (!closure) continue;  // a library of this program is missing here; other tests tell that
    EXPECT_EQ(closure->profile, real.profile) << real.path;
    EXPECT_NE(closure->profile_why.find(real.word), std::string::npos) << closure->profile_why;
  }
}

}  // namespace
}  // namespace immure::plan
