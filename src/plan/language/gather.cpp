#include "plan/language/gather.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "plan/image/multiarch.hpp"
#include "plan/language/gather_modules.hpp"
#include "plan/language/gather_python.hpp"
#include "plan/language/places.hpp"
#include "plan/language/sources.hpp"

namespace immure::plan {
namespace {

/// A directory without which an interpreter does not work: `path` below PREFIX, where PREFIX/bin has the interpreter.
struct Library {
  std::string_view prefix;  ///< start of the interpreter's file name
  std::string_view path;    ///< below PREFIX
};

constexpr auto kLibraries = std::to_array<Library>({
    {"perl", "share/perl"},
    {"perl", "lib/" IMMURE_MULTIARCH "/perl-base"},
    {"perl", "lib/" IMMURE_MULTIARCH "/perl"},
    {"ruby", "lib/ruby"},
    {"ruby", "lib/" IMMURE_MULTIARCH "/ruby"},
    {"ruby", "share/rubygems-integration"},
    {"php", "lib/php"},
    {"php", "share/zoneinfo"},
    {"tclsh", "share/tcltk"},
    {"tclsh", "lib/tcltk"},
    {"pypy3", "lib/pypy3"},
    {"node", "share/nodejs/acorn"},
    {"node", "share/nodejs/acorn-walk"},
    {"node", "share/nodejs/cjs-module-lexer"},
    {"node", "share/nodejs/undici"},
});

std::string base(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// Packs the archives that a java command names.
class Java {
 public:
  Java(Closure& closure, std::size_t first) : closure_(closure), argv_(closure.program.argv), at_(first) {}

  Result<void> gather() {
    for (; at_ < argv_.size(); ++at_) {
      const std::string option = argv_[at_];
      const bool more = at_ + 1 < argv_.size();
      if (option == "-jar") return more ? pack(argv_[at_ + 1]) : Result<void>();
      if (is_path_option(option)) {
        if (more) CHECK_OK(pack_list(argv_[++at_]));
      } else if (option.starts_with("--class-path=") || option.starts_with("--module-path=")) {
        std::string list = option.substr(option.find('=') + 1);
        CHECK_OK(pack_list(list));
        argv_[at_] = option.substr(0, option.find('=') + 1) + list;
      } else if (takes_value(option)) {
        ++at_;
      } else if (!option.starts_with('-')) {
        // java itself compiles a source file that the command names.
        return option.ends_with(".java") ? pack(argv_[at_]) : Result<void>();
      }
    }
    return {};
  }

 private:
  static bool is_path_option(std::string_view option) {
    constexpr auto kOptions =
        std::to_array<std::string_view>({"-cp", "-classpath", "--class-path", "-p", "--module-path"});
    return std::ranges::find(kOptions, option) != kOptions.end();
  }

  static bool takes_value(std::string_view option) {
    constexpr auto kOptions = std::to_array<std::string_view>(
        {"--add-modules", "--add-opens", "--add-exports", "--add-reads", "--limit-modules", "--upgrade-module-path"});
    return std::ranges::find(kOptions, option) != kOptions.end();
  }

  Result<void> pack(std::string& path) {
    if (path.starts_with("/in/")) return {};
    TRY(const auto inner, pack_named(closure_, path));
    if (inner) path = *inner;
    return {};
  }

  Result<void> pack_list(std::string& list) {
    std::string whole;
    for (std::string_view rest = list; !rest.empty();) {
      std::string one(rest.substr(0, rest.find(':')));
      rest.remove_prefix(std::min(one.size() + 1, rest.size()));
      CHECK_OK(pack(one));
      whole += (whole.empty() ? "" : ":") + one;
    }
    list = std::move(whole);
    return {};
  }

  Closure& closure_;
  std::vector<std::string>& argv_;
  std::size_t at_;
};

}  // namespace

std::vector<std::string> language_directories(const std::string& interpreter) {
  const std::string bin = interpreter.substr(0, interpreter.rfind('/'));
  const std::string prefix = bin.substr(0, bin.rfind('/')) + "/";
  std::vector<std::string> all;
  for (const Library& row : kLibraries)
    if (base(interpreter).starts_with(row.prefix)) all.push_back(prefix + std::string(row.path));
  return all;
}

Result<void> gather(Closure& closure, const HostRoot& root, const Interpreted& what, const file::GoOn& go_on) {
  if (base(what.interpreter) == "java") return Java(closure, what.arguments).gather();
  Gathering gathering(closure, go_on);
  if (!what.library.empty()) return gather_python(closure, root, what, gathering);
  return gather_modules(closure, root, what, gathering);
}

}  // namespace immure::plan
