/// Replaces the analyser, and behaves like a parser that a file has taken over. Only this test program is linked with
/// this file, in front of the real analyser.
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <sys/socket.h>

#include "inspect/scan/analyse.hpp"

namespace immure::inspect {

void Analyser::analyse(const FileContent& file, FileResult& result, const std::function<void(FileResult&)>& stage) {
  result.add(Rule::kTypeMacro, {}, "seen before");
  if (file.path != "silent") result.covers.push_back({0, {bit(Scanner::kRules), file.size, 0}});
  stage(result);
  const std::string_view name = file.path;
  if (name == "crash") std::raise(SIGSEGV);
  if (name == "abort") std::abort();
  if (name == "hang") {
    for (volatile bool forever = true; forever;) {
    }
  }
  if (name == "overrun") {
    for (std::size_t size = 64U << 20;; size += 64U << 20) std::memset(std::malloc(64U << 20), 1, 64U << 20);
  }
  if (name == "socket") ::socket(AF_INET, SOCK_STREAM, 0);
}

}  // namespace immure::inspect
