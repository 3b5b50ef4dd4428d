#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>

#include "../file/temp_dir.hpp"
#include "elf_file.hpp"
#include "file/sha256.hpp"
#include "plan/image/image.hpp"
#include "plan/image/rootfs.hpp"

namespace immure::plan {
namespace {

using test::ElfFile;
using test::TempDir;

Closure closed(const std::string& program, const std::vector<std::string>& arguments = {},
               const std::vector<std::string>& include = {}) {
  auto closure = closure_of(program, arguments, include);
  EXPECT_TRUE(closure) << (closure ? "" : to_text(closure.error()));
  return closure ? *closure : Closure{};
}

void expect_refused(const std::string& program, const std::string& what) {
  const auto closure = closure_of(program, {}, {});
  ASSERT_FALSE(closure) << program;
  EXPECT_EQ(closure.error().code, Code::kBadInput);
  EXPECT_NE(closure.error().what.find(what), std::string::npos) << closure.error().what;
}

bool holds(const std::vector<Packed>& list, const std::string& inner) {
  return std::ranges::find(list, inner, &Packed::inner) != list.end();
}

std::string executable(const TempDir& dir, std::string_view name, const std::string& bytes) {
  const std::string path = dir.write(name, bytes);
  EXPECT_EQ(::chmod(path.c_str(), 0755), 0);
  return path;
}

bool exists(const std::string& path) { return ::access(path.c_str(), X_OK) == 0; }

TEST(Closure, StaticProgramIsItselfAlone) {
  const TempDir dir;
  const std::string path = executable(dir, "tool", ElfFile().bytes());
  const Closure closure = closed(path, {"-x", "/in/a"});
  EXPECT_EQ(closure.profile, "static");
  EXPECT_EQ(closure.files, (std::vector<Packed>{{"/app/tool", path}}));
  EXPECT_TRUE(closure.trees.empty());
  EXPECT_TRUE(closure.program.loaders.empty());
  EXPECT_EQ(closure.program.host_path, path);
  EXPECT_EQ(closure.program.inner_path, "/app/tool");
  EXPECT_EQ(closure.program.argv, (std::vector<std::string>{"/app/tool", "-x", "/in/a"}));
}

TEST(Closure, NothingOfAHomeDirectoryShowsInside) {
  const TempDir dir;
  const Closure closure = closed(executable(dir, "tool", ElfFile().bytes()), {}, {dir.write("data/model.bin", "x")});
  for (const Packed& packed : closure.files)
    EXPECT_EQ(packed.inner.find(dir.path()), std::string::npos) << packed.inner;
  EXPECT_TRUE(holds(closure.files, "/app/model.bin"));
}

TEST(Closure, DynamicProgramBringsLoaderAndLibraries) {
  if (!exists("/usr/bin/sha256sum")) GTEST_SKIP() << "tool: no sha256sum";
  const Closure closure = closed("/usr/bin/sha256sum");
  EXPECT_EQ(closure.profile, "dynamic");
  ASSERT_EQ(closure.program.loaders.size(), 1U);
  EXPECT_TRUE(holds(closure.files, closure.program.loaders[0]));
  EXPECT_TRUE(holds(closure.files, "/usr/bin/sha256sum"));
  EXPECT_TRUE(
      std::ranges::any_of(closure.files, [](const Packed& packed) { return packed.inner.ends_with("/libc.so.6"); }));
  EXPECT_TRUE(std::ranges::is_sorted(closure.files, {}, &Packed::inner));
  EXPECT_EQ(closure.program.argv, std::vector<std::string>{"/usr/bin/sha256sum"});
}

TEST(Closure, BareNameIsFoundInTheFixedPath) {
  if (!exists("/usr/bin/sha256sum")) GTEST_SKIP() << "tool: no sha256sum";
  const Closure closure = closed("sha256sum");
  EXPECT_TRUE(closure.program.host_path.ends_with("/sha256sum"));
  EXPECT_EQ(closure.program.argv, std::vector<std::string>{"sha256sum"});
  expect_refused("no-such-program-anywhere", "is not found in");
}

TEST(Closure, PythonScriptBringsItsLanguage) {
  if (!exists("/usr/bin/python3")) GTEST_SKIP() << "tool: no Python";
  const TempDir dir;
  const std::string script = executable(dir, "script.py", "#!/usr/bin/python3 -I\nprint(1)\n");
  const Closure closure = closed(script, {"/in/a"});
  EXPECT_EQ(closure.profile, "python");
  EXPECT_EQ(closure.program.host_path, script);
  EXPECT_TRUE(closure.program.inner_path.starts_with("/usr/bin/python3."));
  EXPECT_EQ(closure.program.argv, (std::vector<std::string>{"/usr/bin/python3", "-I", "/app/script.py", "/in/a"}));
  EXPECT_TRUE(holds(closure.files, "/app/script.py"));
  ASSERT_FALSE(closure.trees.empty());
  EXPECT_TRUE(closure.trees.back().inner.starts_with("/usr/lib/python3."));
}

TEST(Closure, EnvIsResolvedThroughTheFixedPath) {
  if (!exists("/usr/bin/perl")) GTEST_SKIP() << "tool: no Perl";
  const TempDir dir;
  const Closure closure = closed(executable(dir, "script", "#!/usr/bin/env perl\n"));
  EXPECT_TRUE(closure.program.argv[0].ends_with("/perl"));
  EXPECT_TRUE(holds(closure.trees, "/usr/share/perl"));
}

TEST(Closure, RefusesWhatCannotOrMustNotBeStarted) {
  const TempDir dir;
  expect_refused(dir / "missing", "not found");
  expect_refused(dir.path(), "not a regular file");
  expect_refused(dir.write("plain", ElfFile().bytes()), "is not executable");
  expect_refused(executable(dir, "text", "hello\n"), "not an ELF file");
  expect_refused(executable(dir, "empty", ""), "not an ELF file");
  const std::string set_id = executable(dir, "setuid", ElfFile().bytes());
  ASSERT_EQ(::chmod(set_id.c_str(), 04755), 0);
  expect_refused(set_id, "set-user-ID");
  ASSERT_EQ(::chmod(set_id.c_str(), 02755), 0);
  expect_refused(set_id, "set-group-ID");
  ASSERT_EQ(::mkfifo((dir / "fifo").c_str(), 0755), 0);
  expect_refused(dir / "fifo", "not a regular file");
}

TEST(Closure, RefusesForeignArchitecturesAndCodeThatCanBeWritten) {
  const TempDir dir;
  ElfFile elf;
  expect_refused(executable(dir, "stack", elf.bytes(true, PF_R | PF_W | PF_X)), "executable stack");
  expect_refused(executable(dir, "unmarked", elf.bytes(false)), "executable stack");
  elf.segments.push_back({.p_type = PT_LOAD, .p_flags = PF_R | PF_W | PF_X});
  expect_refused(executable(dir, "rwx", elf.bytes()), "both writable and executable");
  elf = ElfFile();
  elf.header.e_machine = EM_S390;
  expect_refused(executable(dir, "foreign", elf.bytes()), "another architecture");
}

TEST(Closure, RefusesAnUnreadableProgram) {
  if (::geteuid() == 0) GTEST_SKIP() << "root: root reads everything";
  const TempDir dir;
  const std::string path = executable(dir, "tool", ElfFile().bytes());
  ASSERT_EQ(::chmod(path.c_str(), 0111), 0);
  expect_refused(path, "cannot be read");
}

TEST(Closure, RefusesBadScripts) {
  const TempDir dir;
  const std::string inner = executable(dir, "inner", "#!/bin/sh\n");
  expect_refused(executable(dir, "nested", "#!" + inner + "\n"), "is itself a script");
  expect_refused(executable(dir, "lost", "#!/no/such/interpreter\n"), "not found");
  expect_refused(executable(dir, "relative", "#!sh\n"), "names no interpreter");
  expect_refused(executable(dir, "loop", "#!" + (dir / "loop") + "\n"), "is itself a script");
}

/// A program and its libraries in a root directory that belongs to the test.
struct Root {
  TempDir dir;
  Root() {
    library("lib64/ld-linux-x86-64.so.2", {});
    std::filesystem::create_directories(dir / "in");
    std::filesystem::create_directories(dir / "out");
  }
  void library(const std::string& path, const std::vector<std::string>& needed) const {
    ElfFile elf;
    for (const std::string& name : needed) elf.string(DT_NEEDED, name);
    executable(dir, path, elf.bytes());
  }
  void program(const std::vector<std::string>& needed, const std::string& runpath = "",
               Elf64_Sxword tag = DT_RUNPATH) const {
    ElfFile elf;
    elf.interpreter = "/lib64/ld-linux-x86-64.so.2";
    for (const std::string& name : needed) elf.string(DT_NEEDED, name);
    if (!runpath.empty()) elf.string(tag, runpath);
    executable(dir, "bin/tool", elf.bytes());
  }
  [[nodiscard]] Result<Closure> closure(const std::string& program = "/bin/tool") const {
    const auto rootfs = open_rootfs(dir.path());
    if (!rootfs) return std::unexpected(rootfs.error());
    return closure_in_rootfs(*rootfs, program, {});
  }
};

TEST(ClosureInRootfs, FindsLibrariesThroughLibraries) {
  const Root root;
  root.program({"libone.so"});
  root.library("usr/lib/libone.so", {"libtwo.so", "ld-linux-x86-64.so.2"});
  EXPECT_FALSE(root.closure());
  root.library("lib/libtwo.so", {"libone.so"});
  const auto closure = root.closure();
  ASSERT_TRUE(closure) << to_text(closure.error());
  EXPECT_EQ(closure->profile, "dynamic");
  EXPECT_EQ(closure->program.inner_path, "/bin/tool");
  EXPECT_EQ(closure->program.loaders, std::vector<std::string>{"/lib64/ld-linux-x86-64.so.2"});
  EXPECT_TRUE(closure->program.host_path.empty());
  EXPECT_TRUE(closure->files.empty());
}

TEST(ClosureInRootfs, NamesTheMissingLibraryAndWhoNeedsIt) {
  const Root root;
  root.program({"libone.so"});
  root.library("lib/libone.so", {"libgone.so.7"});
  const auto closure = root.closure();
  ASSERT_FALSE(closure);
  EXPECT_EQ(closure.error().code, Code::kBadInput);
  EXPECT_EQ(closure.error().where, "/lib/libone.so");
  EXPECT_NE(closure.error().what.find("libgone.so.7"), std::string::npos);
}

TEST(ClosureInRootfs, SearchesRunpathRpathAndTheConfiguredDirectories) {
  for (const Elf64_Sxword tag : {DT_RUNPATH, DT_RPATH}) {
    for (const std::string path : {"$ORIGIN/../private", "/nowhere:${ORIGIN}/../private", "/bin/../private"}) {
      const Root root;
      root.library("private/libone.so", {});
      root.program({"libone.so"}, path, tag);
      EXPECT_TRUE(root.closure()) << path;
    }
  }
  const Root root;
  root.program({"libone.so"});
  root.library("extra/libone.so", {});
  EXPECT_FALSE(root.closure());
  root.dir.write("etc/ld.so.conf.d/x.conf", "# extra\n/extra\n");
  EXPECT_TRUE(root.closure());
}

TEST(ClosureInRootfs, LinksLeadNowhereAboveTheRoot) {
  const Root root;
  root.program({});
  std::filesystem::create_symlink("/bin/tool", root.dir / "absolute");
  std::filesystem::create_symlink("../../../../../../bin/tool", root.dir / "upward");
  for (const auto* link : {"/absolute", "/upward"}) {
    const auto closure = root.closure(link);
    ASSERT_TRUE(closure) << to_text(closure.error());
    EXPECT_EQ(closure->program.inner_path, "/bin/tool");
  }
  std::filesystem::create_symlink("/etc/passwd", root.dir / "outside");
  EXPECT_FALSE(root.closure("/outside"));
}

TEST(ClosureInRootfs, ChecksLibrariesToo) {
  const Root root;
  root.program({"libone.so"});
  ElfFile elf;
  root.dir.write("lib/libone.so", elf.bytes(true, PF_R | PF_W | PF_X));
  const auto closure = root.closure();
  ASSERT_FALSE(closure);
  EXPECT_EQ(closure.error().where, "/lib/libone.so");
  EXPECT_EQ(closure.error().what, "has an executable stack");
}

TEST(ClosureInRootfs, RefusesALibraryByPath) {
  const Root root;
  root.program({"/lib/libone.so"});
  root.library("lib/libone.so", {});
  EXPECT_FALSE(root.closure());
}

TEST(ClosureInRootfs, PassesOverLibrariesOfOtherArchitectures) {
  const Root root;
  root.program({"libone.so"});
  ElfFile foreign;
  foreign.header.e_machine = EM_S390;
  root.dir.write("lib64/libone.so", foreign.bytes());
  EXPECT_FALSE(root.closure());
  root.library("usr/lib/libone.so", {});
  EXPECT_TRUE(root.closure());
}

}  // namespace
}  // namespace immure::plan
