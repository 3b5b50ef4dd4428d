#include "plan/language/python_imports.hpp"

#include <algorithm>

namespace immure::plan {
namespace {

constexpr std::size_t kMaxImports = 4096;
constexpr std::size_t kMaxName = 255;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_quote(char c) { return c == '"' || c == '\''; }

/// True for the letters in front of a text, as in `rb"..."`.
bool is_prefix(std::string_view name) {
  return name.size() <= 2 && name.find_first_not_of("rRbBuUfFtT") == std::string_view::npos;
}

/// True for a module's name with dots between its parts.
bool is_module(std::string_view name) {
  if (name.empty() || name.size() > kMaxName || name.starts_with('.') || name.ends_with('.')) return false;
  return name.find("..") == std::string_view::npos &&
         std::ranges::all_of(name, [](char c) { return c == '.' || is_name_character(c); });
}

enum class Kind { kEnd, kLine, kName, kText, kOther };

struct Token {
  Kind kind = Kind::kEnd;
  std::string_view text;     ///< for kText: what stands between the quotes
  bool starts_line = false;  ///< only blanks stand before the token in its line
  bool at_margin = false;    ///< nothing stands before the token in its line
  [[nodiscard]] bool is(std::string_view wanted) const { return kind != Kind::kText && text == wanted; }
};

class Tokens {
 public:
  explicit Tokens(std::string_view source) : source_(source) {}

  Token next() {
    skip_blanks();
    if (at_ >= source_.size()) return {};
    const bool starts = line_is_blank_, margin = starts && at_ == line_at_;
    if (source_[at_] == '\n') return line_end();
    line_is_blank_ = false;
    Token token = is_quote(source_[at_]) ? text() : word();
    token.starts_line = starts;
    token.at_margin = margin;
    // A line that starts with these words is a statement, so the brackets before it were not brackets of the language.
    if (starts && (token.is("import") || token.is("from"))) depth_ = 0;
    if (token.is("(") || token.is("[") || token.is("{")) ++depth_;
    if ((token.is(")") || token.is("]") || token.is("}")) && depth_ > 0) --depth_;
    return token;
  }

  [[nodiscard]] bool in_brackets() const { return depth_ > 0; }

 private:
  Token line_end() {
    ++at_;
    line_at_ = at_;
    line_is_blank_ = true;
    if (depth_ > 0) return next_line();
    return {.kind = Kind::kLine, .text = {}};
  }

  /// Skips line ends inside brackets, where line ends mean nothing.
  Token next_line() {
    for (skip_blanks(); at_ < source_.size() && source_[at_] == '\n'; skip_blanks()) line_at_ = ++at_;
    return next();
  }

  void skip_blanks() {
    while (at_ < source_.size()) {
      const char c = source_[at_];
      if (c == '#')
        at_ = std::min(source_.find('\n', at_), source_.size());
      else if (c == '\\' && source_.substr(at_ + 1).starts_with('\n'))
        at_ += 2;
      else if (c == '\\' && source_.substr(at_ + 1).starts_with("\r\n"))
        at_ += 3;
      else if (c == ' ' || c == '\t' || c == '\r' || c == '\f')
        ++at_;
      else
        break;
    }
  }

  Token word() {
    const std::size_t from = at_;
    while (at_ < source_.size() && is_name_character(source_[at_])) ++at_;
    if (at_ == from) return {.kind = Kind::kOther, .text = source_.substr(at_++, 1)};
    const std::string_view name = source_.substr(from, at_ - from);
    if (at_ < source_.size() && is_quote(source_[at_]) && is_prefix(name)) return text();
    return {.kind = Kind::kName, .text = name};
  }

  Token text() {
    const char quote = source_[at_];
    const std::string three(3, quote);
    const bool is_long = source_.substr(at_).starts_with(three);
    const std::size_t from = at_ + (is_long ? 3 : 1);
    for (at_ = from; at_ < source_.size(); ++at_) {
      if (source_[at_] == '\\') {
        ++at_;
        continue;
      }
      // A short text ends with its line, even if the closing quote is missing.
      if (!is_long && source_[at_] == '\n') return {.kind = Kind::kText, .text = source_.substr(from, at_ - from)};
      if (source_[at_] != quote || (is_long && !source_.substr(at_).starts_with(three))) continue;
      const std::string_view inside = source_.substr(from, at_ - from);
      at_ += is_long ? 3 : 1;
      return {.kind = Kind::kText, .text = inside};
    }
    at_ = source_.size();
    return {.kind = Kind::kText, .text = {}};
  }

  std::string_view source_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t line_at_ = 0;
  bool line_is_blank_ = true;
};

class Scanner {
 public:
  explicit Scanner(std::string_view source) : tokens_(source) { advance(); }

  std::vector<PythonImport> all() {
    bool starts = true;
    while (token_.kind != Kind::kEnd && found_.size() < kMaxImports) {
      // A keyword can stand in other places too: `raise a from b`.
      const bool statement = starts || token_.starts_line;
      const Token first = token_;
      advance();
      if (statement && first.is("import"))
        imports(!first.at_margin);
      else if (statement && first.is("from"))
        from(!first.at_margin);
      else if (first.is("import_module") || first.is("__import__"))
        call();
      else if (first.is("__requires__"))
        requirement();
      starts = first.kind == Kind::kLine || (!tokens_.in_brackets() && (first.is(";") || first.is(":")));
    }
    return std::move(found_);
  }

 private:
  void advance() { token_ = tokens_.next(); }

  bool accept(std::string_view text) {
    if (!token_.is(text)) return false;
    advance();
    return true;
  }

  /// Reads `a.b.c`.
  std::string dotted() {
    std::string name;
    while (token_.kind == Kind::kName && !token_.is("import")) {
      if (name.size() <= kMaxName) name += token_.text;
      advance();
      if (!accept(".")) break;
      name += '.';
    }
    return is_module(name) ? name : std::string();
  }

  void skip_alias() {
    if (accept("as") && token_.kind == Kind::kName) advance();
  }

  void add(PythonImport one) {
    if (found_.size() < kMaxImports) found_.push_back(std::move(one));
  }

  void imports(bool optional) {
    do {
      std::string module = dotted();
      if (module.empty()) return;
      skip_alias();
      add({.module = std::move(module), .optional = optional});
    } while (accept(","));
  }

  void from(bool optional) {
    PythonImport one{.optional = optional};
    while (accept(".")) ++one.level;
    one.module = dotted();
    if ((one.level == 0 && one.module.empty()) || !accept("import")) return;
    accept("(");
    while (token_.kind == Kind::kName && one.names.size() < kMaxImports) {
      if (is_module(token_.text)) one.names.emplace_back(token_.text);
      advance();
      skip_alias();
      if (!accept(",")) break;
    }
    add(std::move(one));
  }

  /// Reads the argument of `import_module("a.b")`.
  void call() {
    if (!accept("(") || token_.kind != Kind::kText) return;
    std::string_view name = token_.text;
    PythonImport one{.optional = true};
    for (; name.starts_with('.') && one.level < kMaxName; name.remove_prefix(1)) ++one.level;
    one.module = name;
    if (is_module(name)) add(std::move(one));
  }

  /// Reads `__requires__ = "a==1.0"`, as setuptools writes it.
  void requirement() {
    if (!accept("=") || token_.kind != Kind::kText) return;
    const std::string_view name = token_.text.substr(0, token_.text.find_first_of("=<>!~;[ "));
    if (name.empty() || name.size() > kMaxName) return;
    add({.module = std::string(name), .distribution = true, .optional = true});
  }

  Tokens tokens_;
  Token token_;
  std::vector<PythonImport> found_;
};

}  // namespace

std::vector<PythonImport> python_imports(std::string_view source) { return Scanner(source).all(); }

}  // namespace immure::plan
