#include "cli/run/audit_log.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/run/directories.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::cli {
namespace {

constexpr const char* kJournalSocket = "/run/systemd/journal/socket";
constexpr const char* kSyslogSocket = "/dev/log";
/// The levels of syslog(3), which the journal has too.
constexpr int kInformation = 6, kWarning = 4, kFacilityUser = 1 << 3;

}  // namespace

Result<AuditLog> AuditLog::find(const std::string& target) {
  AuditLog log;
  if (target == "journald" || target == "syslog") {
    log.kind_ = target == "journald" ? Kind::kJournal : Kind::kSyslog;
    CHECK_OK(log.connect(log.kind_ == Kind::kJournal ? kJournalSocket : kSyslogSocket));
    return log;
  }
  TRY(log.place_, file::place_of(target));
  if (const auto status = file::status_of(*log.place_); !status && status.error().value == ENOENT) {
    TRY(log.place_, place_to_write(target));
    return log;
  }
  CHECK_OK(log.open());
  return log;
}

Result<void> AuditLog::connect(const char* path) {
  const auto number = sys::call(::socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (!number) return fail(Code::kBadInput, name(), "no socket", {}, number.error().value);
  fd_ = sys::Fd(*number);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  const int failure = sys::error_of(::connect, fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (failure == 0) return {};
  return fail(Code::kBadInput, name(), std::string("cannot be reached at ") + path,
              "Start the service, or name a file: --audit FILE.", failure);
}

Result<void> AuditLog::open() {
  constexpr mode_t kOwnerAndGroup = 0640;
  if (!place_ || fd_) return {};
  auto opened = sys::open_at(place_->directory.get(), place_->name.c_str(),
                             O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, kOwnerAndGroup);
  if (!opened)
    return fail(Code::kBadInput, name(), "cannot be opened for appending",
                opened.error().value == ELOOP ? "Name the file itself, and no link." : "", opened.error().value);
  struct stat status{};
  if (const int failure = sys::error_of(::fstat, opened->get(), &status); failure != 0)
    return fail(Code::kBadInput, name(), "its status cannot be read", {}, failure);
  if (!S_ISREG(status.st_mode)) return fail(Code::kBadInput, name(), "is not a regular file", "Name a file.");
  fd_ = std::move(*opened);
  return {};
}

std::string AuditLog::name() const {
  if (place_) return "--audit " + place_->shown;
  return kind_ == Kind::kJournal ? "--audit journald" : "--audit syslog";
}

/// The line in the form that the log takes. The JSON has no line break, so nobody can add a field or a line.
std::string AuditLog::message(std::string_view json, bool grave) const {
  const std::string level = std::to_string(grave ? kWarning : kInformation);
  if (kind_ == Kind::kFile) return std::string(json) + "\n";
  if (kind_ == Kind::kJournal)
    return "PRIORITY=" + level + "\nSYSLOG_IDENTIFIER=immure\nMESSAGE=" + std::string(json) + "\n";
  return "<" + std::to_string(kFacilityUser + (grave ? kWarning : kInformation)) + ">immure[" +
         std::to_string(::getpid()) + "]: " + std::string(json);
}

Result<void> AuditLog::write(std::string_view json, bool grave) const {
  const std::string text = message(json, grave);
  const auto written = sys::call_until_done(::write, fd_.get(), static_cast<const void*>(text.data()), text.size());
  if (!written)
    return fail(Code::kSystem, name(), "the line about the run cannot be written", {}, written.error().value);
  if (static_cast<std::size_t>(*written) != text.size())
    return fail(Code::kSystem, name(), "the line about the run was cut", "Make room.");
  return {};
}

}  // namespace immure::cli
