#include <algorithm>
#include <string>
#include <vector>

#include "inspect/json_writer.hpp"
#include "inspect/report.hpp"

namespace immure::inspect {
namespace {

struct Written {
  std::string name, sha256;
  std::uint64_t size;
};

template <class Write>
Result<void> write_file(int directory, std::string name, std::vector<Written>& written, Write write) {
  TRY(OutputFile out, OutputFile::create(directory, std::move(name)));
  write(out);
  CHECK_OK(out.commit());
  written.push_back({out.name(), out.sha256(), out.size()});
  return {};
}

// sha256sum(1): a line whose name was escaped begins with a backslash.
void append_line(std::string& out, const std::string& digest, std::string_view name) {
  if (std::ranges::none_of(name, [](char c) { return c == '\\' || c == '\n' || c == '\r'; })) {
    out.append(digest).append("  ").append(name).append("\n");
    return;
  }
  std::string escaped;
  for (const char c : name) {
    switch (c) {
      case '\\': escaped += "\\\\"; break;
      case '\n': escaped += "\\n"; break;
      case '\r': escaped += "\\r"; break;
      default: escaped += c; break;
    }
  }
  out.append("\\").append(digest).append("  ").append(escaped).append("\n");
}

void write_manifest(const Report& report, const std::vector<Written>& files, OutputFile& out) {
  JsonWriter json(out);
  json.object().key("coverage_complete").boolean(report.complete).key("files").array();
  for (const Written& file : files) {
    json.object().key("name").ours(file.name).key("sha256").ours(file.sha256).key("size").value(file.size).close();
  }
  json.close().key("schema").ours(kManifestSchema).close();
}

}  // namespace

void write_checksums(const Report& report, OutputFile& out) {
  std::string line;
  for (const ReportEntry& one : report.entries) {
    if (!one.sha256) continue;
    line.clear();
    // A leading dash would be an option to whoever cuts the names out of it.
    append_line(line, file::hex(*one.sha256), one.entry.path.starts_with('-') ? "./" + one.entry.path : one.entry.path);
    out.append(line);
  }
}

Result<void> write_report(const Report& report, const RuleSet& rules, const Limits& limits, const OperatorData& data,
                          int directory) {
  std::vector<Written> written;
  CHECK_OK(write_file(directory, "manifest.sha256", written, [&](OutputFile& out) { write_checksums(report, out); }));
  CHECK_OK(write_file(directory, "report.json", written,
                      [&](OutputFile& out) { write_json(report, rules, limits, data, out); }));
  CHECK_OK(write_file(directory, "report.sarif", written, [&](OutputFile& out) { write_sarif(report, rules, out); }));
  std::vector<Written> last;
  return write_file(directory, "manifest.json", last, [&](OutputFile& out) { write_manifest(report, written, out); });
}

}  // namespace immure::inspect
