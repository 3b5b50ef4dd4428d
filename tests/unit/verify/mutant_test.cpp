/// Thousands of changes to good evidence, each signed anew with the right key: nothing but the good run is ever accepted.
#include <random>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "evidence/base64.hpp"
#include "sample.hpp"
#include "verify/verify.hpp"

namespace immure::verify {
namespace {

using nlohmann::json;

/// Raw bytes as a payload, signed.
std::string seal_bytes(std::string_view body, const evidence::PrivateKey& key) {
  const std::string signature = key.sign(evidence::pre_authentication_encoding(evidence::kPayloadType, body));
  return json{{"payload", evidence::base64(body)},
              {"payloadType", evidence::kPayloadType},
              {"signatures", json::array({{{"keyid", key.public_key().key_id()}, {"sig", evidence::base64(signature)}}})}}
      .dump();
}

/// Says things about the run that no test of the matrix is about: another value there is another run, as good as this one.
bool is_free(const std::string& pointer) {
  static const char* const kFree[] = {
      "/predicate/host/",        "/predicate/audience",  "/predicate/durationUs",      "/predicate/startedOn",  "/predicate/finishedOn",
      "/predicate/payload/",     "/predicate/input/",    "/predicate/output/name",     "/predicate/output/refused", "/predicate/limits/",
      "/predicate/inside/uid",   "/predicate/inside/gid", "/predicate/inside/mountSource", "/predicate/filter/", "/predicate/profile/",
      "/predicate/plan/",        "/predicate/image/",    "/predicate/program/",        "/predicate/launcher/",  "/predicate/matrix/name",
      "/subject/",
  };
  for (const char* free : kFree)
    if (pointer.starts_with(free)) return true;
  for (const char* free : {"/uidMap", "/gidMap", "/netIpv6Route/0", "/environmentBytes", "/nsPid", "/name", "/unsafe", "/type"})
    if (pointer.ends_with(free)) return true;
  return pointer.find("/limits/") != std::string::npos || pointer.find("Namespaces/") != std::string::npos ||
         pointer.find("/uids") != std::string::npos || pointer.find("/gids") != std::string::npos;
}

void collect(const json& value, const std::string& pointer, std::vector<std::string>& out) {
  if (!pointer.empty()) out.push_back(pointer);
  if (value.is_object())
    for (const auto& [key, member] : value.items()) collect(member, pointer + "/" + key, out);
  if (value.is_array())
    for (std::size_t i = 0; i < value.size(); ++i) collect(value[i], pointer + "/" + std::to_string(i), out);
}

class Mutants : public ::testing::Test {
 protected:
  Mutants() : good_(json::parse(evidence::statement_json(test::statement_of_a_good_run()))) { collect(good_, "", pointers_); }

  AttestationResult appraise_json(const json& statement) {
    return appraise(desk_.request(seal_bytes(statement.dump(), desk_.key)));
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

TEST_F(Mutants, TheGoodRunIsAcceptedInAnyLayout) {
  EXPECT_EQ(appraise_json(good_).verdict, Verdict::kAccepted);
  EXPECT_EQ(appraise(desk_.request(seal_bytes(good_.dump(2), desk_.key))).verdict, Verdict::kAccepted);
}

TEST_F(Mutants, AFieldLeftOutIsNeverAccepted) {
  std::size_t tried = 0;
  for (const std::string& pointer : pointers_) {
    json mutant = good_;
    json& holder = parent(mutant, pointer);
    // The audience is asked for, the nonce too; a list may be shorter where it is free.
    if (holder.is_array() && is_free(pointer)) continue;
    if (holder.is_array())
      holder.erase(static_cast<std::size_t>(std::stoul(last(pointer))));
    else
      holder.erase(last(pointer));
    if (pointer.find("/netIpv6Route/") != std::string::npos) continue;
    // A name, option or argument fewer can be another good run only where nothing else has the same list.
    const AttestationResult result = appraise_json(mutant);
    EXPECT_NE(result.verdict, Verdict::kAccepted) << pointer;
    ++tried;
  }
  EXPECT_GT(tried, 2000U);
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
  EXPECT_GT(tried, 2000U);
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
    if (!holder.is_array() || is_free(pointer) || pointer.find("/netIpv6Route/") != std::string::npos) continue;
    const auto i = static_cast<std::ptrdiff_t>(std::stoul(last(pointer)));
    holder.insert(holder.begin() + i, holder[static_cast<std::size_t>(i)]);
    EXPECT_NE(appraise_json(mutant).verdict, Verdict::kAccepted) << pointer;
  }
}

TEST_F(Mutants, AFlippedBitOfTheEnvelopeIsNeverAnotherAcceptedStatement) {
  const std::string sealed = evidence::seal(test::statement_of_a_good_run(), desk_.key);
  std::mt19937 random(20260609);
  for (int i = 0; i < 1500; ++i) {
    std::string mutant = sealed;
    const std::size_t at = random() % mutant.size();
    mutant[at] = static_cast<char>(mutant[at] ^ (1 << (random() % 8)));
    const AttestationResult result = appraise(desk_.request(mutant));
    // The key's id is a hint that nobody trusts, and blanks between tokens say nothing.
    if (result.verdict != Verdict::kAccepted) continue;
    EXPECT_EQ(evidence::statement_json(*result.statement), good_.dump()) << at;
    EXPECT_GE(at, sealed.find("\",\"payloadType")) << at;
  }
}

TEST_F(Mutants, ACutOffEnvelopeIsNeverAccepted) {
  const std::string sealed = evidence::seal(test::statement_of_a_good_run(), desk_.key);
  for (std::size_t size = 0; size + 2 < sealed.size(); size += 97)
    EXPECT_EQ(appraise(desk_.request(sealed.substr(0, size))).verdict, Verdict::kBlocked) << size;
}

}  // namespace
}  // namespace immure::verify
