/// No file of less than a kilobyte may take a second, whatever it is.
#include <random>

#include "drop.hpp"
#include "inspect/scan/type_table.hpp"

namespace immure::inspect::test {
namespace {

class Small : public Drop {
 protected:
  void expect_quick() {
    Limits limits;
    limits.file_ms = 1000;
    run(limits, 2);
    for (const Json& finding : report()["findings"]) {
      const std::string rule = finding["rule"];
      EXPECT_TRUE(rule != "read.parser-died" && rule != "limit.file-time") << finding.dump();
    }
  }
};

TEST_F(Small, NoBeginningTakesLong) {
  std::mt19937 random(1);
  std::size_t number = 0;
  for (const MagicBytes& magic : kMagics) {
    if (magic.offset > 300) continue;
    for (int i = 0; i < 12; ++i) {
      std::string file(magic.offset + 20 + static_cast<std::size_t>(i) * 70, '\0');
      // Some have random bytes, some have bytes of one value after the magic ones.
      for (char& c : file) c = static_cast<char>(i % 3 == 0 ? random() : i % 3 == 1 ? 0xFF : 0);
      file.replace(magic.offset, magic.bytes.size(), magic.bytes);
      put(std::to_string(number++), file);
    }
  }
  expect_quick();
  EXPECT_GT(number, 1000U);
}

TEST_F(Small, NoEntryOfAFuzzCorpusTakesLong) {
  const std::filesystem::path corpora[] = {
      std::filesystem::path(IMMURE_SOURCE_DIR) / "tests/fuzz/corpus",
      std::filesystem::path(IMMURE_SOURCE_DIR) / "build/fuzz/corpus/inspect_content"};
  std::size_t number = 0;
  for (const auto& corpus : corpora) {
    if (!std::filesystem::exists(corpus)) continue;
    for (const auto& file : std::filesystem::recursive_directory_iterator(corpus)) {
      if (file.is_regular_file() && file.file_size() < 1024) put(std::to_string(number++), slurp(file.path()));
    }
  }
  EXPECT_GT(number, 0U);
  expect_quick();
}

TEST_F(Small, StreamsOfManyLayersEndInTime) {
  std::string layers = "x";
  for (int i = 0; i < 14; ++i) layers = gzip(layers);
  put("layers.gz", layers);
  std::string damaged = layers;
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x55);
  put("damaged.gz", damaged);
  expect_quick();
}

}  // namespace
}  // namespace immure::inspect::test
