#include "cli/batch/store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/batch/kept_file.hpp"
#include "cli/batch/names.hpp"
#include "file/sha256.hpp"
#include "file/tree.hpp"
#include "plan/image/image_cache.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::cli {
namespace {

std::string evidence_of(const std::string& name) { return name + std::string(kEvidenceSuffix); }

bool is_there(const sys::Fd& directory, const std::string& name) {
  struct stat status{};
  return ::fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

}  // namespace

BatchStore::BatchStore(sys::Fd output, sys::Fd own, sys::Fd work, sys::Fd logs, std::string path)
    : output_(std::move(output)),
      own_(std::move(own)),
      logs_(std::move(logs)),
      work_{std::move(work), path},
      path_(std::move(path)) {}

Result<BatchStore> BatchStore::open(sys::Fd output, const std::string& path) {
  const std::string shown = path + "/" + std::string(kBatchDirectory);
  TRY(sys::Fd own, kept_directory(output, std::string(kBatchDirectory), shown));
  TRY(sys::Fd work, kept_directory(own, "work", shown + "/work"));
  TRY(sys::Fd logs, kept_directory(own, "logs", shown + "/logs"));
  for (const sys::Fd* directory : {&own, &output})
    if (const int failure = sys::error_of(::fsync, directory->get()); failure != 0)
      return fail(Code::kSystem, shown, "cannot be written to the disk", {}, failure);
  return BatchStore(std::move(output), std::move(own), std::move(work), std::move(logs), path);
}

std::string BatchStore::own_path(std::string_view name) const {
  return path_ + "/" + std::string(kBatchDirectory) + "/" + std::string(name);
}

bool BatchStore::has_output(const std::string& name) const { return is_there(work_.fd, name); }

std::string BatchStore::evidence_digest(const std::string& name) const {
  const auto evidence = kept_file(work_.fd, evidence_of(name), name);
  return evidence && *evidence ? file::sha256_hex(**evidence) : std::string();
}

Result<void> BatchStore::flush() const {
  // One call for many runs. An fsync for each file of each run would take longer than the runs.
  if (const int failure = sys::error_of(::syncfs, output_.get()); failure != 0)
    return fail(Code::kSystem, path_, "cannot be written to the disk", {}, failure);
  return {};
}

Result<void> BatchStore::publish(const std::string& name) const {
  for (const std::string& one : {name, evidence_of(name)})
    if (const auto moved = move_to(work_.fd, one, output_, path_ + "/" + one); !moved)
      return std::unexpected(moved.error());
  for (const char* stream : {".stdout", ".stderr"}) {
    struct stat status{};
    const std::string log = name + stream;
    if (::fstatat(logs_.get(), log.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_size == 0)
      ::unlinkat(logs_.get(), log.c_str(), 0);
  }
  return {};
}

Result<void> BatchStore::set_aside(const std::string& name) const {
  struct Place {
    const sys::Fd* directory;
    std::string name;
  };
  std::vector<Place> results;
  for (const sys::Fd* directory : {&work_.fd, &output_})
    for (std::string one : {name, evidence_of(name)})
      if (is_there(*directory, one)) results.push_back({directory, std::move(one)});
  if (results.empty()) return {};
  for (const char* stream : {".stdout", ".stderr"})
    if (is_there(logs_, name + stream)) results.push_back({&logs_, name + stream});
  const std::string shown = own_path("attempts");
  TRY(const sys::Fd attempts, kept_directory(own_, "attempts", shown));
  for (std::size_t number = 1;; ++number) {
    TRY(const sys::Fd attempt, kept_directory(attempts, std::to_string(number), shown));
    bool taken = false;
    for (const Place& result : results) taken = taken || is_there(attempt, result.name);
    if (taken) continue;
    for (const Place& result : results)
      if (const auto moved = move_to(*result.directory, result.name, attempt, shown); !moved)
        return std::unexpected(moved.error());
    return {};
  }
}

void BatchStore::drop_unfinished() const {
  const auto names = file::names_in(work_.fd.get());
  if (!names) return;
  for (const std::string& name : *names)
    if (::unlinkat(work_.fd.get(), name.c_str(), 0) != 0) plan::remove_tree(work_.fd.get(), name);
}

Result<void> BatchStore::finish() const {
  drop_unfinished();
  for (const char* directory : {"work", "logs"}) ::unlinkat(own_.get(), directory, AT_REMOVEDIR);
  return flush();
}

}  // namespace immure::cli
