#include "cli/run/hints.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/io.hpp"
#include "render/stream_words.hpp"
#include "text/list.hpp"

namespace immure::cli {
namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

std::vector<fs::path> listed(const fs::path& directory) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error))
    entries.push_back(it->path());
  std::ranges::sort(entries);
  return entries;
}

/// Which tool made this shim, or nothing. pyenv and its relatives and asdf write scripts, mise makes links to itself.
std::string_view maker_of(const fs::path& shim) {
  std::error_code ignored;
  if (fs::is_symlink(shim, ignored))
    return fs::weakly_canonical(shim, ignored).filename() == "mise" ? "mise" : std::string_view();
  constexpr std::uint64_t kLongest = 16U << 10U;  // a shim has a few lines, and a compiled program is no shim
  const auto text = file::read_whole(shim, kLongest);
  if (!text || !text->starts_with("#!")) return {};
  // `exec "/home/me/.pyenv/libexec/pyenv" exec "$program" "$@"`, in asdf's shims without the quotes.
  for (const std::string_view maker : {"pyenv", "rbenv", "nodenv", "asdf"}) {
    for (const std::string_view quote : {"\"", ""}) {
      if (text->find("/" + std::string(maker) + std::string(quote) + " exec ") != std::string::npos) return maker;
    }
  }
  return {};
}

/// The programs that the shim may start: ROOT/versions/VERSION/bin/NAME of pyenv and its relatives,
/// ROOT/installs/TOOL/VERSION/bin/NAME of asdf and mise.
std::vector<std::string> programs_behind(const fs::path& root, const fs::path& name) {
  std::vector<std::string> programs;
  const auto take = [&](const fs::path& version) {
    if (is_file(version / "bin" / name)) programs.push_back((version / "bin" / name).string());
  };
  std::ranges::for_each(listed(root / "versions"), take);
  for (const fs::path& tool : listed(root / "installs")) std::ranges::for_each(listed(tool), take);
  return programs;
}

struct Shim {
  std::string_view maker;
  std::string name;
  std::vector<std::string> programs;  ///< one, if the user chose a version for all directories
};
std::optional<Shim> shim_at(const std::string& path) {
  std::error_code error;
  const fs::path shim = fs::absolute(path, error);
  if (error || shim.parent_path().filename() != "shims") return std::nullopt;
  const std::string_view maker = maker_of(shim);
  if (maker.empty()) return std::nullopt;
  Shim found{.maker = maker, .name = shim.filename().string(), .programs = {}};
  const fs::path root = shim.parent_path().parent_path();
  found.programs = programs_behind(root, found.name);
  // pyenv and its relatives keep in ROOT/version which of their versions the user chose.
  constexpr std::uint64_t kVersionBytes = 4096;
  if (const auto version = file::read_whole(root / "version", kVersionBytes)) {
    const fs::path chosen = root / "versions" / version->substr(0, version->find_first_of(" \n")) / "bin" / found.name;
    if (std::ranges::find(found.programs, chosen.string()) != found.programs.end()) found.programs = {chosen.string()};
  }
  return found;
}

/// True if a variable, or a file of the working directory or of a directory above, may choose another version.
bool chooses_here(std::string_view maker) {
  struct Choice {
    std::string_view maker;
    const char* variable;
    std::string_view file;
  };
  constexpr auto kChoices = std::to_array<Choice>({{"pyenv", "PYENV_VERSION", ".python-version"},
                                                   {"rbenv", "RBENV_VERSION", ".ruby-version"},
                                                   {"nodenv", "NODENV_VERSION", ".node-version"},
                                                   {"asdf", "ASDF_DEFAULT_TOOL_VERSIONS_FILENAME", ".tool-versions"},
                                                   {"mise", "MISE_ENV", ".tool-versions"},
                                                   {"mise", "MISE_ENV", "mise.toml"},
                                                   {"mise", "MISE_ENV", ".mise.toml"}});
  std::error_code error;
  const fs::path here = fs::current_path(error);
  for (const Choice& choice : kChoices) {
    if (choice.maker != maker) continue;
    if (error || std::getenv(choice.variable) != nullptr) return true;
    for (fs::path directory = here;; directory = directory.parent_path()) {
      if (fs::exists(directory / choice.file, error) || error) return true;
      if (directory == directory.root_path()) break;
    }
  }
  return false;
}

/// The file's name in the cell if the file lies in the input; otherwise nothing.
std::optional<std::string> place_in_input(const fs::path& file, const std::string& input) {
  if (input.empty()) return std::nullopt;
  std::error_code error;
  const fs::path relative = fs::canonical(file, error).lexically_relative(input);
  if (error || relative.empty() || *relative.begin() == "..") return std::nullopt;
  return (fs::path("/in") / relative).string();
}

bool in_the_cell(const std::string& operand, const std::string& image, const std::string& workdir) {
  const fs::path inside = fs::path(workdir) / operand;
  const fs::path first = inside.lexically_normal().lexically_relative("/");
  if (first.empty() || *first.begin() == "in" || *first.begin() == "out") return true;
  // A dangling link, or a name that cannot be looked up, counts as a file of the cell, because a hint must not be
  // wrong.
  std::error_code error;
  return fs::symlink_status(image + inside.lexically_normal().string(), error).type() != fs::file_type::not_found;
}

/// True for files that no user can put into an input: devices, and what the kernel shows in /proc and /sys.
bool is_of_the_kernel(const std::string& operand) {
  const std::string first = fs::path(operand).lexically_normal().string();
  return first.starts_with("/dev/") || first.starts_with("/proc/") || first.starts_with("/sys/");
}

std::optional<std::string> operand_hint(const HintFacts& facts, const std::string& operand) {
  if (operand.starts_with("/in/") && operand.contains('*'))
    return "hint: no shell expands " + operand + " for the program. Name each file.";
  // The notes about refused calls say what to do about the names of the other streams.
  if (const auto remedy = render::stream_remedy(operand))
    return operand.ends_with("in") || operand.ends_with("/0")
               ? std::optional("hint: the cell does not have the name " + operand + ". " + *remedy)
               : std::nullopt;
  if (is_of_the_kernel(operand)) return std::nullopt;
  if (operand.empty() || operand.starts_with('-') || !is_file(operand) ||
      in_the_cell(operand, facts.image, facts.workdir))
    return std::nullopt;
  if (const auto place = place_in_input(operand, facts.input_path))
    return "hint: " + operand + " lies in the input. In the cell its name is " + *place + ".";
  const std::string name = fs::path(operand).filename().string();
  if (const std::string placed = "/app/" + name; in_the_cell(placed, facts.image, "/"))
    return "hint: the name of " + operand + " in the cell is " + placed + ".";
  const std::string how = facts.input_name.empty() ? "Add --in " + operand : "Put the file into " + facts.input_name;
  return "hint: " + operand + " is a file of this host, and the cell does not have it. " + how + " and name it /in/" +
         name + ".";
}

bool is_shell(const std::string& program) {
  constexpr auto kShells = std::to_array<std::string_view>({"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "fish"});
  const std::string name = fs::path(program).filename().string();
  return std::ranges::find(kShells, name) != kShells.end();
}

/// Programs that only start another program.
bool only_starts_another(const std::string& program) {
  constexpr auto kStarters = std::to_array<std::string_view>(
      {"env", "nice", "nohup", "parallel", "setsid", "stdbuf", "strace", "time", "timeout", "watch", "xargs"});
  return std::ranges::find(kStarters, fs::path(program).filename().string()) != kStarters.end();
}

/// For a program that failed because it had to start another one; otherwise nothing.
std::optional<std::string> second_program_hint(const HintFacts& facts) {
  const std::string name = fs::path(facts.program).filename().string();
  const auto has = [&](std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(facts.operands,
                               [&](const std::string& word) { return std::ranges::find(words, word) != words.end(); });
  };
  if (only_starts_another(name))
    return "hint: " + name +
           " starts another program. Run that program directly, or let it be started: --exec PROGRAM.";
  if (name == "find" && has({"-exec", "-execdir", "-ok", "-okdir"}))
    return std::string("hint: -exec starts another program. Let find print the names, or give --exec PROGRAM.");
  const bool packs = !facts.operands.empty() && facts.operands.front().find_first_of("zjJ") != std::string::npos &&
                     !facts.operands.front().starts_with("--");
  if (name == "tar" && (packs || has({"--gzip", "--bzip2", "--xz", "--zstd", "-a", "--auto-compress"})))
    return std::string(
        "hint: tar starts another program to compress. Give --exec sh --exec gzip, or use a plain archive, and a "
        "second "
        "run for gzip or xz.");
  return std::nullopt;
}

}  // namespace

std::optional<std::string> program_behind_shim(const std::string& path) {
  const auto shim = shim_at(path);
  if (!shim || shim->programs.size() != 1 || chooses_here(shim->maker)) return std::nullopt;
  return shim->programs.front();
}

std::optional<std::string> shim_hint(const std::string& path) {
  const auto shim = shim_at(path);
  if (!shim) return std::nullopt;
  std::string hint =
      "hint: " + path + " is a shim of " + std::string(shim->maker) +
      ": it only starts another program, and a cell denies a second start. Start the other program by its path: ";
  if (shim->programs.empty()) return hint + "`" + std::string(shim->maker) + " which " + shim->name + "` prints it.";
  constexpr std::size_t kShown = 3;
  return hint + text::list_text(shim->programs, kShown) + ".";
}

std::optional<std::string> unread_input_hint() {
  struct stat status{};
  if (::fstat(STDIN_FILENO, &status) != 0) return std::nullopt;
  int waiting = 0;
  const bool has_bytes = S_ISREG(status.st_mode)    ? status.st_size > 0
                         : S_ISFIFO(status.st_mode) ? ::ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 && waiting > 0
                                                    : false;
  if (!has_bytes) return std::nullopt;
  return "note: the program's standard input is empty. Use `--stdin -` to give the program the data on immure's "
         "standard input.";
}

std::vector<std::string> end_hints(const HintFacts& facts, int exit_code) {
  std::vector<std::string> hints;
  if (exit_code == 0) return hints;
  for (const std::string& operand : facts.operands) {
    if (auto hint = operand_hint(facts, operand); hint && std::ranges::find(hints, *hint) == hints.end())
      hints.push_back(*std::move(hint));
  }
  if (!facts.has_helpers)
    if (auto hint = second_program_hint(facts)) hints.push_back(*std::move(hint));
  if (facts.refused_in_workdir)
    hints.push_back("hint: the program could not write to its working directory, which is " + facts.workdir +
                    ". Let the program start in /out, where it can write: --workdir /out.");
  // POSIX, "Exit Status for Commands": 127 is a command that was not found, 126 one that could not be executed.
  if ((exit_code == 126 || exit_code == 127) && is_shell(facts.program) && !facts.is_shim)
    hints.emplace_back(facts.has_helpers
                           ? "hint: the shell could not start a program. It can start those alone that --exec names."
                           : "hint: a shell in the cell can start no programs but those that --exec names. Use what is "
                             "built into the shell, run the program directly, or give --exec NAME for each.");
  return hints;
}

}  // namespace immure::cli
