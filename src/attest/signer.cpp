#include "attest/signer.hpp"

#include <limits>

#include <sys/mman.h>
#include <unistd.h>

#include "attest/engine/program.hpp"
#include "sys/fd.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::attest {
namespace {

constexpr const char* kOption = "--signer";

/// Returns an open file that has these bytes and no name.
Result<sys::Fd> file_of(std::string_view bytes) {
  const auto made = sys::call(::memfd_create, "message", static_cast<unsigned>(MFD_CLOEXEC));
  if (!made) return fail(Code::kSystem, kOption, "its input cannot be made", {}, made.error().value);
  sys::Fd file(*made);
  int failure = sys::error_of(sys::write_all(file.get(), bytes));
  if (failure == 0) failure = sys::error_of(::lseek, file.get(), off_t{0}, SEEK_SET);
  if (failure != 0) return fail(Code::kSystem, kOption, "its input cannot be written", {}, failure);
  return file;
}

}  // namespace

Result<std::string> sign_by_command(const std::string& command, std::string_view message, const file::GoOn& go_on) {
  TRY(const sys::Fd input, file_of(message));
  // Only the time limit of the run limits the command, because a person may have to touch a token.
  auto signature = run_program({.argv = {"/bin/sh", "-c", command}, .as = {}, .input = input.get(), .inherited = {}},
                               go_on, std::numeric_limits<int>::max());
  if (!signature && signature.error().code == Code::kInterrupted) return signature;
  if (!signature) {
    Error& error = signature.error();
    return fail(Code::kSystem, kOption, error.what, "Try the command with a file as its standard input.",
                error.errno_value);
  }
  if (signature->empty()) return fail(Code::kSystem, kOption, "printed no signature: " + command);
  return signature;
}

}  // namespace immure::attest
