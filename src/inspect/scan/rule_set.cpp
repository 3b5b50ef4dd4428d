#include "inspect/scan/rule_set.hpp"

#include <algorithm>
#include <cerrno>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yara.h>

#include "file/sha256.hpp"
#include "inspect/input_root.hpp"
#include "inspect/scan/bundled_rules.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "text/hex.hpp"

namespace immure::inspect {
namespace {

constexpr std::size_t kMostFiles = 100, kMostRules = 60'000;
constexpr std::uint64_t kLargestFile = 4U << 20;

/// libyara counts its initialisations. The process makes one and never undoes it, because workers and scanners live as
/// long as the process.
bool initialised() {
  static const bool done = ::yr_initialize() == ERROR_SUCCESS;
  return done;
}

struct DestroyCompiler {
  void operator()(YR_COMPILER* compiler) const { ::yr_compiler_destroy(compiler); }
};
using Compiler = std::unique_ptr<YR_COMPILER, DestroyCompiler>;

void keep_first_error(int level, const char* file, int line, const YR_RULE* /*rule*/, const char* message, void* data) {
  auto& error = *static_cast<std::string*>(data);
  if (level != YARA_ERROR_LEVEL_ERROR || !error.empty()) return;
  error = (file != nullptr ? std::string(file) + ":" : "line ") + std::to_string(line) + ": " + message;
}

Result<void> add(YR_COMPILER* compiler, const std::string& space, std::string_view text, const std::string& file,
                 std::string& error) {
  // libyara takes a C string, so libyara would silently ignore everything after a NUL.
  if (text.find('\0') != std::string_view::npos) return fail(Code::kBadInput, file, "has a NUL byte");
  const std::string terminated(text);
  if (::yr_compiler_add_string(compiler, terminated.c_str(), space.c_str()) == 0) return {};
  return fail(Code::kBadInput, file, error.empty() ? "cannot be compiled" : error);
}

Result<std::string> read_rule_file(int directory, const std::string& name) {
  TRY(const sys::Fd fd, open_file(directory, name));
  struct stat info{};
  if (const int failure = sys::error_of(::fstat, fd.get(), &info); failure != 0)
    return fail(Code::kSystem, name, "cannot be read", {}, failure);
  if (static_cast<std::uint64_t>(info.st_size) > kLargestFile)
    return fail(Code::kBadInput, name, "is larger than 4 MiB");
  std::string text(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t used = 0;
  while (used < text.size()) {
    auto count = sys::read_some(fd.get(), std::as_writable_bytes(std::span(text).subspan(used)));
    if (!count) return fail(Code::kSystem, name, "cannot be read", {}, count.error().value);
    if (*count == 0) break;
    used += *count;
  }
  text.resize(used);
  return text;
}

Result<std::vector<std::string>> rule_files(int directory) {
  Limits limits;
  limits.entries = kMostFiles * 10;
  limits.directory_depth = 1;
  std::vector<std::string> names;
  const Scan found = scan(directory, limits);
  for (const Entry& entry : found.entries) {
    const bool named = entry.path.ends_with(".yar") || entry.path.ends_with(".yara");
    if (entry.kind == EntryKind::kFile && named && entry.path.find('/') == std::string::npos)
      names.push_back(entry.path);
  }
  if (names.empty()) return fail(Code::kBadInput, "--rules", "has no *.yar and no *.yara file");
  if (names.size() > kMostFiles) return fail(Code::kBadInput, "--rules", "has more than 100 rule files");
  return names;
}

std::string meta_text(const YR_RULE* rule, std::string_view key, std::string_view otherwise) {
  const YR_META* meta = nullptr;
  yr_rule_metas_foreach(rule, meta) {
    if (meta->type == META_TYPE_STRING && key == meta->identifier) return meta->string;
  }
  return std::string(otherwise);
}

RuleText text_of(const YR_RULE* rule, bool bundled) {
  const std::string space = rule->ns->name;
  RuleText text;
  text.id = space.empty() || space == "default" ? "yara." : "yara." + space + ".";
  text.id += rule->identifier;
  text.title = meta_text(rule, "description", rule->identifier);
  text.why = meta_text(rule, "why", "a rule for known patterns matches");
  text.advice = meta_text(rule, "advice", "look at what matched");
  text.severity = severity_named(meta_text(rule, "severity", "medium")).value_or(Severity::kMedium);
  const std::string kind = meta_text(rule, "kind", {});
  text.private_key = bundled && kind == "private-key";
  text.secret = kind == "secret" || text.private_key;
  text.encoded = bundled && kind == "encoded";
  text.container = text.encoded || (bundled && kind == "container");
  text.bundled = bundled;
  text.incomplete = bundled && meta_text(rule, "incomplete", {}) == "yes";
  return text;
}

std::size_t read_bundled(void* to, std::size_t size, std::size_t count, void* data) {
  constexpr unsigned char kVeil = 0xA5;  // embed_rules.cpp
  auto& rest = *static_cast<std::span<const unsigned char>*>(data);
  if (rest.size() < size * count) return 0;
  std::ranges::transform(rest.first(size * count), static_cast<unsigned char*>(to),
                         [](unsigned char byte) { return static_cast<unsigned char>(byte ^ kVeil); });
  rest = rest.subspan(size * count);
  return count;
}

Result<YR_RULES*> load_bundled() {
  std::span<const unsigned char> bytes = bundled_rules();
  YR_STREAM stream{.user_data = &bytes, .read = read_bundled, .write = nullptr};
  YR_RULES* rules = nullptr;
  if (::yr_rules_load_stream(&stream, &rules) != ERROR_SUCCESS)
    return fail(Code::kInternal, "rules", "the bundled ones cannot be loaded");
  return rules;
}

Result<YR_RULES*> compile_directory(int directory, std::string& digest) {
  YR_COMPILER* made = nullptr;
  if (::yr_compiler_create(&made) != ERROR_SUCCESS)
    return fail(Code::kSystem, "rules", "not enough memory for a compiler");
  const Compiler compiler(made);
  std::string error;
  ::yr_compiler_set_callback(made, keep_first_error, &error);
  // Includes are off, because an include could open any file.
  ::yr_compiler_set_include_callback(made, nullptr, nullptr, nullptr);
  TRY(const auto names, rule_files(directory));
  file::Sha256 all;
  for (const std::string& name : names) {
    TRY(const std::string text, read_rule_file(directory, name));
    all.update(name + '\0' + file::sha256_hex(text) + '\n');
    CHECK_OK(add(made, name.substr(0, name.rfind('.')), text, name, error));
  }
  YR_RULES* rules = nullptr;
  if (::yr_compiler_get_rules(made, &rules) != ERROR_SUCCESS) return fail(Code::kInternal, "rules", "cannot be linked");
  digest = text::hex(all.finish());
  return rules;
}

}  // namespace

void CompiledRules::Destroy::operator()(YR_RULES* set) const { ::yr_rules_destroy(set); }

void RuleSet::add(YR_RULES* rules, bool bundled) {
  compiled_.push_back({std::unique_ptr<YR_RULES, CompiledRules::Destroy>(rules), texts_.size()});
  for (std::uint32_t i = 0; i < rules->num_rules; ++i) texts_.push_back(text_of(&rules->rules_table[i], bundled));
}

Result<RuleSet> RuleSet::compile(int directory, std::string_view secrets) {
  if (!initialised()) return fail(Code::kInternal, "rules", "libyara cannot be initialised");
  RuleSet set;
  TRY(set.magic_, Magic::load());
  for (const RuleInfo& row : builtin_rules()) {
    set.texts_.push_back({std::string(row.id), row.severity, std::string(row.title), std::string(row.why),
                          std::string(row.advice), row.incomplete, false});
  }
  TRY(YR_RULES* const bundled, load_bundled());
  set.add(bundled, true);
  if (directory >= 0) {
    std::string digest;
    TRY(YR_RULES* const own, compile_directory(directory, digest));
    set.add(own, false);
    set.given_.push_back({"rules", digest});
  }
  if (!secrets.empty()) {
    TRY(set.secrets_, SecretRules::parse(secrets, "--secrets"));
    set.given_.push_back({"secrets", file::sha256_hex(secrets)});
    for (const SecretRule& rule : set.secrets_.rules()) {
      set.texts_.push_back({.id = "secret." + rule.id,
                            .severity = Severity::kHigh,
                            .title = rule.title,
                            .why = "anybody who has the secret can act as its owner",
                            .advice = "revoke it; if it is none, add it to the allowlist of its rule",
                            .incomplete = false,
                            .secret = true});
    }
  }
  // A finding stores the number of its rule in 16 bits.
  if (set.texts_.size() > kMostRules) return fail(Code::kBadInput, "--rules", "has more than 60,000 rules");
  return set;
}

}  // namespace immure::inspect
