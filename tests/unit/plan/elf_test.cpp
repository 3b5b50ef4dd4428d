#include "plan/image/elf.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <algorithm>

#include "elf_file.hpp"
#include "sys/fd.hpp"

namespace immure::plan {
namespace {

using test::ElfFile;

Result<ElfFacts> parsed(const std::string& bytes) { return parse_elf(std::as_bytes(std::span(bytes))); }

ElfFile program() {
  ElfFile elf;
  elf.interpreter = "/lib64/ld-linux-x86-64.so.2";
  elf.string(DT_NEEDED, "libone.so.1");
  elf.string(DT_NEEDED, "libtwo.so.2");
  elf.string(DT_RPATH, "/opt/lib");
  elf.string(DT_RUNPATH, "$ORIGIN/../lib");
  return elf;
}

TEST(Elf, TellsWhatTheLoaderWillWant) {
  const auto facts = parsed(program().bytes());
  ASSERT_TRUE(facts) << to_text(facts.error());
  EXPECT_EQ(facts->interpreter, "/lib64/ld-linux-x86-64.so.2");
  EXPECT_EQ(facts->needed, (std::vector<std::string>{"libone.so.1", "libtwo.so.2"}));
  EXPECT_EQ(facts->rpath, "/opt/lib");
  EXPECT_EQ(facts->runpath, "$ORIGIN/../lib");
  EXPECT_FALSE(facts->executable_stack);
  EXPECT_FALSE(facts->writable_code);
}

TEST(Elf, StaticProgramNeedsNothing) {
  const auto facts = parsed(ElfFile().bytes());
  ASSERT_TRUE(facts);
  EXPECT_TRUE(facts->interpreter.empty());
  EXPECT_TRUE(facts->needed.empty());
}

TEST(Elf, ReadsThisVeryTestAndItsBytesAlike) {
  const sys::Fd self(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  const auto facts = read_elf(self.get());
  ASSERT_TRUE(facts);
  EXPECT_FALSE(facts->executable_stack);
  EXPECT_NE(std::ranges::find_if(facts->needed, [](const std::string& name) { return name.starts_with("libc.so"); }),
            facts->needed.end());
}

TEST(Elf, SeesAnExecutableStack) {
  EXPECT_TRUE(parsed(program().bytes(true, PF_R | PF_W | PF_X))->executable_stack);
  EXPECT_TRUE(parsed(program().bytes(false))->executable_stack) << "a missing mark means executable";
}

TEST(Elf, SeesASegmentThatIsWritableAndExecutable) {
  ElfFile elf = program();
  elf.segments.push_back({.p_type = PT_LOAD, .p_flags = PF_R | PF_W | PF_X});
  EXPECT_TRUE(parsed(elf.bytes())->writable_code);
}

TEST(Elf, RefusesOtherFilesAndArchitectures) {
  const auto what = [](ElfFile elf) { return parsed(elf.bytes()).error().what; };
  EXPECT_EQ(parsed("").error().what, "not an ELF file");
  EXPECT_EQ(parsed("#!/bin/sh\n").error().what, "not an ELF file");
  ElfFile elf = program();
  elf.header.e_ident[EI_CLASS] = ELFCLASS32;
  EXPECT_EQ(what(elf), "built for another architecture");
  elf = program();
  elf.header.e_ident[EI_DATA] = ELFDATA2MSB;
  EXPECT_EQ(what(elf), "built for another architecture");
  elf = program();
  elf.header.e_machine = EM_S390;
  EXPECT_EQ(what(elf), "built for another architecture");
  elf = program();
  elf.header.e_type = ET_REL;
  EXPECT_EQ(what(elf), "neither an executable nor a shared object");
}

TEST(Elf, SurvivesBeingCutAtEveryByte) {
  const std::string whole = program().bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto facts = parsed(whole.substr(0, size));
    if (facts) continue;
    EXPECT_EQ(facts.error().code, Code::kBadInput) << size;
  }
  EXPECT_FALSE(parsed(whole.substr(0, whole.size() - 1)));
}

TEST(Elf, SurvivesEveryByteTurned) {
  const std::string whole = program().bytes();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char mask : {'\xff', '\x01', '\x80'}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ mask);
      static_cast<void>(parsed(bytes));
    }
  }
}

TEST(Elf, RefusesTablesOutOfBounds) {
  const std::string whole = program().bytes();
  const auto with = [&](auto change) {
    ElfFile elf = program();
    change(elf);
    return parsed(elf.bytes());
  };
  EXPECT_FALSE(with([](ElfFile& elf) { elf.header.e_phoff = ~std::uint64_t{0} - 4; }));
  EXPECT_FALSE(with([](ElfFile& elf) { elf.header.e_phentsize = 1; }));
  EXPECT_FALSE(with([](ElfFile& elf) { elf.dynamic[0].d_un.d_val = ~std::uint64_t{0} - 2; }));
  EXPECT_FALSE(
      with([](ElfFile& elf) { elf.segments.push_back({.p_type = PT_DYNAMIC, .p_filesz = ~std::uint64_t{0}}); }));
  EXPECT_FALSE(
      with([](ElfFile& elf) { elf.segments.push_back({.p_type = PT_INTERP, .p_offset = ~std::uint64_t{0} - 1}); }));
  EXPECT_FALSE(with([](ElfFile& elf) { elf.segments.resize(300); }));
}

TEST(Elf, RefusesMoreLibrariesThanAnyProgramHas) {
  ElfFile elf;
  for (int i = 0; i < 1000; ++i) elf.string(DT_NEEDED, "a");
  EXPECT_TRUE(parsed(elf.bytes()));
  for (int i = 0; i < 100; ++i) elf.string(DT_NEEDED, "a");
  EXPECT_FALSE(parsed(elf.bytes()));
}

TEST(Elf, RefusesARelativeInterpreter) {
  ElfFile elf = program();
  elf.interpreter = "ld.so";
  EXPECT_FALSE(parsed(elf.bytes()));
}

}  // namespace
}  // namespace immure::plan
