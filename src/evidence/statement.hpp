/// The statement's canonical JSON, for callers that put other bytes before or around it.
#pragma once

#include <string>

#include "evidence/evidence.hpp"

namespace immure::evidence {

void append_statement(std::string& out, const Statement& statement);

}  // namespace immure::evidence
