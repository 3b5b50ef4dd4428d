/// The tables of spec/, which verifiers in other languages read. This test computes the files from the tables of the
/// source and compares them. Set IMMURE_UPDATE_GOLDEN=1 to write the files again after a change.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <signal.h>
#include <nlohmann/json.hpp>

#include "statement_schema.hpp"

#include "evidence/envelope.hpp"
#include "evidence/json.hpp"
#include "evidence/reason.hpp"
#include "file/io.hpp"
#include "judge/claim.hpp"
#include "judge/demand.hpp"
#include "judge/edition.hpp"
#include "judge/known.hpp"
#include "judge/observed.hpp"
#include "judge/text.hpp"
#include "probe/call_numbers.hpp"
#include "probe/catalogue.hpp"
#include "probe/fixed_files.hpp"
#include "probe/limits.hpp"
#include "probe/runner.hpp"
#include "sys/bpf_eval.hpp"
#include "sys/credentials.hpp"
#include "sys/namespaces.hpp"
#include "text/credential.hpp"

namespace immure {
namespace {

using nlohmann::json;
using probe::Row;

const std::string kDirectory = std::string(IMMURE_SOURCE_DIR) + "/spec";
constexpr std::size_t kMaxBytes = 4U << 20;

json names_of(probe::Gifts gifts) {
  json names = json::array();
  if ((gifts & probe::kHelpers) != 0) names.push_back("helpers");
  if ((gifts & probe::kReadBack) != 0) names.push_back("readBack");
  if ((gifts & probe::kScratch) != 0) names.push_back("scratch");
  if ((gifts & probe::kSocketPairs) != 0) names.push_back("socketPairs");
  return names;
}

json effects_of(std::uint32_t bits) {
  json names = json::array();
  if ((bits & probe::kCreated) != 0) names.push_back("created");
  if ((bits & probe::kRead) != 0) names.push_back("read");
  if ((bits & probe::kWritten) != 0) names.push_back("written");
  return names;
}

/// An answer by its name: `ok`, an errno or `signal 31`. Names are the same on every machine.
json answers_of(const probe::Answers& answers) {
  json names = json::array();
  for (std::size_t i = 0; i < answers.count; ++i) {
    probe::Answers one;
    one.values[0] = answers.values.at(i);
    one.count = 1;
    names.push_back(judge::answers_text(one));
  }
  return names;
}

json given_of(const Row& row) {
  json list = json::array();
  for (const probe::Given& given : row.given)
    if (given.gifts != probe::kNothing)
      list.push_back({{"gifts", names_of(given.gifts)},
                      {"answers", answers_of(given.answers)},
                      {"effects", effects_of(given.effects)},
                      {"denies", given.denies}});
  return list;
}

std::string hex(std::uint64_t number) {
  std::string out = "0x";
  for (int shift = 60; shift >= 0; shift -= 4) out += "0123456789abcdef"[(number >> shift) & 0xF];
  return out;
}

/// Stands for the address of a buffer or a text, as in judge/demand.cpp.
constexpr std::uint64_t kSomewhere = 0x00007fff00001000U;

void add_call(json& out, const Row& row) {
  json arguments = json::array();
  json words = json::array();
  for (const probe::Arg& arg : row.args) {
    const bool address = arg.kind == probe::Arg::Kind::kText || arg.kind == probe::Arg::Kind::kBuffer;
    words.push_back(hex(address ? kSomewhere : arg.kind == probe::Arg::Kind::kNumber ? arg.number : 0));
    if (arg.kind != probe::Arg::Kind::kNone) arguments.push_back(judge::argument_text(arg));
  }
  out["args"] = arguments;
  const bool one_call = row.run == nullptr && (row.flags & probe::kPastFilter) == 0;
  // One probe makes the call of number -1, which is no call of any machine.
  if (row.nr != -1 || one_call) out["number"] = static_cast<std::uint32_t>(row.nr);
  if (one_call) out["words"] = words;
}

json row_of(const Row& row) {
  json out{{"id", row.id},
           {"boundary", probe::name(row.boundary)},
           {"test", int{row.test}},
           {"tries", row.tries},
           {"syscall", row.syscall},
           {"edition", row.edition},
           {"kernel", row.since},
           {"denied", answers_of(row.cell)},
           {"walls", answers_of(row.walls)},
           {"behindFilter", answers_of(row.reach)},
           {"feigned", answers_of(row.feigned)},
           {"forbidden", effects_of(row.forbidden)},
           {"given", given_of(row)},
           {"layer", probe::demanded(row, probe::Stage::kAttribution)},
           {"controlTried", (row.flags & probe::kCostly) == 0 || probe::demanded(row, probe::Stage::kControl)},
           {"controlDiffers", (row.flags & probe::kNoControl) == 0},
           {"free", (row.flags & probe::kFree) != 0},
           {"fixedFile", (row.flags & probe::kFixed) != 0}};
  add_call(out, row);
  if (row.until != 0) out["until"] = row.until;
  if (!row.unless.empty()) out["unless"] = row.unless;
  return out;
}

json probes_of(sys::Machine machine) {
  json rows = json::array();
  for (const Row& row : probe::rows_of_all_editions(machine)) rows.push_back(row_of(row));
  return {{"machine", sys::name(machine)}, {"probes", rows}};
}

json editions() {
  json list = json::array();
  for (const sys::Machine machine : sys::kMachines)
    for (const judge::Edition& edition : judge::editions(machine))
      list.push_back({{"number", edition.number},
                      {"machine", sys::name(machine)},
                      {"catalogueSha256", edition.catalogue},
                      {"matrixSha256", edition.matrix},
                      {"probes", judge::rows_of(edition).size()}});
  return {{"present", judge::present_edition().number},
          {"editions", list},
          {"since",
           {{"layers", judge::kLayersSince},
            {"channels", judge::kChannelsSince},
            {"fixedFiles", judge::kFixedFilesSince},
            {"mounts", judge::kMountsSince},
            {"filter", judge::kFilterSince},
            {"claims", judge::kClaimsSince},
            {"helpers", judge::kHelpersSince}}}};
}

json tests() {
  json list = json::array();
  for (const judge::MatrixTest& test : judge::matrix()) {
    json row{
        {"number", int{test.number}}, {"level", test.level}, {"title", test.title}, {"passesWhen", test.passes_when}};
    if (!test.boundary.empty()) row["boundary"] = test.boundary;
    if (test.in_place_of != 0) row["inPlaceOf"] = test.in_place_of;
    list.push_back(row);
  }
  return {{"tests", list}};
}

json acceptance() {
  json gifts = json::array();
  for (const probe::Gift gift : {probe::kHelpers, probe::kReadBack, probe::kScratch, probe::kSocketPairs}) {
    const judge::Claim claim{.gifts = gift};
    json replaced = json::array();
    for (const judge::SandboxTest test : judge::SandboxTest::all())
      if (claim.test_in(test) != test) replaced.push_back({{"test", int{test}}, {"by", int{claim.test_in(test)}}});
    gifts.push_back({{"gift", names_of(gift)[0]}, {"profile", judge::profile_with(gift)}, {"replaces", replaced}});
  }
  return {
      {"profiles", judge::kAcceptanceProfiles}, {"without", judge::profile_with(probe::kNothing)}, {"gifts", gifts}};
}

json limits() {
  json list = json::array();
  for (const probe::LimitRow& row : probe::kLimits) {
    json out{{"unit", probe::name(row.unit)}, {"since", row.since}};
    if (!row.evidence_name.empty()) out["name"] = row.evidence_name;
    if (!row.hit_name.empty()) out["hit"] = row.hit_name;
    if (!row.proc_name.empty()) out["proc"] = row.proc_name;
    if (row.member != nullptr) out["by"] = probe::name(row.means);
    if (row.member == nullptr) out["fixed"] = row.fixed;
    out["groupMay"] = row.means == probe::Means::kGroup;
    out["watched"] = row.watched;
    out["lowerStays"] = row.lower_stays;
    out["grace"] = row.grace;
    list.push_back(out);
  }
  return {{"limits", list}, {"scratch", probe::kScratchLimit}};
}

json reasons() {
  json list = json::array();
  for (const evidence::ReasonRow& row : evidence::kReasons) list.push_back({{"code", row.code}, {"when", row.when}});
  return {{"reasons", list}};
}

json errnos() {
  json out;
  constexpr int kMost = 133;
  for (int number = 1; number <= kMost; ++number)
    if (const char* name = ::strerrorname_np(number)) out[name] = number;
  return out;
}

json machines() {
  json out;
  for (const sys::Machine machine : sys::kMachines) {
    json calls;
    const bool x86 = machine == sys::Machine::kX86_64;
    for (const probe::CallNumber& call : probe::kCallNumbers)
      if (const long number = x86 ? call.x86_64 : call.aarch64; number != probe::kNoCall)
        calls[std::string(call.syscall)] = number;
    // The call by which the cell shows that the observer hears of openings (judge/judge_observer.cpp).
    calls["openat"] = x86 ? 257 : 56;
    const std::string name(sys::name(machine));
    out[name]["auditArchitecture"] = x86 ? sys::simulation::kArchX86_64 : sys::simulation::kArchAarch64;
    out[name]["calls"] = calls;
    out[name]["errno"] = errnos();
  }
  return {{"machines", out}};
}

json walls() {
  json list;
  for (const auto& [name, test] : judge::kOfWalls) list[std::string(name)] = int{test};
  return list;
}

json fixed_files(const std::vector<probe::FixedFile>& files) {
  json list = json::array();
  for (const probe::FixedFile& file : files) list.push_back({{"path", file.path}, {"content", file.content}});
  return list;
}

json constants() {
  const text::CredentialNames names = text::credential_names();
  return {
      {"reading",
       {{"envelopeBytes", evidence::kMaxEnvelopeBytes},
        {"textBytes", evidence::json::kMaxTextBytes},
        {"elements", evidence::json::kMaxElements},
        {"integer", evidence::json::kMaxInteger}}},
      {"effects", {{"created", 1}, {"read", 2}, {"written", 4}, {"signal", 8}, {"notRun", 16}}},
      {"filterAnswer", probe::kFilterAnswer},
      {"controlPlace", judge::kControlPlace},
      {"addressSpaceProbe", judge::kAddressSpaceProbe},
      {"maxInstructions", sys::kMaxInstructions},
      {"callNumbers", sys::kCallNumbers},
      {"unsafe", judge::kUnsafe},
      {"venues", judge::kVenues},
      {"native", judge::kNative},
      {"venueWithoutFilter", judge::kVenueWithoutFilter},
      {"namespaces", sys::kNamespaceNames},
      {"outerNamespaces", walls()},
      {"securebits", sys::kLockedSecurebits},
      {"quietLoopback", judge::kQuietLoopback},
      {"nullDevice", judge::kNullDevice},
      {"devices", judge::kDevices},
      {"idsOfRoot", {{"first", judge::kFirstIdOfRoot}, {"count", judge::kIdsOfRoot}}},
      {"oomScoreAdj", judge::kFirstVictim},
      {"scratchPath", probe::kScratchPath},
      {"scratchLinks", probe::kScratchLinks},
      {"mostProcessors", probe::kMaxProcessors},
      {"mostStages", evidence::kMostStages},
      {"fixedFiles", fixed_files(probe::constant_files())},
      {"helperFixtures", fixed_files(probe::helper_fixtures())},
      {"credentialNames",
       {{"words", std::vector<std::string_view>(names.words.begin(), names.words.end())},
        {"ends", std::vector<std::string_view>(names.ends.begin(), names.ends.end())},
        {"counting", std::vector<std::string_view>(names.counting.begin(), names.counting.end())},
        {"last", names.last}}},
  };
}

/// One line for each member, and for each element of a list of objects, so that a difference is easy to read.
std::string lines_of(const json& top) {
  std::string out = "{\n";
  for (auto member = top.begin(); member != top.end(); ++member) {
    out += (member == top.begin() ? " " : ",\n ") + json(member.key()).dump() + ": ";
    const bool rows = member->is_array() && !member->empty() && member->front().is_object();
    if (!rows) {
      out += member->dump();
      continue;
    }
    out += "[\n";
    for (std::size_t i = 0; i < member->size(); ++i) out += (i == 0 ? "  " : ",\n  ") + (*member)[i].dump();
    out += "\n ]";
  }
  return out + "\n}\n";
}

TEST(Vectors, TheTablesOfTheSpecificationAreThoseOfTheSource) {
  const std::map<std::string, std::string> files{
      {"acceptance.json", lines_of(acceptance())},
      {"constants.json", lines_of(constants())},
      {"editions.json", lines_of(editions())},
      {"limits.json", lines_of(limits())},
      {"machines.json", machines().dump(1) + "\n"},
      {"probes-aarch64.json", lines_of(probes_of(sys::Machine::kAarch64))},
      {"probes-x86_64.json", lines_of(probes_of(sys::Machine::kX86_64))},
      {"reasons.json", lines_of(reasons())},
      {"statement.schema.json", test::statement_schema().dump(1) + "\n"},
      {"tests.json", lines_of(tests())},
  };
  const bool update = std::getenv("IMMURE_UPDATE_GOLDEN") != nullptr;
  for (const auto& [name, text] : files) {
    const std::string path = kDirectory + "/" + name;
    if (update) {
      ASSERT_TRUE(file::write_whole(path, text, 0644));
    }
    EXPECT_TRUE(file::read_whole(path, kMaxBytes).value_or("") == text)
        << path << " differs from the source; IMMURE_UPDATE_GOLDEN=1 with this test writes the file again";
  }
}

TEST(Vectors, TheReadmeOfTheSpecificationExplainsEachConstant) {
  const std::string readme = file::read_whole(kDirectory + "/README.md", kMaxBytes).value_or("");
  const json all = constants();
  for (const auto& [key, value] : all.items())
    EXPECT_NE(readme.find("`" + key + "`"), std::string::npos) << "spec/README.md does not explain " << key;
}

}  // namespace
}  // namespace immure
