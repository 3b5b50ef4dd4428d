/// An appraisal in a child process. The verifier's sandbox denies writing files. So the child reads the evidence, and
/// the parent, which has a file to write, stays outside and interprets nothing that strangers wrote.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "verify/verify.hpp"

namespace immure::cli {

struct Appraised {
  ExitCode code = kBlocked;
  std::vector<std::string> parts;  ///< the child made these, so they are no more trusted than the evidence
};

class SandboxedAppraisal {
 public:
  /// Called in the child: makes the parts from the result and from the text that start() passed on.
  using Make = std::function<std::vector<std::string>(const verify::AttestationResult&, const std::string& word)>;

  /// Makes the child, which waits. Data that the parent reads afterwards, such as a private key, is not in the child's
  /// memory. Error: kSystem.
  [[nodiscard]] static Result<SandboxedAppraisal> prepare(const verify::Request& request, Make make);
  /// Starts the child's work and waits for its answer. Errors: kSystem; kInternal if the child ends without a verdict,
  /// or answers with too many bytes.
  [[nodiscard]] Result<Appraised> finish(std::string_view word);

  SandboxedAppraisal(SandboxedAppraisal&& other) noexcept;
  SandboxedAppraisal& operator=(SandboxedAppraisal&&) = delete;
  ~SandboxedAppraisal();  ///< waits for the child, which does nothing if its work was never started

 private:
  SandboxedAppraisal(int child, sys::Fd start, sys::Fd parts)
      : child_(child), start_(std::move(start)), parts_(std::move(parts)) {}
  [[nodiscard]] int wait();
  int child_;  ///< -1 after the child was waited for
  sys::Fd start_, parts_;
};

/// Checks, before any file is read, that the file to write does not replace the evidence and does not lie among the
/// outputs. `what` is what messages call the file. Error kBadInput.
[[nodiscard]] Result<void> check_result_place(const std::string& path, const std::string& what,
                                              const verify::Request& request);

}  // namespace immure::cli
