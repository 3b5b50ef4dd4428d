/// Where the line about a run goes that --audit asks for: a file, the journal, or syslog.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "file/place.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::cli {

class AuditLog {
 public:
  /// Finds the log, and checks that lines can be written. `journald` and `syslog` are the services; anything else is
  /// the path of a file, which may not exist yet. Makes no file. Error kBadInput.
  [[nodiscard]] static Result<AuditLog> find(const std::string& target);

  /// The place of a file; nothing for the services.
  [[nodiscard]] const std::optional<file::Place>& place() const { return place_; }
  /// Says that the file must not be written, because it is another file of the run.
  void refuse_place() { refused_ = true; }
  [[nodiscard]] bool is_refused() const { return refused_; }
  /// Makes the file if there is none, or else opens it. Error kBadInput.
  [[nodiscard]] Result<void> open();

  /// Appends `json`, which has no line break, in one write, so that lines of several runs never mix. `grave`: somebody
  /// should look at the run. Error kSystem.
  [[nodiscard]] Result<void> write(std::string_view json, bool grave) const;

 private:
  enum class Kind : std::uint8_t { kFile, kJournal, kSyslog };
  [[nodiscard]] Result<void> connect(const char* path);
  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::string message(std::string_view json, bool grave) const;

  Kind kind_ = Kind::kFile;
  std::optional<file::Place> place_;
  sys::Fd fd_;
  bool refused_ = false;
};

}  // namespace immure::cli
