/// Thousands of changes to good evidence, each signed anew with the right key: nothing but the good run is ever
/// accepted.
#include <random>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sample.hpp"
#include "verify/verify.hpp"

namespace immure::verify {
namespace {

using nlohmann::json;

/// What no test of the matrix is about: with another value there it is another run, as good as this one.
bool is_free(const std::string& pointer) {
  static const char* const kBelow[] = {
      "/predicate/host/",
      "/predicate/durationUs",
      "/predicate/startedOn",
      "/predicate/finishedOn",
      "/predicate/payload/",
      "/predicate/input/",
      "/predicate/output/name",
      "/predicate/output/refused",
      "/predicate/limits/",
      "/predicate/filter/",
      "/predicate/plan/",
      "/predicate/image/",
      "/predicate/program/",
      "/predicate/launcher/",
      "/predicate/profile/",
      "/predicate/unsafe",
      "/predicate/inside/uid",
      "/predicate/inside/gid",
      "/predicate/inside/mountSource",
      "/predicate/matrix/name",
      "/predicate/neighbours/looked/",
      "/subject/",
  };
  static const char* const kAnywhere[] = {"/uidMap",        "/gidMap",         "/netIpv6Route",    "/environmentBytes",
                                          "/nsPid",         "/seccompFilters", "/mounts/0/type",   "/mounts/1/type",
                                          "/mounts/2/type", "/limits/",        "/hostNamespaces/", "/uids",
                                          "/gids",          "/descriptors/3"};
  for (const char* free : kBelow)
    if (pointer.starts_with(free)) return true;
  for (const char* free : kAnywhere)
    if (pointer.find(free) != std::string::npos) return true;
  return false;
}

/// Records are alike: a few of them stand for all.
bool is_one_probe_of_many(const std::string& pointer) {
  constexpr std::string_view kProbes = "/predicate/probes/";
  return pointer.starts_with(kProbes) && std::stoul(pointer.substr(kProbes.size())) % 23 != 0;
}

void collect(const json& value, const std::string& pointer, std::vector<std::string>& out) {
  if (is_one_probe_of_many(pointer)) return;
  if (!pointer.empty()) out.push_back(pointer);
  if (value.is_object())
    for (const auto& [key, member] : value.items()) collect(member, pointer + "/" + key, out);
  if (value.is_array())
    for (std::size_t i = 0; i < value.size(); ++i) collect(value[i], pointer + "/" + std::to_string(i), out);
}

class Mutants : public ::testing::Test {
 protected:
  Mutants() : good_(json::parse(evidence::statement_json(test::statement_of_a_good_run()))) {
    collect(good_, "", pointers_);
  }

  AttestationResult appraise_json(const json& statement) {
    return appraise(desk_.request(evidence::seal_bytes(statement.dump(), desk_.key)));
  }
  json& parent(json& root, const std::string& pointer) { return root[json::json_pointer(pointer).parent_pointer()]; }
  static std::string last(const std::string& pointer) { return pointer.substr(pointer.rfind('/') + 1); }

  /// Other values of the same type.
  static std::vector<json> others(const json& value) {
    if (value.is_boolean()) return {!value.get<bool>()};
    if (value.is_number()) return {value.get<std::int64_t>() + 1, -1};
    if (value.is_string()) return {value.get<std::string>() + "x", ""};
    if (value.is_array()) return {json::array()};
    return {json::object()};
  }

  test::Desk desk_;
  json good_;
  std::vector<std::string> pointers_;
};

TEST_F(Mutants, TheGoodRunIsAcceptedInItsOneForm) {
  EXPECT_EQ(appraise_json(good_).verdict, Verdict::kAccepted);
  EXPECT_EQ(appraise(desk_.request(evidence::seal_bytes(good_.dump(1), desk_.key))).code, "statement-malformed");
}

TEST_F(Mutants, AFieldLeftOutIsNeverAccepted) {
  std::size_t tried = 0;
  for (const std::string& pointer : pointers_) {
    json mutant = good_;
    json& holder = parent(mutant, pointer);
    // Every key must be there, whatever its value; a list may be shorter where it is free.
    if (holder.is_array() && is_free(pointer)) continue;
    if (holder.is_array()) {
      holder.erase(static_cast<std::size_t>(std::stoul(last(pointer))));
    } else {
      holder.erase(last(pointer));
    }
    EXPECT_NE(appraise_json(mutant).verdict, Verdict::kAccepted) << pointer;
    ++tried;
  }
  EXPECT_GT(tried, 500U);
}

TEST_F(Mutants, AnotherValueIsNeverAccepted) {
  std::size_t tried = 0;
  for (const std::string& pointer : pointers_) {
    if (is_free(pointer)) continue;
    const json& value = good_[json::json_pointer(pointer)];
    for (const json& other : others(value)) {
      if (other == value) continue;
      json mutant = good_;
      mutant[json::json_pointer(pointer)] = other;
      EXPECT_NE(appraise_json(mutant).verdict, Verdict::kAccepted) << pointer << " = " << other.dump();
      ++tried;
    }
  }
  EXPECT_GT(tried, 500U);
}

TEST_F(Mutants, AValueOfAnotherTypeIsNeverAccepted) {
  for (const std::string& pointer : pointers_) {
    const json& value = good_[json::json_pointer(pointer)];
    for (const json& other : {json(nullptr), json(1.5), json("x"), json::array({1}), json{{"passed", true}}}) {
      if (other.type() == value.type()) continue;
      json mutant = good_;
      mutant[json::json_pointer(pointer)] = other;
      const AttestationResult result = appraise_json(mutant);
      ASSERT_EQ(result.verdict, Verdict::kBlocked) << pointer << " = " << other.dump();
    }
  }
}

TEST_F(Mutants, AFurtherKeyIsNeverAccepted) {
  for (const std::string& pointer : pointers_) {
    json mutant = good_;
    json& value = mutant[json::json_pointer(pointer)];
    if (!value.is_object()) continue;
    value["passed"] = true;
    EXPECT_EQ(appraise_json(mutant).verdict, Verdict::kBlocked) << pointer;
  }
}

TEST_F(Mutants, AnElementTwiceIsNeverAccepted) {
  for (const std::string& pointer : pointers_) {
    json mutant = good_;
    json& holder = parent(mutant, pointer);
    if (!holder.is_array() || is_free(pointer)) continue;
    const auto i = static_cast<std::ptrdiff_t>(std::stoul(last(pointer)));
    holder.insert(holder.begin() + i, holder[static_cast<std::size_t>(i)]);
    EXPECT_NE(appraise_json(mutant).verdict, Verdict::kAccepted) << pointer;
  }
}

TEST_F(Mutants, AFlippedBitOfTheEnvelopeIsNeverAccepted) {
  const std::string sealed = evidence::seal(test::statement_of_a_good_run(), desk_.key);
  std::mt19937 random(20260609);
  for (int i = 0; i < 1500; ++i) {
    std::string mutant = sealed;
    // Half of them behind the payload, which is most of the file.
    const std::size_t from = i % 2 == 0 ? 0 : sealed.find("\",\"payloadType");
    const std::size_t at = from + random() % (mutant.size() - from);
    mutant[at] = static_cast<char>(mutant[at] ^ (1 << (random() % 8)));
    EXPECT_EQ(appraise(desk_.request(mutant)).verdict, Verdict::kBlocked) << at;
  }
}

TEST_F(Mutants, ACutOffEnvelopeIsNeverAccepted) {
  const std::string sealed = evidence::seal(test::statement_of_a_good_run(), desk_.key);
  for (std::size_t size = 0; size + 2 < sealed.size(); size += 97)
    EXPECT_EQ(appraise(desk_.request(sealed.substr(0, size))).verdict, Verdict::kBlocked) << size;
}

}  // namespace
}  // namespace immure::verify
