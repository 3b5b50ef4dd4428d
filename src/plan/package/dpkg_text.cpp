#include "plan/package/dpkg_text.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "text/hex.hpp"
#include "text/visible.hpp"

namespace immure::plan {
namespace {

constexpr std::size_t kMd5Digits = 32;

/// The lines of a text, with their numbers.
class Lines {
 public:
  Lines(std::string_view text, std::string_view where) : rest_(text), where_(where) {}

  /// The next line without its end; nothing at the end of the text.
  std::optional<std::string_view> next() {
    if (rest_.empty()) return std::nullopt;
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++number_;
    return line;
  }

  [[nodiscard]] std::unexpected<Error> fail_here(std::string_view why) const {
    return fail(Code::kBadInput, std::string(where_) + ":" + std::to_string(number_), why,
                "The database of packages is damaged: `dpkg --audit` may say more. To pack the program and its "
                "libraries alone, give --closure elf.");
  }

 private:
  std::string_view rest_, where_;
  std::size_t number_ = 0;
};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

/// Takes what stands before `separator` from the front of `rest`.
std::string_view take(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

bool is_control(char letter) {
  constexpr unsigned char kSpace = 0x20, kDelete = 0x7f;
  return static_cast<unsigned char>(letter) < kSpace || static_cast<unsigned char>(letter) == kDelete;
}

/// True for a package's name (deb-control(5), Package), an architecture or a version: no space, no slash.
bool is_word(std::string_view word) {
  return !word.empty() && word.size() <= kMaxWord && word.find_first_of(" /") == std::string_view::npos &&
         std::ranges::none_of(word, is_control) && word.front() != '.' && word.front() != '-';
}

bool is_md5(std::string_view text) { return text.size() == kMd5Digits && text::is_hex(text); }

/// Reads one alternative: `name`, `name:any`, `name (>= 1)`, `name [amd64]`. Returns nothing without a valid name.
std::optional<Relation> relation_of(std::string_view text) {
  text = trimmed(text);
  text = trimmed(text.substr(0, text.find_first_of(" (\t[<")));
  Relation relation;
  relation.name = take(text, ':');
  relation.architecture = text;
  if (!is_word(relation.name) || (!relation.architecture.empty() && !is_word(relation.architecture)))
    return std::nullopt;
  return relation;
}

/// True for the fields that Paragraph reads, all of which dpkg writes in one line.
bool is_read(std::string_view name) {
  constexpr std::array<std::string_view, 9> kRead = {"Package", "Version",     "Architecture", "Multi-Arch", "Status",
                                                     "Depends", "Pre-Depends", "Recommends",   "Provides"};
  return std::ranges::find(kRead, name) != kRead.end();
}

/// The last word of Status tells whether the files of the package are all there and configured (dpkg(1)).
bool is_installed(std::string_view status) {
  return status.ends_with(" installed") || status.ends_with(" triggers-awaited") ||
         status.ends_with(" triggers-pending");
}

/// A paragraph of the status file, while immure reads it.
class Paragraph {
 public:
  explicit Paragraph(const Lines& lines) : lines_(lines) {}

  Result<void> line(std::string_view line) {
    if (line.front() == ' ' || line.front() == '\t') return continuation(line);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return lines_.fail_here("is no field `Name: value`");
    const std::string_view name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
    in_conffiles_ = name == "Conffiles";
    folds_ = in_conffiles_ || !is_read(name);
    return field(name, value);
  }

  /// Ends the paragraph. Adds the package if it is installed.
  Result<void> finish(std::vector<StatusEntry>& packages) {
    if (!any_) return {};
    if (entry_.name.empty()) return lines_.fail_here("ends a package without the field Package");
    if (status_.empty()) return lines_.fail_here("ends the package " + entry_.name + " without the field Status");
    if (is_installed(status_)) {
      if (entry_.architecture.empty() || entry_.version.empty())
        return lines_.fail_here("ends the package " + entry_.name + " without Architecture or Version");
      if (packages.size() == kMaxPackages) return lines_.fail_here("lists more packages than immure accepts");
      packages.push_back(std::move(entry_));
    }
    entry_ = {};
    status_.clear();
    any_ = in_conffiles_ = false;
    return {};
  }

 private:
  Result<void> field(std::string_view name, std::string_view value) {
    any_ = true;
    if (name == "Package") return word(entry_.name, value);
    if (name == "Version") return word(entry_.version, value);
    if (name == "Architecture") return word(entry_.architecture, value);
    if (name == "Multi-Arch") return word(entry_.multi_arch, value);
    if (name == "Status") return once(status_, value);
    if (name == "Depends" || name == "Pre-Depends") return relations(entry_.depends, value);
    if (name == "Recommends") return relations(entry_.recommends, value);
    if (name == "Provides") return provides(value);
    return {};
  }

  Result<void> once(std::string& into, std::string_view value) {
    if (!into.empty()) return lines_.fail_here("gives a field of this package a second time");
    if (value.empty() || value.size() > kMaxWord)
      return lines_.fail_here("has an empty value, or a value that is too long");
    into = value;
    return {};
  }

  Result<void> word(std::string& into, std::string_view value) {
    if (!is_word(value)) return lines_.fail_here("has no valid name, version or architecture");
    return once(into, value);
  }

  Result<void> relations(std::vector<Alternatives>& into, std::string_view value) {
    while (!value.empty()) {
      std::string_view group = take(value, ',');
      if (trimmed(group).empty()) continue;
      Alternatives alternatives;
      while (!group.empty()) {
        auto relation = relation_of(take(group, '|'));
        if (!relation) return lines_.fail_here("has a dependency that is no package's name");
        alternatives.push_back(*std::move(relation));
      }
      if (into.size() == kMaxRelations || alternatives.size() > kMaxRelations)
        return lines_.fail_here("has more dependencies than immure accepts");
      into.push_back(std::move(alternatives));
    }
    return {};
  }

  Result<void> provides(std::string_view value) {
    std::vector<Alternatives> provided;
    CHECK_OK(relations(provided, value));
    for (Alternatives& each : provided)
      for (Relation& relation : each) entry_.provides.push_back(std::move(relation.name));
    return {};
  }

  /// Every line of Conffiles is ` path digest [obsolete|remove-on-upgrade]`.
  Result<void> continuation(std::string_view line) {
    if (!any_) return lines_.fail_here("continues a field, but no field has begun");
    if (!folds_) return lines_.fail_here("continues a field that dpkg writes in one line");
    if (!in_conffiles_) return {};
    std::string_view rest = trimmed(line);
    if (rest.empty()) return {};
    for (const std::string_view flag : {" remove-on-upgrade", " obsolete"})
      if (rest.ends_with(flag)) rest.remove_suffix(flag.size());
    const std::size_t space = rest.rfind(' ');
    if (space == std::string_view::npos) return lines_.fail_here("is no conffile with its digest");
    Conffile conffile{std::string(rest.substr(0, space)), std::string(rest.substr(space + 1))};
    if (!is_plain_path(conffile.path)) return lines_.fail_here("has a conffile whose path is not plain");
    if (entry_.conffiles.size() == kMaxListed) return lines_.fail_here("has more conffiles than any package");
    // dpkg writes `newconffile` for a digest that it does not know yet. No file has that digest.
    entry_.conffiles.push_back(std::move(conffile));
    return {};
  }

  const Lines& lines_;
  StatusEntry entry_;
  std::string status_;
  bool any_ = false, in_conffiles_ = false;
  bool folds_ = false;  ///< whether the last field may have further lines
};

}  // namespace

bool is_plain_path(std::string_view path) {
  if (path.size() < 2 || path.size() > kMaxPath || path.front() != '/' || std::ranges::any_of(path, is_control))
    return false;
  for (std::string_view rest = path.substr(1);;) {
    const std::size_t slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    rest.remove_prefix(slash + 1);
  }
}

Result<std::vector<StatusEntry>> parse_status(std::string_view text, std::string_view where) {
  std::vector<StatusEntry> packages;
  Lines lines(text, where);
  Paragraph paragraph(lines);
  while (const auto line = lines.next()) {
    if (line->empty())
      CHECK_OK(paragraph.finish(packages));
    else
      CHECK_OK(paragraph.line(*line));
  }
  CHECK_OK(paragraph.finish(packages));
  return packages;
}

Result<std::vector<std::string_view>> parse_file_list(std::string_view text, std::string_view where) {
  std::vector<std::string_view> paths;
  Lines lines(text, where);
  while (const auto line = lines.next()) {
    if (*line == "/.") continue;
    if (!is_plain_path(*line))
      return lines.fail_here("is no plain absolute path: " + text::visible(line->substr(0, kMaxWord)));
    if (paths.size() == kMaxListed) return lines.fail_here("lists more files than any package");
    paths.push_back(*line);
  }
  return paths;
}

Result<std::vector<Sum>> parse_md5sums(std::string_view text, std::string_view where) {
  std::vector<Sum> sums;
  Lines lines(text, where);
  while (const auto line = lines.next()) {
    constexpr std::size_t kPath = kMd5Digits + 2;
    const bool sound = line->size() > kPath && is_md5(line->substr(0, kMd5Digits)) &&
                       (line->substr(kMd5Digits, 2) == "  " || line->substr(kMd5Digits, 2) == " *");
    if (!sound) return lines.fail_here("is no digest with the path of a file");
    std::string_view path = line->substr(kPath);
    if (path.starts_with("./")) path.remove_prefix(2);
    if (!is_plain_path("/" + std::string(path))) return lines.fail_here("names a file by a path that is not plain");
    if (sums.size() == kMaxListed) return lines.fail_here("lists more files than any package");
    sums.push_back({line->substr(0, kMd5Digits), path});
  }
  return sums;
}

Result<std::vector<Diversion>> parse_diversions(std::string_view text, std::string_view where) {
  std::vector<Diversion> diversions;
  Lines lines(text, where);
  while (const auto from = lines.next()) {
    const auto to = lines.next(), package = lines.next();
    if (!to || !package) return lines.fail_here("ends in the middle of a diversion");
    if (!is_plain_path(*from) || !is_plain_path(*to)) return lines.fail_here("diverts a path that is not plain");
    // A colon stands for a diversion that the administrator made.
    if (*package != ":" && !is_word(*package)) return lines.fail_here("is no package's name");
    if (diversions.size() == kMaxListed) return lines.fail_here("has more diversions than any system");
    diversions.push_back({std::string(*from), std::string(*to), std::string(*package)});
  }
  return diversions;
}

Result<std::vector<AlternativeLink>> parse_alternative(std::string_view text, std::string_view name,
                                                       std::string_view where) {
  std::vector<AlternativeLink> links;
  Lines lines(text, where);
  const auto mode = lines.next();
  if (!mode || (*mode != "auto" && *mode != "manual")) return lines.fail_here("is neither `auto` nor `manual`");
  for (std::string_view current = name;;) {
    const auto link = lines.next();
    if (!link || !is_plain_path(*link)) return lines.fail_here("is no plain absolute path of a link");
    if (!is_word(current) || links.size() == kMaxRelations) return lines.fail_here("has no valid names of links");
    links.push_back({std::string(current), std::string(*link)});
    const auto next = lines.next();
    if (!next || next->empty()) return links;
    current = *next;
  }
}

}  // namespace immure::plan
