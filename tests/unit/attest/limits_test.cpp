/// The table of limits: every list with an entry for each limit has all rows of the table.
#include "probe/limits.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

#include "attest/records.hpp"
#include "file/io.hpp"
#include "plan/plan.hpp"
#include "plan/profile.hpp"

namespace immure::attest {
namespace {

using probe::LimitRow;
using probe::Unit;

std::string in_profile(const LimitRow& row, std::uint64_t value) {
  const std::string number = std::to_string(value);
  switch (row.unit) {
    case Unit::kCount: return number;
    case Unit::kBytes: return "\"" + number + "B\"";
    case Unit::kMilliseconds: return "\"" + number + "ms\"";
    case Unit::kSeconds: return "\"" + number + "s\"";
  }
  return number;
}

Result<plan::Profile> parsed(const LimitRow& row, std::uint64_t value) {
  return plan::parse_profile("[limits]\n" + std::string(row.key) + " = " + in_profile(row, value) + "\n", "own.toml");
}

plan::Plan plan_with(const LimitRow& row, std::uint64_t value) {
  plan::Plan plan;
  plan.profile.limits.*row.member = value;
  return plan;
}

std::string read(const std::string& path) {
  constexpr std::uint64_t kLimit = 1 << 20;
  const auto text = file::read_whole(std::string(IMMURE_SOURCE_DIR "/") + path, kLimit);
  EXPECT_TRUE(text) << path;
  return text.value_or("");
}

/// A value that is not the default of any limit, and that every unit writes as a different number.
constexpr std::uint64_t kOther = 40'961;

TEST(Limits, TheTableHasEachMemberOnceAndNoNameTwice) {
  EXPECT_EQ(probe::kProfileLimits, sizeof(probe::Limits) / sizeof(std::uint64_t));
  std::set<std::string_view> keys, names, plan_names;
  std::set<std::string_view> proc_names;
  for (const LimitRow* row : probe::kLimitsByEvidenceName) {
    EXPECT_TRUE(keys.insert(row->key).second) << row->key;
    EXPECT_TRUE(names.insert(row->evidence_name).second) << row->key;
    EXPECT_TRUE(plan_names.insert(row->plan_name).second) << row->key;
    probe::Limits limits;
    limits.*row->member = kOther;
    for (const LimitRow* other : probe::kLimitsByEvidenceName)
      EXPECT_EQ(limits.*other->member == kOther, other == row) << row->key << " and " << other->key;
    EXPECT_LE(row->least, probe::Limits{}.*row->member) << row->key;
    EXPECT_GE(row->most, probe::Limits{}.*row->member) << row->key;
  }
  for (const LimitRow& row : probe::kLimits) {
    EXPECT_EQ(row.resource >= 0, !row.proc_name.empty()) << row.key << row.proc_name;
    const bool first = row.resource < 0 || proc_names.insert(row.proc_name).second;
    EXPECT_TRUE(first) << row.proc_name;
  }
}

TEST(Limits, AProfileSetsEachWithinItsRange) {
  for (const LimitRow* row : probe::kLimitsByEvidenceName) {
    for (const std::uint64_t value : {row->least, row->most}) {
      const auto profile = parsed(*row, value);
      ASSERT_TRUE(profile) << row->key << ": " << profile.error().what;
      EXPECT_EQ(profile->limits.*row->member, value) << row->key;
    }
    for (const std::uint64_t value : {row->least - 1, row->most + 1}) {
      const auto profile = parsed(*row, value);
      ASSERT_FALSE(profile) << row->key << " " << value;
      EXPECT_NE(profile.error().what.find("out of range: " + std::to_string(row->least) + " to "), std::string::npos);
    }
  }
}

TEST(Limits, ThePlanTellsEachInJsonAndInWords) {
  for (const LimitRow* row : probe::kLimitsByEvidenceName) {
    const plan::Plan plan = plan_with(*row, kOther);
    const std::string member = "\"" + std::string(row->plan_name) + "\":" + std::to_string(kOther);
    EXPECT_NE(plan_json(plan).find(member), std::string::npos) << row->key;
    std::string words(row->words);
    words.replace(words.find('*'), 1, std::to_string(kOther));
    if (row->unit == Unit::kMilliseconds) words = "time 40961 ms";
    EXPECT_NE(plan_text(plan).find(words), std::string::npos) << row->key << ": " << plan_text(plan);
  }
}

TEST(Limits, EvidenceNamesWhatEnforcesEach) {
  for (const LimitRow* row : probe::kLimitsByEvidenceName) {
    probe::Limits limits;
    limits.*row->member = kOther;
    const auto list = enforcements(limits, nullptr);
    EXPECT_TRUE(std::ranges::is_sorted(list, {}, &evidence::Enforcement::name));
    const auto found = std::ranges::find(list, row->evidence_name, &evidence::Enforcement::name);
    ASSERT_NE(found, list.end()) << row->key;
    EXPECT_EQ(found->value, kOther) << row->key;
    EXPECT_EQ(found->unit, name(row->unit)) << row->key;
    EXPECT_EQ(found->by, name(row->means)) << row->key;
    EXPECT_EQ(std::ranges::count(list, row->evidence_name, &evidence::Enforcement::name), row->watched ? 2 : 1);
  }
}

TEST(Limits, TheNamesInEvidenceArePartOfTheFormat) {
  std::string names;
  for (const auto& limit : enforcements(probe::Limits{}, nullptr))
    names += limit.name + " " + std::to_string(limit.value) + " " + limit.unit + " " + limit.by + "\n";
  EXPECT_EQ(names,
            "cpu 300 s rlimit\nfiles 256 count rlimit\nmemory 2147483648 bytes rlimit\nmemory 2147483648 bytes watch\n"
            "output-bytes 1073741824 bytes tmpfs\noutput-files 10000 count tmpfs\npids 64 count rlimit\n"
            "wall-clock 300000 ms timer\n");
  std::string resources;
  for (const LimitRow& row : probe::kLimits) resources += (row.resource < 0 ? "" : std::string(row.proc_name) + " ");
  EXPECT_EQ(resources,
            "address-space core-file-size cpu-time file-size processes open-files msgqueue-size locked-memory "
            "pending-signals ");
}

TEST(Limits, AControlGroupTakesThePlaceOfWhatHoldsEachProcess) {
  constexpr auto kMemory = probe::resource_limit(probe::row_of(&probe::Limits::memory_bytes), 5, true);
  constexpr auto kProcesses = probe::resource_limit(probe::row_of(&probe::Limits::processes), 5, true);
  constexpr auto kFiles = probe::resource_limit(probe::row_of(&probe::Limits::files), 5, true);
  static_assert(!kMemory.set && kProcesses.soft == 6 && kProcesses.hard == 6 && kFiles.soft == 5);
  constexpr auto kCpu = probe::resource_limit(probe::row_of(&probe::Limits::cpu_s), 5, false);
  static_assert(kCpu.soft == 5 && kCpu.hard == 6);
  static_assert(!probe::resource_limit(probe::row_of(&probe::Limits::wall_ms), 5, false).set);
}

TEST(Limits, TheDocumentationAndEachProfileHaveEachKey) {
  for (const char* path : {"docs/profiles.md", "profiles/static.toml", "profiles/dynamic.toml", "profiles/python.toml",
                           "profiles/jit.toml", "profiles/inspect.toml"}) {
    const std::string text = "\n" + read(path);
    for (const LimitRow* row : probe::kLimitsByEvidenceName)
      EXPECT_NE(text.find("\n" + std::string(row->key) + " = "), std::string::npos) << path << ": " << row->key;
  }
  const std::string format = read("docs/evidence-format.md");
  for (const LimitRow* row : probe::kLimitsByEvidenceName) {
    const bool has = row->hit_name.empty() || format.find("`" + std::string(row->hit_name) + "`") != std::string::npos;
    EXPECT_TRUE(has) << row->hit_name;
  }
}

}  // namespace
}  // namespace immure::attest
