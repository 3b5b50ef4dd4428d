#include <algorithm>
#include <cerrno>
#include <span>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include "inspect/report/json_writer.hpp"
#include "inspect/report/report.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "text/hex.hpp"

namespace immure::inspect {
namespace {

struct Written {
  std::string name, sha256;
  std::uint64_t size;
};

Written written(const OutputFile& out) { return {out.name(), out.sha256(), out.size()}; }

template <class Write>
Result<Written> write_file(int directory, std::string name, Write write) {
  TRY(OutputFile out, OutputFile::create(directory, std::move(name)));
  write(out);
  CHECK_OK(out.commit());
  return written(out);
}

/// A file that a child process writes, while this process does other work and changes nothing that the child reads.
class WrittenBeside {
 public:
  template <class Write>
  static Result<WrittenBeside> start(int directory, std::string name, Write write) {
    TRY(OutputFile out, OutputFile::create(directory, std::move(name)));
    WrittenBeside file(std::move(out));
    auto answer = sys::make_pipe();
    file.pid_ = answer ? ::fork() : -1;
    if (file.pid_ <= 0) {
      write(file.out_);
      file.content_ = file.out_.finish();
    }
    if (file.pid_ == 0) {
      const auto told = sys::write_all(answer->write.get(), std::as_bytes(std::span(&file.content_, 1)));
      ::_exit(told ? 0 : 1);
    }
    if (answer) file.answer_ = std::move(answer->read);
    return file;
  }

  Result<Written> wait() {
    if (pid_ > 0) {
      const auto heard = sys::read_some(answer_.get(), std::as_writable_bytes(std::span(&content_, 1)));
      static_cast<void>(sys::wait_for_end(pid_));
      if (!heard || *heard != sizeof content_)
        return fail(Code::kSystem, out_.name(), "cannot be written", "The process that wrote it was ended.");
    }
    CHECK_OK(out_.publish(content_));
    return written(out_);
  }

 private:
  explicit WrittenBeside(OutputFile out) : out_(std::move(out)) {}

  OutputFile out_;
  OutputFile::Content content_;
  sys::Fd answer_;
  int pid_ = -1;
};

// In the format of sha256sum(1), a line with an escaped name begins with a backslash.
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
    // A program that cuts names out of this file would take a leading dash for an option.
    append_line(line, text::hex(*one.sha256), one.entry.path.starts_with('-') ? "./" + one.entry.path : one.entry.path);
    out.append(line);
  }
}

Result<void> write_report(const Report& report, const RuleSet& rules, const Limits& limits, const OperatorData& data,
                          int directory) {
  // The largest report takes as long to write as all others together, so a process of its own writes it.
  TRY(WrittenBeside json, WrittenBeside::start(directory, "report.json",
                                               [&](OutputFile& out) { write_json(report, rules, limits, data, out); }));
  auto checksums = write_file(directory, "manifest.sha256", [&](OutputFile& out) { write_checksums(report, out); });
  auto sarif = write_file(directory, "report.sarif", [&](OutputFile& out) { write_sarif(report, rules, out); });
  auto main = json.wait();
  std::vector<Written> files;
  for (auto* one : {&checksums, &main, &sarif}) {
    if (!*one) return std::unexpected(std::move(one->error()));
    files.push_back(*std::move(*one));
  }
  CHECK_OK(write_file(directory, "manifest.json", [&](OutputFile& out) { write_manifest(report, files, out); }));
  return {};
}

}  // namespace immure::inspect
