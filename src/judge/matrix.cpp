#include <array>
#include <string>

#include "judge/judge.hpp"

namespace immure::judge {
namespace {

#include "matrix_table.inc"

}  // namespace

std::span<const MatrixTest> matrix() { return kTests; }

const MatrixTest& test_of(int number) { return kTests[static_cast<std::size_t>(number - 1)]; }
std::string_view matrix_toml() { return kToml; }
std::string matrix_sha256() { return std::string(kTomlSha256); }

}  // namespace immure::judge
