/// The published vectors of tests/vectors. This test makes the vectors from a fixed key, and verifies the files as any
/// user would. Set IMMURE_UPDATE_GOLDEN=1 to write the files again after a change of the catalogue or the matrix.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "file/io.hpp"
#include "vector_maker.hpp"
#include "verify/verify.hpp"

namespace immure::verify {
namespace {

std::string index_of(const std::vector<Vector>& vectors) {
  json index = json::array();
  for (const Vector& v : vectors)
    index.push_back({{"file", v.name + ".json"},
                     {"key", v.key},
                     {"authentic", v.authentic},
                     {"canonical", v.canonical},
                     {"verdict", v.verdict},
                     {"code", v.code},
                     {"nonce", v.nonce},
                     {"audience", "ops@example.org"},
                     {"maxAge", 3600},
                     {"oldestEdition", v.oldest_edition == 0 ? judge::present_edition().number : v.oldest_edition},
                     {"now", v.now}});
  return index.dump(1) + "\n";
}

const std::vector<Vector>& vectors() {
  static const std::vector<Vector> kVectors = Maker().make();
  return kVectors;
}

std::string on_disk(const std::string& name) {
  return file::read_whole(kDirectory + "/" + name, kMaxBytes).value_or("");
}

TEST(Vectors, TheGeneratorMakesTheSameVectors) {
  std::map<std::string, std::string> files{{"attester.pub", key_of('a').public_key().pem()},
                                           {"index.json", index_of(vectors())}};
  files["small_order.pub"] =
      "-----BEGIN PUBLIC KEY-----\n"
      "MCowBQYDK2VwAyEAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
      "-----END PUBLIC KEY-----\n";
  for (const Vector& v : vectors())
    if (!v.kept || on_disk(v.name + ".json").empty()) files[v.name + ".json"] = v.bytes;
  if (std::getenv("IMMURE_UPDATE_GOLDEN") != nullptr) {
    for (const auto& [name, bytes] : files) ASSERT_TRUE(file::write_whole(kDirectory + "/" + name, bytes, 0644));
  }
  for (const auto& [name, bytes] : files) EXPECT_TRUE(on_disk(name) == bytes) << name;
}

void appraise_all(const json& index, const std::string& directory) {
  for (const json& v : index) {
    Request request;
    request.evidence_path = directory + "/" + v["file"].get<std::string>();
    request.key_paths = {directory + "/" + v["key"].get<std::string>()};
    request.accept = v.value("accept", std::vector<std::string>());
    request.nonce = v["nonce"];
    request.audience = v["audience"];
    request.max_age_s = v["maxAge"];
    request.now = v["now"];
    request.oldest_edition = v["oldestEdition"];
    const AttestationResult result = appraise(request);
    EXPECT_EQ(name(result.verdict), v["verdict"].get<std::string>()) << v["file"] << ": " << result.reason;
    EXPECT_EQ(std::string(result.code.text()), v["code"].get<std::string>()) << v["file"] << ": " << result.reason;
    EXPECT_EQ(!result.key_id.empty(), v["authentic"].get<bool>()) << v["file"];
    if (v.contains("recorded")) continue;
    EXPECT_EQ(v["file"].get<std::string>().ends_with("_fail.json"), v["verdict"] != "ACCEPTED") << v["file"];
  }
}

TEST(Vectors, AreAppraisedAsTheIndexSays) {
  const json index = json::parse(on_disk("index.json"));
  ASSERT_GT(index.size(), 60U);
  appraise_all(index, kDirectory);
}

/// Evidence of real runs, which script/record-vectors records. A change of the present edition before its release makes
/// the recorded runs evidence of an edition that nobody knows.
TEST(Vectors, RecordedRunsAreAppraisedAsTheirIndexSays) {
  json index = json::parse(on_disk("recorded/index.json"));
  ASSERT_GE(index.size(), 8U);
  const auto known = judge::editions(kMachine);
  for (json& v : index) {
    const std::string catalogue = v["catalogueSha256"];
    if (std::ranges::find(known, catalogue, &judge::Edition::catalogue) != known.end()) continue;
    std::cout << v["file"] << " is of another catalogue; script/record-vectors records the runs again\n";
    v["verdict"] = "BLOCKED", v["code"] = "catalogue-unknown";
  }
  appraise_all(index, kDirectory + "/recorded");
}

}  // namespace
}  // namespace immure::verify
