/// Evidence of a pipeline in which every wall held.
#pragma once

#include <cstdint>
#include <string>

#include "evidence/evidence.hpp"
#include "file/sha256.hpp"
#include "sample.hpp"

namespace immure::test {

/// Makes a stage of a pipeline of a good run. What goes over each pipe is "abc".
inline void make_stage(evidence::Evidence& evidence, std::uint32_t number, std::uint32_t of) {
  const std::string abc = file::sha256_hex("abc");
  evidence.stage = {.number = number, .of = of, .read = {}, .written = {}};
  if (number != 1) evidence.stage->read = {.bytes = 3, .sha256 = abc, .taken = 3, .whole = true};
  if (number != of) evidence.stage->written = {.bytes = 3, .sha256 = abc};
  // Each cell has namespaces of its own.
  constexpr std::uint64_t kApart = 100;
  for (auto& [name, inode] : evidence.inside->namespaces) inode += kApart * number;
  for (evidence::OutsideView& view : evidence.outside) {
    view.namespaces = evidence.inside->namespaces;
    if (number != 1) view.descriptors.front().kind = "pipe";
  }
}

inline evidence::Statement statement_of_a_good_pipeline(std::uint32_t stages = 3) {
  evidence::Statement statement = statement_of_a_good_run();
  statement.predicate.stages.emplace();
  for (std::uint32_t number = 1; number < stages; ++number)
    make_stage(statement.predicate.stages->emplace_back(evidence_of_a_good_run()), number, stages);
  make_stage(statement.predicate, stages, stages);
  return statement;
}

/// Changes a good pipeline into one whose first stage was refused at its gate, so that the other stages never started.
inline void block_first_stage(evidence::Statement& statement) {
  evidence::Evidence& blocked = statement.predicate.stages->front();
  blocked.outside.pop_back();
  blocked.probes[0].effect = probe::kRead;
  chain(blocked);
  const auto end = [](evidence::Evidence& stage) {
    stage.payload.reset();
    stage.stage->read.reset();
    stage.stage->written.reset();
  };
  const auto never_start = [](evidence::Evidence& stage) {
    stage.inside.reset();
    stage.outside.clear();
    stage.probes.clear();
    stage.transcript = {};
  };
  for (evidence::Evidence& stage : *statement.predicate.stages) {
    end(stage);
    if (&stage != &blocked) never_start(stage);
  }
  end(statement.predicate);
  never_start(statement.predicate);
}

}  // namespace immure::test
