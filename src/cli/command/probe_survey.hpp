/// The results of `immure probe`, from which text, JSON, JUnit and HTML are made.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "probe/outside.hpp"
#include "probe/test_number.hpp"

namespace immure::cli {

inline constexpr int kBoundaries = static_cast<int>(probe::Boundary::kResources) + 1;

/// What a sandbox for hostile input must provide at least, with the tests that show it.
struct Requirement {
  std::string_view title;
  std::initializer_list<probe::SandboxTest> tests;
};
inline constexpr Requirement kRequirements[] = {
    {"no network", {24, 25}},
    {"input is read-only", {26, 27}},
    {"output is write-only, and the only place to write", {28, 29}},
    {"nothing of the host is mounted or named", {30, 31}},
    {"environment is scrubbed", {32}},
    {"system calls are restricted", {33, 34, 35, 36}},
};

/// How many probes had which result.
struct Tally {
  std::array<std::size_t, 4> counts{};
  probe::Found found = probe::Found::kNotTestable;

  void add(probe::Found one) {
    ++counts.at(static_cast<std::size_t>(one));
    found = probe::worse(found, one);
  }
  std::size_t operator[](probe::Found one) const { return counts.at(static_cast<std::size_t>(one)); }
};

struct Survey {
  std::vector<probe::Answer> answers;
  std::vector<probe::Found> found;
  std::array<Tally, kBoundaries> boundaries;
  std::array<Tally, probe::SandboxTest::all().size()> tests;
  std::array<Tally, std::size(kRequirements)> requirements;
};

[[nodiscard]] std::string boundary_name(int boundary);
/// The answer to probe number `i`, in words.
[[nodiscard]] std::string observed(const Survey& survey, std::size_t i);

/// The results as one HTML page: first the sums, then each probe. The page has no scripts and loads nothing.
[[nodiscard]] std::string survey_html(const Survey& survey);

}  // namespace immure::cli
