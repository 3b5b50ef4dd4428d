/// What a batch was asked to do, in the file `plan.json`. A batch goes on only if it is asked to do the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "sys/error.hpp"

namespace immure::cli {

/// Something that all runs have in common: an option, the program, the image, the key.
struct Fact {
  std::string name, value;
};
template <class T>
  requires std::is_same_v<std::remove_const_t<T>, Fact>
void visit(auto& v, T& x) {
  v("name", x.name);
  v("value", x.value);
}

struct PlannedInput {
  std::string name;   ///< of the run
  std::string shown;  ///< the input as the operator named it
  std::string state;  ///< BatchEntry::state
};
template <class T>
  requires std::is_same_v<std::remove_const_t<T>, PlannedInput>
void visit(auto& v, T& x) {
  v("input", x.shown);
  v("name", x.name);
  v("state", x.state);
}

struct BatchPlan {
  std::string began_on;  ///< UTC
  std::vector<Fact> facts;
  std::string id;  ///< 32 hex digits
  std::vector<PlannedInput> inputs;
  std::uint32_t version = 1;
};
template <class T>
  requires std::is_same_v<std::remove_const_t<T>, BatchPlan>
void visit(auto& v, T& x) {
  v("beganOn", x.began_on);
  v("facts", x.facts);
  v("id", x.id);
  v("inputs", x.inputs);
  v("version", x.version);
}

[[nodiscard]] std::string plan_text(const BatchPlan& plan);
/// Error kBadInput: the text is no plan of this version.
[[nodiscard]] Result<BatchPlan> read_plan(std::string_view text, const std::string& shown);

/// Error kBadInput if `now` asks for something else than `recorded`. The error names the first difference.
[[nodiscard]] Result<void> check_same_plan(const BatchPlan& recorded, const BatchPlan& now);

}  // namespace immure::cli
