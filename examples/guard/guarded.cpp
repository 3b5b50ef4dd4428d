/// Refuses to start outside of a sandbox that holds. The check of the environment expects only the variable LANG.
#include <immure/guard.hpp>

#include <iostream>

int main() {
  const auto report = immure::guard::check({.environment = {"LANG"}, .input = "/in", .output = "/out"});
  if (const auto* failing = report.first_failing()) {
    std::cerr << "BLOCKED: " << failing->text << '\n';
    return 3;
  }
  std::cout << "the sandbox holds\n";
  return 0;
}
