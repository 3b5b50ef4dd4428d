/// libmagic, which describes files that our own table of types does not know.
#pragma once

#include <memory>
#include <string>

#include "inspect/scan/file_type.hpp"
#include "inspect/scan/findings.hpp"
#include "sys/error.hpp"

struct magic_set;

namespace immure::inspect {

/// Uses the database that immure was built with, so that a description does not depend on the host.
class Magic {
 public:
  /// Loads the database. Error kInternal: the database does not fit this libmagic.
  [[nodiscard]] static Result<Magic> load();

  /// The description that libmagic's patterns give for a file that begins with `prefix`. The patterns see at most 1
  /// MiB. Empty if libmagic knows no more than the table does. Only patterns are used; no parser of libmagic runs.
  [[nodiscard]] std::string describe(Bytes prefix) const;

 private:
  struct Close {
    void operator()(magic_set* set) const;
  };
  std::unique_ptr<magic_set, Close> set_;
};

}  // namespace immure::inspect
