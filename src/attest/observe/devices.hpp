/// The devices that a program can open although its cell has no device files: the observer hands out descriptors.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "attest/observe/refusals.hpp"
#include "evidence/evidence.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

/// Chooses the descriptor that answers a call of open(2). Only the path decides, and the path is read once. A program
/// that changes the path meanwhile gets another of these descriptors, or none; each of them is harmless whatever the
/// program does with it.
class Devices {
 public:
  Devices() = default;
  /// `null`: the null device through the cell's read-only mount, so that nobody can change its times or its mode.
  explicit Devices(sys::Fd null) : null_(std::move(null)) {}

  /// A descriptor for the caller `pid`; if the function returns nothing, the kernel continues the call.
  [[nodiscard]] sys::Fd descriptor_for(const Attempt& attempt, int pid) const;
  /// Counts a descriptor that the program got.
  void count(const Attempt& attempt) { ++counts_[normalised(attempt.path)]; }
  [[nodiscard]] std::vector<evidence::Device> handed_out() const;

 private:
  sys::Fd null_;
  std::map<std::string, std::uint64_t> counts_;
};

}  // namespace immure::attest
