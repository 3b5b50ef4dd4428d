#include "verify/nonce_store.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <span>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "evidence/reader.hpp"
#include "evidence/writer.hpp"
#include "file/io.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "text/utc_time.hpp"
#include "verify/freshness.hpp"

namespace immure::verify {
namespace {

namespace json = evidence::json;

constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kMaxBytes = 8U << 20;
constexpr std::int64_t kRemembered = 7 * 86'400;
constexpr std::size_t kMaxAnswer = 4096;

Result<sys::Fd> lock(const std::string& path) {
  // Only the owner may open the lock file, because a process that can open the file could hold the lock for ever.
  auto fd = sys::open_at(AT_FDCWD, path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
  if (!fd) return fail(Code::kSystem, path, "cannot be opened", {}, fd.error().value);
  struct stat status{};
  if (const int failure = sys::error_of(::fstat, fd->get(), &status); failure != 0)
    return fail(Code::kSystem, path, "its status cannot be read", {}, failure);
  if (!S_ISREG(status.st_mode)) return fail(Code::kBadInput, path, "not a regular file");
  if (const auto locked = sys::call_until_done(::flock, fd->get(), LOCK_EX); !locked)
    return fail(Code::kSystem, path, "cannot be locked", {}, locked.error().value);
  return std::move(*fd);
}

Result<NonceStore> read_nonce_store(const std::string& path) {
  struct stat status{};
  if (sys::error_of(::lstat, path.c_str(), &status) == ENOENT) return NonceStore{};
  TRY(const std::string bytes, file::read_whole(path, kMaxBytes));
  return parse_nonce_store(bytes, path);
}

/// Syncs the directory of a file, because a rename is on the disk only when its directory is.
Result<void> sync_directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const auto fd = sys::open_at(AT_FDCWD, directory.c_str(), O_RDONLY | O_DIRECTORY);
  if (!fd) return fail(Code::kSystem, directory, "cannot be opened", {}, fd.error().value);
  // EINVAL means that this file system has nothing to sync for a directory.
  const int failure = sys::error_of(::fsync, fd->get());
  if (failure != 0 && failure != EINVAL) return fail(Code::kSystem, directory, "cannot be synced", {}, failure);
  return {};
}

auto place_of(auto& accepted, std::string_view nonce) {
  return std::ranges::lower_bound(accepted, nonce, {}, [](const Answered& x) { return std::string_view(x.nonce); });
}

/// Serves one request. The verifier asks with one byte. The answer is `.` or an error message. If the pipe ends without
/// a request, nothing was accepted and nothing is recorded.
[[noreturn]] void serve(NonceStoreFile& store, const Challenge& challenge, std::int64_t now, int ask, int answer) {
  std::array<std::byte, 1> word{};
  const auto read = sys::read_some(ask, word);
  if (!read || *read != word.size()) ::_exit(0);
  const auto recorded = store.record(challenge, now);
  const std::string text = recorded ? "." : to_text(recorded.error()).substr(0, kMaxAnswer);
  ::_exit(sys::write_all(answer, text) ? 0 : 1);
}

}  // namespace

std::string nonce_store_json(const NonceStore& store) {
  std::string out;
  evidence::write(out, store);
  return out + "\n";
}

Result<NonceStore> parse_nonce_store(std::string_view bytes, const std::string& file) {
  if (!bytes.ends_with('\n')) return fail(Code::kBadInput, file, "is cut off, or not a state file");
  bytes.remove_suffix(1);
  json::Scanner scanner(bytes);
  NonceStore store;
  evidence::read(scanner, store);
  scanner.finish();
  if (scanner.failed()) return fail(Code::kBadInput, file + ":" + scanner.error().where, scanner.error().what);
  if (store.version != kVersion) return fail(Code::kBadInput, file + ":/version", "not version 1");
  for (const Answered& answered : store.accepted)
    if (!is_nonce(answered.nonce) || !text::unix_seconds(answered.expires_on))
      return fail(Code::kBadInput, file + ":/accepted", "has an entry that is not a nonce with its end");
  return store;
}

Result<NonceStoreFile> NonceStoreFile::open(const std::string& path) {
  TRY(sys::Fd locked, lock(path + ".lock"));
  TRY(NonceStore store, read_nonce_store(path));
  return NonceStoreFile(path, std::move(locked), std::move(store));
}

bool NonceStoreFile::has(std::string_view nonce) const {
  const auto place = place_of(store_.accepted, nonce);
  return place != store_.accepted.end() && place->nonce == nonce;
}

Result<void> NonceStoreFile::record(const Challenge& challenge, std::int64_t now) {
  if (has(challenge.nonce)) return fail(Code::kBadInput, path_, "already contains this nonce");
  NonceStore next = store_;
  std::erase_if(next.accepted,
                [&](const Answered& x) { return *text::unix_seconds(x.expires_on) < now - kRemembered; });
  next.accepted.insert(place_of(next.accepted, challenge.nonce), {challenge.expires_on, challenge.nonce});
  const std::string bytes = nonce_store_json(next);
  if (bytes.size() > kMaxBytes) return fail(Code::kBadInput, path_, "is full", "Issue challenges that expire sooner.");
  CHECK_OK(file::write_whole(path_, bytes, 0600));
  CHECK_OK(sync_directory_of(path_));
  store_ = std::move(next);
  return {};
}

Result<NonceWriter> NonceWriter::start(NonceStoreFile store, const Challenge& challenge, std::int64_t now) {
  const auto failed = [](std::string_view what, int number) { return fail(Code::kSystem, "state", what, {}, number); };
  auto ask = sys::make_pipe();
  if (!ask) return failed("cannot make a pipe", ask.error().value);
  auto answer = sys::make_pipe();
  if (!answer) return failed("cannot make a pipe", answer.error().value);
  const auto forked = sys::call(::fork);
  if (!forked) return failed("cannot start a process", forked.error().value);
  const pid_t child = *forked;
  if (child == 0) {
    // Close the child's copy of the asking end, which would keep the pipe open after the verifier's end. Close the
    // standard descriptors too, or a reader of the verifier's output would wait for this process.
    ask->write.reset();
    answer->read.reset();
    static_cast<void>(sys::close_between(0, 2));
    serve(store, challenge, now, ask->read.get(), answer->write.get());
  }
  if (const auto done = sys::duplicate_onto(ask->write.get(), STDIN_FILENO, true); !done)
    return failed("cannot keep a pipe", done.error().value);
  ::signal(SIGPIPE, SIG_IGN);
  return NonceWriter(std::move(answer->read));
}

Result<void> NonceWriter::record() {
  if (const auto asked = sys::write_all(STDIN_FILENO, "+"); !asked)
    return fail(Code::kSystem, "state", "cannot be recorded", {}, asked.error().value);
  std::string answer;
  std::array<std::byte, 512> buffer{};
  for (;;) {
    const auto count = sys::read_some(answer_.get(), buffer);
    if (!count) return fail(Code::kSystem, "state", "cannot be recorded", {}, count.error().value);
    if (*count == 0) break;
    answer.append(reinterpret_cast<const char*>(buffer.data()), *count);
    if (answer.size() > kMaxAnswer) break;
  }
  if (answer == ".") return {};
  return fail(Code::kSystem, "state", answer.empty() ? "cannot be recorded: its process has ended" : answer);
}

}  // namespace immure::verify
