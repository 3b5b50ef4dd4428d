#include "cli/run/json_sink.hpp"

#include <charconv>

#include <fcntl.h>

#include "attest/harvest.hpp"
#include "cli/print.hpp"
#include "cli/run/directories.hpp"
#include "file/io.hpp"
#include "sys/libc.hpp"

namespace immure::cli {
namespace {

constexpr std::string_view kDescriptor = "fd:";

Result<int> descriptor_of(const std::string& target) {
  const std::string_view digits = std::string_view(target).substr(kDescriptor.size());
  int number = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool is_number = error == std::errc() && end == digits.data() + digits.size() && number >= 0;
  // Use a lambda, because fcntl(2) is variadic and the other sys::call() takes only functions with fixed parameters.
  const auto flags = is_number ? sys::call([&] { return ::fcntl(number, F_GETFL); }) : SysResult<int>(-1);
  if (is_number && flags && (*flags & O_ACCMODE) != O_RDONLY && (*flags & O_PATH) == 0) return number;
  return fail(Code::kUsage, "--result " + target, "is no open descriptor that can be written",
              "Open it when you start immure, as in `immure run --result fd:3 ... 3>result.json`.");
}

}  // namespace

JsonSink JsonSink::standard_output() {
  JsonSink sink;
  sink.standard_output_ = true;
  return sink;
}

bool JsonSink::names_descriptor(const std::string& target) { return target.starts_with(kDescriptor); }

Result<JsonSink> JsonSink::to(const std::string& target, bool replace) {
  JsonSink sink;
  if (target == "-")
    return fail(Code::kUsage, "--result -", "would mix the result with what the program prints",
                "Name a file, or a descriptor such as fd:3. --json prints the result on standard output.");
  if (names_descriptor(target)) {
    TRY(sink.descriptor_, descriptor_of(target));
    return sink;
  }
  TRY(sink.place_, file::place_of(target));
  CHECK_OK(check_new_file(*sink.place_, replace));
  if (file::status_of(*sink.place_)) CHECK_OK(check_replaceable(*sink.place_));
  sink.replace_ = replace;
  return sink;
}

Result<void> JsonSink::give(std::string_view text) const {
  if (standard_output_) return print(text);
  if (descriptor_ >= 0) return print_to(descriptor_, "--result fd:" + std::to_string(descriptor_), text);
  if (!accepted_) return {};
  const unsigned mode = 0666U & ~attest::current_umask();
  auto written = replace_ ? file::write_whole(*place_, text, mode) : file::create_whole(*place_, text, mode);
  // The program may have run already, so the error must not be printed as BLOCKED.
  if (!written) written.error().code = Code::kSystem;
  return written;
}

}  // namespace immure::cli
