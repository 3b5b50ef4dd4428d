#include "plan/language/recognise.hpp"

#include <algorithm>
#include <array>

#include "plan/image/trust.hpp"

namespace immure::plan {
namespace {

enum class Mark : std::uint8_t {
  kLibrary,  ///< the start of the name of a library that the program needs
  kSymbol,   ///< the start of the name of a dynamic symbol that the program has or asks for
  kSection,  ///< the name of a section
  kComment,  ///< a part of the section `.comment`
  kBeside,   ///< a file in the program's directory; `*` stands for the name of the program
  kName,     ///< the start of the program's own name, for a program in a directory of the system
  kAnyName,  ///< the start of the program's own name, wherever the program lies
};

/// A row of the table: a program that has this mark gets this profile.
struct Row {
  Mark mark;
  std::string_view text;
  std::string_view profile;  ///< empty: `static` or `dynamic`, as the program is linked
  std::string_view words;    ///< what the program is, after its name
};

constexpr std::string_view kJit = "jit", kPython = "python", kAsLinked;
constexpr std::string_view kJava = "starts a Java virtual machine", kV8 = "links V8", kNet = "is a .NET program",
                           kWasm = "compiles WebAssembly", kHaskell = "is built with GHC (Haskell)",
                           kChromium = "is built on Chromium or Electron", kGo = "is built with Go";

/// Programs that generate code while they run come first, because nothing else about such programs matters. This is a
/// table of data, so that a reader sees everything that leads to the profile `jit` at one glance.
constexpr auto kRows = std::to_array<Row>({
    {Mark::kLibrary, "libjli.so", kJit, kJava},
    {Mark::kLibrary, "libjvm.so", kJit, kJava},
    {Mark::kBeside, "v8_context_snapshot.bin", kJit, kChromium},
    {Mark::kBeside, "snapshot_blob.bin", kJit, kChromium},
    {Mark::kSymbol, "_ZN2v8", kJit, kV8},
    {Mark::kLibrary, "libnode.so", kJit, kV8},
    {Mark::kLibrary, "libv8", kJit, kV8},
    {Mark::kLibrary, "libmozjs-", kJit, "links SpiderMonkey"},
    {Mark::kLibrary, "libjavascriptcoregtk-", kJit, "links JavaScriptCore"},
    {Mark::kLibrary, "libluajit-", kJit, "links LuaJIT"},
    {Mark::kSymbol, "luaJIT_", kJit, "links LuaJIT"},
    {Mark::kLibrary, "libpypy", kJit, "is PyPy"},
    {Mark::kSymbol, "DotNetRuntimeInfo", kJit, kNet},
    {Mark::kBeside, "*.runtimeconfig.json", kJit, kNet},
    {Mark::kBeside, "libcoreclr.so", kJit, kNet},
    {Mark::kName, "dotnet", kJit, kNet},
    {Mark::kLibrary, "libmono", kJit, "links Mono"},
    {Mark::kSymbol, "mono_jit_", kJit, "links Mono"},
    {Mark::kSymbol, "enif_", kJit, "is Erlang's virtual machine"},
    {Mark::kLibrary, "libjulia", kJit, "links Julia"},
    {Mark::kLibrary, "libguile-3", kJit, "links Guile, which compiles while it runs"},
    {Mark::kLibrary, "libwasmtime", kJit, kWasm},
    {Mark::kLibrary, "libwasmer", kJit, kWasm},
    {Mark::kLibrary, "libwasmedge", kJit, kWasm},
    {Mark::kSymbol, "wasmtime_", kJit, kWasm},
    {Mark::kName, "wasmtime", kJit, kWasm},
    {Mark::kName, "wasmer", kJit, kWasm},
    {Mark::kName, "qemu-", kJit, "translates machine code while it runs"},
    {Mark::kName, "sbcl", kJit, "compiles Lisp while it runs"},
    // Without this right, PHP prints a warning into the output of each program that uses a regular expression.
    {Mark::kName, "php", kJit, "compiles regular expressions while it runs"},
    {Mark::kAnyName, "python3.", kPython, "is CPython"},
    {Mark::kLibrary, "libpython3.", kPython, "links CPython"},
    {Mark::kAnyName, "perl", kPython, "is Perl"},
    {Mark::kLibrary, "libperl.so", kPython, "links Perl"},
    {Mark::kLibrary, "libruby", kPython, "links Ruby"},
    {Mark::kAnyName, "ruby", kPython, "is Ruby"},
    {Mark::kSection, ".svm_heap", kAsLinked, "is compiled ahead of time by GraalVM"},
    {Mark::kLibrary, "libHSrts", kAsLinked, kHaskell},
    {Mark::kSymbol, "stg_", kAsLinked, kHaskell},
    {Mark::kSymbol, "__stg_", kAsLinked, kHaskell},
    {Mark::kSymbol, "hs_init", kAsLinked, kHaskell},
    {Mark::kSection, ".go.buildinfo", kAsLinked, kGo},
    {Mark::kSection, ".note.go.buildid", kAsLinked, kGo},
    {Mark::kComment, "rustc version", kAsLinked, "is built with Rust"},
});

bool fits(const Row& row, const Sight& sight, const std::string& name) {
  const auto starts = [&](const std::string& text) { return text.starts_with(row.text); };
  switch (row.mark) {
    case Mark::kLibrary: return std::ranges::any_of(sight.facts.needed, starts);
    case Mark::kSymbol: return sight.traits.has_name(row.text);
    case Mark::kSection: return std::ranges::find(sight.traits.sections, row.text) != sight.traits.sections.end();
    case Mark::kComment: return sight.traits.comment.contains(row.text);
    case Mark::kBeside: {
      const bool named = row.text.starts_with('*');
      return sight.beside(named ? name + std::string(row.text.substr(1)) : std::string(row.text));
    }
    // The author of a program chose its name, so only a name that root gave may allow the program to make code.
    case Mark::kName: return is_system_path(sight.path) && starts(name);
    case Mark::kAnyName: return starts(name);
  }
  return false;
}

}  // namespace

Recognised recognise(const Sight& sight) {
  const std::string name = sight.path.substr(sight.path.rfind('/') + 1);
  const bool linked = !sight.facts.interpreter.empty();
  const std::string as_linked = linked ? "dynamic" : "static";
  const auto row = std::ranges::find_if(kRows, [&](const Row& each) { return fits(each, sight, name); });
  if (row != kRows.end())
    return {row->profile.empty() ? as_linked : std::string(row->profile), name + " " + std::string(row->words)};
  return {as_linked, linked ? name + " is linked dynamically" : name + " is linked statically"};
}

}  // namespace immure::plan
