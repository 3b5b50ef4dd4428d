#include "cli/batch/journal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/batch/kept_file.hpp"
#include "evidence/reader.hpp"
#include "evidence/writer.hpp"
#include "file/sha256.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::cli {
namespace {

constexpr std::size_t kCheckDigits = 16;

/// The first line of a journal.
struct Beginning {
  std::string plan;
  std::uint32_t version = 1;
};

template <class T>
  requires std::is_same_v<std::remove_const_t<T>, Beginning>
void visit(auto& v, T& x) {
  evidence::hash(v, "plan", x.plan);
  v("version", x.version);
}

template <class T>
std::string line_of(const T& value) {
  std::string json;
  evidence::write(json, value);
  return file::sha256_hex(json).substr(0, kCheckDigits) + " " + json + "\n";
}

/// The JSON of the first line in `bytes`, and how many bytes the line has; an empty text if the line is not whole.
struct Line {
  std::string_view json;
  std::size_t size = 0;
};
Line first_line(std::string_view bytes) {
  const std::size_t end = bytes.find('\n');
  if (end == std::string_view::npos) return {};
  const std::string_view line = bytes.substr(0, end);
  if (line.size() < kCheckDigits + 2 || line[kCheckDigits] != ' ') return {{}, end + 1};
  const std::string_view json = line.substr(kCheckDigits + 1);
  if (file::sha256_hex(json).substr(0, kCheckDigits) != line.substr(0, kCheckDigits)) return {{}, end + 1};
  return {json, end + 1};
}

template <class T>
bool parse(std::string_view json, T& value) {
  evidence::json::Scanner scanner(json);
  evidence::read(scanner, value);
  scanner.finish();
  return !scanner.failed();
}

/// True if a whole line follows somewhere.
bool whole_line_follows(std::string_view bytes) {
  while (!bytes.empty()) {
    const Line line = first_line(bytes);
    if (!line.json.empty()) return true;
    if (line.size == 0) return false;
    bytes.remove_prefix(line.size);
  }
  return false;
}

}  // namespace

std::string journal_begin(std::string_view plan_sha256) { return line_of(Beginning{.plan = std::string(plan_sha256)}); }
std::string journal_line(const RunRecord& record) { return line_of(record); }

Result<Replay> replay(std::string_view bytes, const std::string& shown) {
  constexpr std::string_view kHint = "Name another directory with --out, and begin a new batch.";
  Replay found;
  for (Line line = first_line(bytes); !line.json.empty(); line = first_line(bytes.substr(found.whole_bytes))) {
    if (found.whole_bytes == 0) {
      Beginning beginning;
      if (!parse(line.json, beginning) || beginning.version != 1)
        return fail(Code::kBadInput, shown, "is the journal of another version of immure", kHint);
      found.plan_sha256 = std::move(beginning.plan);
    } else if (RunRecord record; parse(line.json, record)) {
      found.records.push_back(std::move(record));
    } else {
      return fail(Code::kBadInput, shown, "has a record that this version of immure does not know", kHint);
    }
    found.whole_bytes += line.size;
  }
  if (whole_line_follows(bytes.substr(found.whole_bytes)))
    return fail(
        Code::kBadInput, shown,
        "was changed: behind byte " + std::to_string(found.whole_bytes) + " a record is damaged, and others follow",
        kHint);
  return found;
}

Result<Journal> Journal::open(const sys::Fd& directory, const std::string& shown, const std::string& plan_sha256) {
  const auto refuse = [&](std::string_view what, int number) { return fail(Code::kSystem, shown, what, {}, number); };
  TRY(const auto bytes, kept_file(directory, "journal", shown));
  constexpr unsigned kForOwner = 0600;
  auto opened =
      sys::open_at(directory.get(), "journal", O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, kForOwner);
  if (!opened) return refuse("cannot be opened", opened.error().value);
  Journal journal(std::move(*opened), shown);
  TRY(Replay found, replay(bytes.value_or(""), shown));
  if (!found.plan_sha256.empty() && found.plan_sha256 != plan_sha256)
    return fail(Code::kBadInput, shown, "belongs to another plan than the one beside it",
                "Begin a new batch in another --out.");
  // Cut off a part of a line before anything is appended, because the next record would otherwise be in the same line.
  if (const auto length = static_cast<off_t>(found.whole_bytes); bytes && bytes->size() != found.whole_bytes)
    if (const int failure = sys::error_of(::ftruncate, journal.file_.get(), length); failure != 0)
      return refuse("the part of a record at its end cannot be cut off", failure);
  if (found.plan_sha256.empty()) CHECK_OK(journal.append(journal_begin(plan_sha256)));
  // The name of a new file is on the disk only when its directory is.
  if (const int failure = sys::error_of(::fsync, directory.get()); failure != 0)
    return refuse("cannot be written to the disk", failure);
  journal.records_ = std::move(found.records);
  return journal;
}

Result<void> Journal::add(std::span<const RunRecord> records) {
  std::string lines;
  for (const RunRecord& record : records) lines += journal_line(record);
  return append(lines);
}

Result<void> Journal::append(std::string_view lines) {
  if (const auto written = sys::write_all(file_.get(), lines); !written)
    return fail(Code::kSystem, shown_, "cannot be written", {}, written.error().value);
  if (const int failure = sys::error_of(::fdatasync, file_.get()); failure != 0)
    return fail(Code::kSystem, shown_, "cannot be written to the disk", {}, failure);
  return {};
}

}  // namespace immure::cli
