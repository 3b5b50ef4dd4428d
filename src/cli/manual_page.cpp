#include "cli/manual_page.hpp"

#include <array>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/print.hpp"
#include "sys/fd.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "text/wrap.hpp"

namespace immure::cli {
namespace {

/// A line of roff without its escapes.
std::string unescaped(std::string_view line) {
  std::string text;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] != '\\' || at + 1 == line.size()) {
      text += line[at];
      continue;
    }
    switch (line[++at]) {
      case 'e': text += '\\'; break;
      case '-': text += '-'; break;
      case 'f': ++at; break;  // the name of a font
      default: break;         // `\&` is nothing
    }
  }
  return text;
}

/// The lines of the page, one after the other.
class Plain {
 public:
  explicit Plain(std::size_t width) : width_(width) {}

  void take(std::string_view line) {
    const std::size_t blank = std::min(line.find(' '), line.size());
    const std::string_view request = line.substr(0, blank);
    const std::string rest = unescaped(line.substr(std::min(blank + 1, line.size())));
    if (request == ".SH" || request == ".SS") {
      indent_ = kIndent;
      text_ += "\n" + std::string(request == ".SS" ? kIndent / 2 : 0, ' ') + rest + "\n";
    } else if (request == ".TP") {
      indent_ = kIndent;
      in_entry_ = true;
    } else if (request == ".PP") {
      indent_ = kIndent;
      text_ += '\n';
    } else if (request == ".B" || request == ".I") {
      paragraph(rest);
      if (in_entry_) indent_ = 2 * kIndent;
      in_entry_ = false;
    } else if (!line.starts_with('.')) {
      paragraph(unescaped(line));
    }
  }

  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  static constexpr std::size_t kIndent = 4;

  void paragraph(std::string_view words) {
    for (const std::string& line : text::wrapped(words, width_ > indent_ ? width_ - indent_ : 1))
      text_ += std::string(indent_, ' ') + line + "\n";
  }

  std::size_t width_, indent_ = 0;
  bool in_entry_ = false;  ///< the next line is the name of an entry of a list
  std::string text_;
};

/// True if `man -l -` has shown the page.
bool shown_by_man(const std::string& page) {
  const sys::Fd file(::memfd_create("manual", MFD_CLOEXEC));
  if (!file || !sys::write_all(file.get(), page) || ::lseek(file.get(), 0, SEEK_SET) != 0) return false;
  constexpr int kNoProgram = 127;
  const auto child = sys::call(::fork);
  if (!child) return false;
  if (*child == 0) {
    std::array<char, 4> program = {"man"}, option = {"-l"}, name = {"-"};
    const std::array<char*, 4> arguments = {program.data(), option.data(), name.data(), nullptr};
    if (::dup2(file.get(), STDIN_FILENO) >= 0) ::execvp(program.data(), arguments.data());
    ::_exit(kNoProgram);
  }
  const auto status = sys::wait_for_end(*child);
  return status && WIFEXITED(*status) && WEXITSTATUS(*status) == 0;
}

}  // namespace

std::string plain_manual(std::string_view page, std::size_t width) {
  Plain plain(width);
  while (!page.empty()) {
    const std::size_t end = std::min(page.find('\n'), page.size());
    plain.take(page.substr(0, end));
    page.remove_prefix(std::min(end + 1, page.size()));
  }
  return std::move(plain).text();
}

Result<void> show_manual(const std::string& page) {
  if (shown_by_man(page)) return {};
  return print(plain_manual(page, terminal_columns(STDOUT_FILENO)));
}

}  // namespace immure::cli
