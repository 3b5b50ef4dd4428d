#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <optional>

#include "file/tree.hpp"
#include "plan/image/helpers.hpp"
#include "plan/image/host_files.hpp"
#include "plan/image/image.hpp"
#include "plan/image/loader.hpp"
#include "plan/image/locale.hpp"
#include "plan/image/packed.hpp"
#include "plan/image/rootfs.hpp"
#include "plan/image/script.hpp"
#include "plan/image/search.hpp"
#include "plan/image/wrapper.hpp"
#include "plan/language/gather.hpp"
#include "plan/language/recognise.hpp"
#include "plan/package/package_closure.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::plan {
namespace {

constexpr std::string_view kElsewhere = "/app/";

/// Scripts that start each other in a circle must come to an end.
constexpr int kMostWrappers = 8;

std::string base(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// Checks a file that the kernel is to execute. Also refuses what execve(2) accepts but a cell must not have, such as
/// set-user-ID programs.
Result<HostFile> check_executable(HostFile file, const std::string& name) {
  if ((file.status.st_mode & 0111U) == 0)
    return fail(Code::kBadInput, name, "is not executable", "`chmod +x` it, or start its interpreter.");
  if ((file.status.st_mode & (S_ISUID | S_ISGID)) != 0)
    return fail(Code::kBadInput, name, "is set-user-ID or set-group-ID",
                "A cell gives no privilege to such a program.");
  return file;
}

class Builder {
 public:
  /// `keep_paths`: the root directory belongs to the operator, and every file keeps its path.
  Builder(const HostRoot& root, Closure& closure, bool keep_paths, const file::GoOn& go_on,
          const sys::Fd* input = nullptr, bool follows_wrappers = true)
      : root_(root), closure_(closure), keep_paths_(keep_paths), follows_wrappers_(follows_wrappers), go_on_(go_on) {
    interpreted_.input = input;
  }

  Result<void> program(const std::string& named, const std::vector<std::string>& arguments,
                       const std::vector<std::string>& first = {}) {
    TRY(const std::string path, search_program(root_, named, named, first));
    named_ = path;
    TRY(HostFile found, keep_paths_ ? root_.find(path) : HostRoot::named(path));
    TRY(HostFile file, HostRoot::open(found));
    TRY(HostFile program, check_executable(std::move(file), path));
    TRY(reach_, reach_of(program));
    TRY(const auto line, read_script_line(program.fd.get(), path));
    if (line) {
      const std::string text = read_shell_script(program.fd.get(), *line);
      const auto wrapper = parse_wrapper(text);
      if (follows_wrappers_ && wrapper && wrapper->is_plain_for(arguments) && wrappers_++ < kMostWrappers) {
        const auto real = search_program(root_, wrapper->program, path);
        if (real && reach_->file(*real)) return wrapped(path, *real, *wrapper, arguments);
      }
      closure_.starts = note_other_programs(closure_.notes, path, wrapper, text);
    }
    closure_.program.host_path = program.path;
    if (!line) {
      directory_ = std::move(found.directory);
      CHECK_OK(find_surroundings(path, program.path, false));
      closure_.program.argv = {first_argument(named, program.path)};
    } else {
      TRY(const std::string interpreter, search_program(root_, line->interpreter, path));
      CHECK_OK(find_surroundings(interpreter, {}, true));
      use_interpreter(*line, interpreter, std::move(program));
      TRY(HostFile opened, reach_->file(interpreter));
      TRY(program, check_executable(std::move(opened), interpreter));
      TRY(const auto second, read_script_line(program.fd.get(), interpreter));
      if (second) return fail(Code::kBadInput, path, "its interpreter " + interpreter + " is itself a script");
    }
    closure_.program.argv.insert(closure_.program.argv.end(), arguments.begin(), arguments.end());
    interpreted_.interpreter = program.path;
    CHECK_OK(executable(std::move(program)));
    return keep_paths_ ? Result<void>() : gather(closure_, root_, interpreted_, go_on_);
  }

  Result<void> include(const std::string& path) {
    auto held = HostRoot::named(path);
    if (!held) {
      held.error().what = "cannot be packed: " + held.error().what;
      return std::unexpected(held.error());
    }
    const HostFile found = std::move(*held);
    std::string whole = path.starts_with('/') ? path : found.path;
    while (whole.size() > 1 && whole.ends_with('/')) whole.pop_back();
    if (base(whole).empty() || base(whole) == "." || base(whole) == "..")
      return fail(Code::kBadInput, path, "cannot be packed: the path must end with the name of a file or a directory");
    if (S_ISDIR(found.status.st_mode)) {
      TRY(auto tree, open_tree(found, go_on_));
      closure_.trees.push_back({.inner = inner_path(whole), .source = found.path, .tree = std::move(tree)});
      return {};
    }
    TRY(HostFile file, HostRoot::open(found));
    closure_.files.push_back(packed(inner_path(whole), std::move(file)));
    return {};
  }

  /// The path that led to the program, links not resolved.
  [[nodiscard]] const std::string& named() const { return named_; }

  /// Adds the libraries that extension modules in the packed directories need. Call this last.
  Result<void> finish() {
    if (loader_) {
      for (const Packed& tree : closure_.trees) CHECK_OK(modules_of(*tree.tree, *loader_));
      for (const Packed& file : closure_.files)
        if (file.held && base(file.inner).contains(".so"))
          if (auto facts = read_elf(file.held->get())) loader_->resolve_optional({file.source, std::move(*facts)});
      for (const auto& [name, library] : loader_->found()) {
        const std::string inner = loader_->directory() + "/" + name;
        closure_.files.push_back({inner, library.source, library.status});
        remember(keep_paths_ ? library.source : inner, library.facts);
      }
    }
    for (auto* list : {&closure_.files, &closure_.trees}) {
      std::ranges::sort(*list, {}, &Packed::inner);
      list->erase(std::ranges::unique(*list).begin(), list->end());
    }
    return {};
  }

 private:
  /// True for a path that is the same in the image. A virtual environment names the path of the interpreter that it was
  /// made from, so this path stays too.
  [[nodiscard]] bool stays(const std::string& path) const {
    return keep_paths_ || is_system_path(path) || (!kept_.empty() && path.starts_with(kept_ + "/"));
  }

  [[nodiscard]] std::string inner_path(const std::string& path) const {
    if (stays(path)) return path;
    // A runtime looks for its library beside its program, so keep the two together: /app/jdk-25/bin/java.
    if (!prefix_.empty() && path.starts_with(prefix_ + "/"))
      return std::string(kElsewhere) + base(prefix_) + path.substr(prefix_.size());
    return std::string(kElsewhere) + base(path);
  }

  /// Finds the directory around an interpreter called `named`: a virtual environment, or a runtime's directory outside
  /// of the system's directories. `by_script`: a script names the interpreter, so not every place is allowed.
  Result<void> find_surroundings(const std::string& named, const std::string& found, bool by_script) {
    if (keep_paths_) return {};
    if (base(named).starts_with("python")) {
      // Use the directory of the link and not of the file: in a virtual environment, python is a link to a file
      // elsewhere.
      const std::string directory = named.substr(0, named.rfind('/'));
      auto bin = by_script ? reach_->find(directory) : HostRoot::named(directory.empty() ? "/" : directory);
      if (bin) interpreted_.venv = find_venv(*bin);
    }
    if (interpreted_.venv) {
      prefix_ = interpreted_.venv->directory;
      kept_ = prefix_of(interpreted_.venv->settings.home + "/python");
      interpreted_.venv->inner = stays(prefix_ + "/") ? prefix_ : std::string(kElsewhere) + base(prefix_);
      return {};
    }
    const std::string path = found.empty() ? named : found;
    const bool is_runtime = base(path) == "java" || !language_directories(path).empty();
    if (is_runtime && !is_system_path(path)) prefix_ = prefix_of(path);
    return {};
  }

  /// The first argument, by which an interpreter finds its own place.
  [[nodiscard]] std::string first_argument(const std::string& named, const std::string& found) const {
    if (interpreted_.venv) return interpreted_.venv->inner + "/bin/" + base(named);
    // java looks for its runtime beside its own executable, and the cell has no /proc that would name this file.
    if (!prefix_.empty() || base(found) == "java") return inner_path(found);
    return stays(found) ? named : inner_path(named);
  }

  /// DIR for DIR/bin/PROGRAM; empty for another path.
  static std::string prefix_of(const std::string& path) {
    const std::string bin = path.substr(0, path.rfind('/'));
    return base(bin) == "bin" && bin.rfind('/') > 0 ? bin.substr(0, bin.rfind('/')) : std::string();
  }

  Result<Reach> reach_of(const HostFile& program) const {
    if (keep_paths_) return Reach(root_);
    return Reach::of_program(root_, program);
  }

  void remember(const std::string& inner, const ElfFacts& facts) {
    closure_.checked.push_back({.inner = inner, .line = {}, .facts = facts});
  }

  /// Takes the program that the script starts in place of the script.
  Result<void> wrapped(const std::string& script, const std::string& real, const Wrapper& wrapper,
                       const std::vector<std::string>& arguments) {
    closure_.notes.push_back(script + " only starts " + real + ", so immure starts that program itself");
    std::vector<std::string> all = wrapper.arguments;
    all.insert(all.end(), arguments.begin(), arguments.end());
    return program(real, all);
  }

  /// Makes argv as the kernel makes it for a script (execve(2), "Interpreter scripts"), with the paths that the files
  /// have in the image.
  void use_interpreter(const ScriptLine& line, const std::string& interpreter, HostFile script) {
    const std::string inner = inner_path(script.path);
    closure_.files.push_back(packed(inner, std::move(script)));
    closure_.checked.push_back({.inner = inner, .script = true, .line = line, .facts = {}});
    closure_.program.argv = {first_argument(interpreter, interpreter)};
    if (!line.argument.empty()) closure_.program.argv.push_back(line.argument);
    closure_.program.argv.push_back(inner);
    interpreted_.arguments = closure_.program.argv.size();
    interpreted_.script = StartedScript{closure_.files.back().source, inner, closure_.files.back().held};
  }

  Result<void> executable(HostFile program) {
    auto facts = read_elf(program.fd.get());
    if (!facts) return fail(Code::kBadInput, program.path, facts.error().what);
    Object object{program.path, std::move(*facts), program.path, program.status};
    CHECK_OK(check_object(object));
    closure_.program.inner_path = inner_path(program.path);
    const std::string path = program.path;
    choose_profile(program, object.facts);
    closure_.files.push_back(packed(closure_.program.inner_path, std::move(program)));
    remember(closure_.program.inner_path, object.facts);
    if (object.facts.interpreter.empty()) return {};
    CHECK_OK(elf_interpreter(object));
    loader_.emplace(root_, *reach_, object);
    CHECK_OK(loader_->resolve());
    // glibc loads libgcc_s by name when a thread is cancelled or calls pthread_exit(3). No ELF header names the
    // library.
    if (loader_->found().contains("libc.so.6")) loader_->add_optional("libgcc_s.so.1");
    return language(path);
  }

  void choose_profile(const HostFile& program, const ElfFacts& facts) {
    const std::string directory = program.path.substr(0, program.path.rfind('/') + 1);
    Recognised known = recognise({.path = program.path,
                                  .facts = facts,
                                  .traits = read_elf_traits(program.fd.get()),
                                  .beside = [&](const std::string& name) {
                                    if (directory_) return lies_beside(name, program.status.st_uid);
                                    const auto file = reach_->find(directory + name);
                                    return file && S_ISREG(file->status.st_mode);
                                  }});
    closure_.profile = std::move(known.profile);
    closure_.profile_why = std::move(known.why);
  }

  /// True if root or the program's owner has a file of this name in the directory in which the program was found.
  [[nodiscard]] bool lies_beside(const std::string& name, uid_t owner) const {
    struct stat status{};
    return ::fstatat(directory_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode) &&
           (status.st_uid == 0 || status.st_uid == owner);
  }

  Result<void> elf_interpreter(const Object& object) {
    const std::string& path = object.facts.interpreter;
    TRY(HostFile file, reach_->file(path));
    TRY(const HostFile interpreter, check_executable(std::move(file), path));
    auto facts = read_elf(interpreter.fd.get());
    if (!facts) return fail(Code::kBadInput, path, facts.error().what);
    CHECK_OK(check_object({path, *facts}));
    // The Landlock rule has to name the loader itself. In a root directory of the operator, the name that the kernel
    // opens may be a link (/lib64/ld-linux-x86-64.so.2), and Landlock grants no rights to links.
    closure_.program.loaders = {keep_paths_ ? interpreter.path : path};
    // The kernel opens the interpreter under exactly this path.
    closure_.files.push_back({path, interpreter.path, interpreter.status});
    remember(keep_paths_ ? interpreter.path : path, *facts);
    return {};
  }

  /// Packs the libraries of a script language, which no ELF header names. `reach_` refuses a directory to which the
  /// names in this interpreter may not lead, so a program that is merely called python3.99 cannot bring other files
  /// into the image.
  Result<void> language(const std::string& interpreter) {
    if (keep_paths_) return {};
    const std::string prefix = prefix_of(interpreter);
    if (base(interpreter).starts_with("python")) return python_library(interpreter);
    if (base(interpreter) == "java")
      return library(prefix, {"jmods", "man", "include", "demo", "docs", "sample", "lib/src.zip"});
    for (const std::string& directory : language_directories(interpreter)) CHECK_OK(library(directory, {}));
    return {};
  }

  /// /usr/bin/python3.11 looks for lib/python3.11 beside the directory of the program, here in /usr. In a virtual
  /// environment, pyvenv.cfg names the directory of the program.
  Result<void> python_library(const std::string& interpreter) {
    std::string version = base(interpreter), prefix = prefix_of(interpreter);
    if (interpreted_.venv && !interpreted_.venv->settings.version.empty()) {
      version = "python" + interpreted_.venv->settings.version;
      if (interpreter.starts_with(interpreted_.venv->directory + "/"))
        prefix = prefix_of(interpreted_.venv->settings.home + "/python");
    }
    if (!version.starts_with("python3.") || prefix.empty()) return {};
    const std::string directory = prefix + "/lib/" + version;
    // An interpreter outside of the system's directories looks for its library beside itself, so keep the two together.
    const std::string inner = stays(directory) ? directory : std::string(kElsewhere) + "lib/" + version;
    interpreted_.library = inner;
    return library(directory, {"site-packages", "dist-packages", "test"}, inner);
  }

  Result<void> library(const std::string& directory, std::vector<std::string> without, std::string inner = {}) {
    const auto found = reach_->find(directory);
    if (!found || !S_ISDIR(found->status.st_mode)) return {};
    TRY(auto tree, open_tree(*found, go_on_, {.without = std::move(without)}));
    if (inner.empty()) inner = inner_path(directory);
    closure_.trees.push_back({.inner = std::move(inner), .source = found->path, .tree = std::move(tree)});
    return {};
  }

  Result<void> modules_of(const Tree& tree, Loader& loader) {
    for (const file::Entry& entry : tree.entries) {
      CHECK_OK(file::may_go_on(go_on_));
      if (entry.kind != file::Kind::kFile || base(entry.path).find(".so") == std::string::npos) continue;
      const std::string path = tree.path + "/" + entry.path;
      auto module = sys::open_beneath(tree.fd.get(), entry.path.c_str(), O_RDONLY | O_NONBLOCK);
      if (!module)
        return fail(Code::kBadInput, path, "cannot be read", sys::lease_hint(module.error().value),
                    module.error().value);
      if (auto facts = read_elf(module->get())) loader.resolve_optional({path, std::move(*facts)});
    }
    return {};
  }

  const HostRoot& root_;
  Closure& closure_;
  bool keep_paths_;
  bool follows_wrappers_;  ///< a script that only starts a program is replaced by this program
  const file::GoOn& go_on_;
  Interpreted interpreted_;
  std::string kept_;    ///< a directory whose path stays the same in the image; empty if there is none
  std::string prefix_;  ///< the directory of an environment, or of a runtime that no system directory holds
  std::string named_;
  int wrappers_ = 0;   ///< how many scripts have named another program so far
  sys::Fd directory_;  ///< the directory of the program that the operator named; empty for a script
  std::optional<Reach> reach_;
  std::optional<Loader> loader_;
};

}  // namespace

Result<Closure> closure_of(const std::string& program, const std::vector<std::string>& arguments,
                           const std::vector<std::string>& include, const file::GoOn& go_on, const sys::Fd* input,
                           const PackageChoice& choice) {
  TRY(const HostRoot root, HostRoot::open("/"));
  Closure closure{.packs_arguments = choice.packs_arguments};
  Builder builder(root, closure, false, go_on, input, choice.follows_wrappers);
  std::string path = program;
  // HostRoot resolves names from `/`, so make a relative name absolute first.
  if (path.find('/') != std::string::npos && !path.starts_with('/')) {
    std::array<char, 4097> directory;
    if (const int failure = sys::error_of(::getcwd, directory.data(), directory.size()); failure != 0)
      return fail(Code::kSystem, program, "the working directory is unknown", {}, failure);
    path = std::string(directory.data()) + "/" + path;
  }
  CHECK_OK(builder.program(path, arguments));
  for (const std::string& extra : include) CHECK_OK(builder.include(extra));
  CHECK_OK(builder.finish());
  if (!choice.helpers.empty()) {
    const auto one = [&](const std::string& helper) {
      return closure_of(helper, {}, {}, go_on, nullptr, {.follows_wrappers = false});
    };
    CHECK_OK(add_helpers(closure, choice.helpers, {.root = root, .search = {}, .closure_of = one}));
  }
  if (choice.by_package || !choice.packages.empty()) CHECK_OK(take_packages(closure, choice, builder.named(), go_on));
  CHECK_OK(add_locale(closure, go_on));
  return closure;
}

Result<Closure> closure_in_rootfs(const Rootfs& rootfs, const std::string& program,
                                  const std::vector<std::string>& arguments, const std::vector<std::string>& helpers,
                                  bool follows_wrappers) {
  TRY(const HostRoot root, HostRoot::beneath(*rootfs.directory));
  Closure closure;
  // Nothing needs to stop this function early, because it reads only the headers of a few files.
  const file::GoOn unlimited;
  Builder builder(root, closure, true, unlimited, nullptr, follows_wrappers);
  CHECK_OK(builder.program(program, arguments, rootfs.search));
  CHECK_OK(builder.finish());
  const auto one = [&](const std::string& helper) { return closure_in_rootfs(rootfs, helper, {}, {}, false); };
  if (!helpers.empty())
    CHECK_OK(add_helpers(closure, helpers, {.root = root, .search = rootfs.search, .packs = false, .closure_of = one}));
  closure.program.host_path.clear();
  closure.files.clear();
  return closure;
}

}  // namespace immure::plan
