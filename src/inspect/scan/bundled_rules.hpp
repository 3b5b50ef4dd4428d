/// The rules of rules/*.yar, compiled by libyara when immure was built (build_tools/embed_rules.cpp).
#pragma once

#include <span>

namespace immure::inspect {

/// The compiled rules, in the form that yr_rules_load_stream reads.
[[nodiscard]] std::span<const unsigned char> bundled_rules();

}  // namespace immure::inspect
