/// Turns catalogue/programs.toml into a C++ table, so that no run has to parse TOML to know what its program needs.
/// Usage: catalogue_compile programs.toml known_programs.inc
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

#include "file/toml.hpp"
#include "table_compiler.hpp"

namespace {

using immure::file::TomlArray;
using immure::file::TomlNode;
using immure::file::TomlTable;
using immure::tools::literal;
using immure::tools::value_of;

constexpr std::int64_t kMostMebibytes = 1 << 20;

/// One `[[need]]` of the file.
class Need {
 public:
  Need(const TomlTable& table, int position) : table_(table), position_(position) {
    static const std::set<std::string_view> kKnown{"programs",     "when",        "tmp_mib", "read_back",
                                                   "socket_pairs", "environment", "because"};
    for (const auto& [key, value] : table)
      if (!kKnown.contains(key)) refuse("unknown key " + key);
  }

  [[nodiscard]] std::string row(std::set<std::string>& programs) const {
    const auto* because = value_of<std::string>(table_, "because");
    if (because == nullptr || because->empty() || because->back() == '.')
      refuse("needs `because`, without a full stop");
    const std::int64_t mebibytes = tmp();
    const bool read_back = flag("read_back"), socket_pairs = flag("socket_pairs");
    const std::string environment = variables();
    if (mebibytes == 0 && !read_back && !socket_pairs && environment == "{}")
      refuse("gives nothing: it needs tmp_mib, read_back, socket_pairs or environment");
    return "  {" + list("programs", &programs) + ",\n   " + list("when", nullptr) + ",\n   " +
           std::to_string(mebibytes << 20) + "ULL, " + (read_back ? "true" : "false") + ", " +
           (socket_pairs ? "true" : "false") + ",\n   " + environment + ",\n   " + literal(*because) + "},\n";
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw std::runtime_error("need " + std::to_string(position_) + ": " + what);
  }

  [[nodiscard]] bool flag(std::string_view key) const {
    if (!table_.contains(key)) return false;
    const auto* value = value_of<bool>(table_, key);
    if (value == nullptr || !*value) refuse(std::string(key) + " must be true, or be left out");
    return true;
  }

  [[nodiscard]] std::int64_t tmp() const {
    if (!table_.contains("tmp_mib")) return 0;
    const auto* value = value_of<std::int64_t>(table_, "tmp_mib");
    if (value == nullptr || *value < 1 || *value > kMostMebibytes) refuse("tmp_mib must be a number of MiB");
    return *value;
  }

  /// The texts of a list. If `seen` is given, the list must exist and name programs, and `seen` collects the names.
  [[nodiscard]] std::string list(std::string_view key, std::set<std::string>* seen) const {
    const auto* texts = value_of<TomlArray>(table_, key);
    if (texts == nullptr && !table_.contains(key) && seen == nullptr) return "{}";
    if (texts == nullptr || texts->empty()) refuse(std::string(key) + " must be a list of texts");
    std::set<std::string> own;
    std::string out;
    for (const TomlNode& node : *texts) {
      const auto* text = node.get<std::string>();
      if (text == nullptr || text->empty() || !own.insert(*text).second)
        refuse(std::string(key) + " must be a list of texts, each of them once");
      if (seen != nullptr && text->find('/') != std::string::npos) refuse(*text + " is no name of a program");
      if (seen != nullptr) seen->insert(*text);
      out += (out.empty() ? "" : ", ") + literal(*text);
    }
    return "{" + out + "}";
  }

  [[nodiscard]] std::string variables() const {
    if (!table_.contains("environment")) return "{}";
    const auto* table = value_of<TomlTable>(table_, "environment");
    if (table == nullptr || table->empty()) refuse("environment must be a table");
    std::string out;
    for (const auto& [name, node] : *table) {
      const auto* text = node.get<std::string>();
      if (text == nullptr) refuse("environment." + name + " must be a text");
      out += (out.empty() ? "" : ", ") + ("{" + literal(name) + ", " + literal(*text)) + "}";
    }
    return "{" + out + "}";
  }

  const TomlTable& table_;
  int position_;
};

std::string compile(const std::string& text) {
  const auto document = immure::file::parse_toml(text, "programs.toml");
  if (!document) throw std::runtime_error(immure::to_text(document.error()));
  const auto* needs = value_of<TomlArray>(*document, "need");
  if (needs == nullptr || document->size() != 1)
    throw std::runtime_error("wants an array of tables `need` and nothing else");
  std::string rows;
  std::set<std::string> programs;
  int position = 0;
  for (const TomlNode& node : *needs) {
    const auto* need = node.get<TomlTable>();
    ++position;
    if (need == nullptr) throw std::runtime_error("need " + std::to_string(position) + " must be a table");
    rows += Need(*need, position).row(programs);
  }
  return "// Made from catalogue/programs.toml by catalogue_compile.\nstatic const std::vector<KnownNeed> kNeeds = "
         "{\n" +
         rows + "};\n";
}

}  // namespace

int main(int argc, char** argv) { return immure::tools::compile_file(argc, argv, compile); }
