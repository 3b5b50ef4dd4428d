#include "verify/artifacts.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include <fcntl.h>

#include "file/tree.hpp"
#include "sys/file.hpp"
#include "text/json_writer.hpp"

namespace immure::verify {
namespace {

struct Found {
  file::Kind kind;
  std::string sha256;  ///< for a regular file only
};

/// Every entry except directories, under the name that evidence gives it.
Result<std::vector<std::pair<std::string, Found>>> read_directory(const std::string& path) {
  const auto directory = sys::open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!directory) return fail(Code::kBadInput, path, "cannot be opened as a directory", "", directory.error().value);
  // Do not read the targets of links: any link is refused, wherever it leads, and the verifier's walls deny
  // readlink(2).
  TRY(const auto entries, file::scan(directory->get(), path, {.targets = false}));
  file::ManifestHasher hasher(directory->get(), path, entries);
  for (bool done = false; !done;) {
    TRY(done, hasher.step(std::numeric_limits<std::uint64_t>::max()));
  }
  std::vector<std::pair<std::string, Found>> found;
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (entries[i].kind != file::Kind::kDirectory)
      found.emplace_back(text::representable(entries[i].path), Found{entries[i].kind, hasher.file_digests()[i]});
  return found;
}

}  // namespace

bool without_output(const evidence::Statement& statement) {
  return statement.subjects.size() == 1 && statement.subjects[0].name == "plan" &&
         statement.subjects[0].sha256 == statement.predicate.plan.sha256;
}

Result<ArtifactComparison> compare_artifacts(const std::string& directory, const evidence::Statement& statement) {
  TRY(const auto found, read_directory(directory));
  std::map<std::string_view, std::string_view> wanted;
  if (!without_output(statement))
    for (const evidence::Artifact& subject : statement.subjects) wanted.emplace(subject.name, subject.sha256);
  ArtifactComparison comparison;
  const auto report = [&](judge::Reason code, std::string_view name, std::string_view expected,
                          std::string_view observed) {
    comparison.findings.push_back({code, std::string(name), std::string(expected), std::string(observed)});
  };
  for (const auto& [name, file] : found) {
    const auto subject = wanted.find(name);
    if (file.kind != file::Kind::kFile)
      report("artifact-kind", name, "regular files only", file::name(file.kind));
    else if (subject == wanted.end())
      report("artifact-extra", name, "no file that was not signed", "there");
    else if (subject->second != file.sha256)
      report("artifact-differs", name, subject->second, file.sha256);
    // Two names on disk can be one name in evidence: a byte that is not UTF-8, and the text of its escape. Erase the
    // subject, so that the second of these files counts as extra.
    if (subject != wanted.end()) wanted.erase(subject);
  }
  for (const auto& [name, sha256] : wanted) {
    // Captured streams are subjects too, but they are in the directory only if the operator put them there.
    if (name == "stdout" || name == "stderr")
      comparison.not_compared.emplace_back(name);
    else
      report("artifact-missing", name, sha256, "not there");
  }
  return comparison;
}

}  // namespace immure::verify
