/// libmagic, for what the own table of types does not know.
#pragma once

#include <memory>
#include <string>

#include "inspect/scan/file_type.hpp"
#include "inspect/scan/findings.hpp"
#include "sys/error.hpp"

struct magic_set;

namespace immure::inspect {

/// Its database is the one that immure was built with, so that a description does not depend on the host.
class Magic {
 public:
  /// Error kInternal: the database is not one of this libmagic.
  [[nodiscard]] static Result<Magic> load();

  /// What libmagic's patterns say of a file that begins with `prefix`, of which they see 1 MiB at the most; empty if
  /// they know it no better than the table does. Only patterns are asked: no parser of libmagic's runs.
  [[nodiscard]] std::string describe(Bytes prefix) const;

 private:
  struct Close {
    void operator()(magic_set* set) const;
  };
  std::unique_ptr<magic_set, Close> set_;
};

}  // namespace immure::inspect
