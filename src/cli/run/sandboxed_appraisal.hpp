/// An appraisal in a process of its own: behind the verifier's walls nothing can be written, so that whoever has a file
/// to write about it stays outside and touches nothing of what strangers wrote.
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
  std::vector<std::string> parts;  ///< as they were made; bytes that nobody may trust more than the evidence
};

class SandboxedAppraisal {
 public:
  /// Makes the parts out of the result and the word that came with the start, in the child.
  using Make = std::function<std::vector<std::string>(const verify::AttestationResult&, const std::string& word)>;

  /// Makes the child, which waits. What its parent learns from here on, such as a private key, it never has. Errors,
  /// kSystem.
  [[nodiscard]] static Result<SandboxedAppraisal> prepare(const verify::Request& request, Make make);
  /// Lets it go and waits for what it made. Errors: kSystem; kInternal if it ends without a verdict or makes too much.
  [[nodiscard]] Result<Appraised> finish(std::string_view word);

  SandboxedAppraisal(SandboxedAppraisal&& other) noexcept;
  SandboxedAppraisal& operator=(SandboxedAppraisal&&) = delete;
  ~SandboxedAppraisal();  ///< a child that was not let go does nothing, and is waited for

 private:
  SandboxedAppraisal(int child, sys::Fd start, sys::Fd parts)
      : child_(child), start_(std::move(start)), parts_(std::move(parts)) {}
  [[nodiscard]] int wait();
  int child_;  ///< -1 once it was waited for
  sys::Fd start_, parts_;
};

/// Before anything is read: what is written must not replace what it is about, nor become one more file among the
/// outputs. `what` is what messages call it. Error kBadInput.
[[nodiscard]] Result<void> check_result_place(const std::string& path, const std::string& what,
                                              const verify::Request& request);

}  // namespace immure::cli
