#include "tlog/log.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "../file/temp_dir.hpp"
#include "file/io.hpp"

namespace immure::tlog {
namespace {

namespace fs = std::filesystem;
using evidence::PrivateKey;

Entry entry(std::uint64_t number) {
  return {.evidence_sha256 = file::sha256_hex(std::to_string(number)),
          .run_id = file::sha256_hex("run" + std::to_string(number)).substr(0, 32)};
}

class LogTest : public testing::Test {
 protected:
  /// Adds the entries from `begin` to `end` in one step.
  Result<void> add(std::uint64_t begin, std::uint64_t end) {
    TRY(Files files, Files::open_or_make(path_));
    CHECK_OK(files.lock());
    TRY(const bool exists, Log::exists(files));
    Log log("example.com/runs");
    if (exists) {
      TRY(log, Log::read(files, key_.public_key()));
    }
    std::vector<Entry> entries;
    for (std::uint64_t number = begin; number < end; ++number) entries.push_back(entry(number));
    return log.append(entries, files, key_, "log.key");
  }
  Result<Log> read() {
    TRY(const Files files, Files::open(path_));
    return Log::read(files, key_.public_key());
  }
  [[nodiscard]] std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    for (const auto& one : fs::recursive_directory_iterator(path_))
      if (one.is_regular_file() && one.path().filename() != ".lock") found.push_back(one.path());
    return found;
  }

  test::TempDir top_;
  std::string path_ = top_.path() + "/log";
  PrivateKey key_ = PrivateKey::generate();
};

TEST(LogPaths, AreThoseOfTheTilesOfC2SP) {
  EXPECT_EQ(tile_path("0", 0), "tile/0/000");
  EXPECT_EQ(tile_path("entries", 1'234'067), "tile/entries/x001/x234/067");
  EXPECT_EQ(tile_path("1", 5, 12), "tile/1/005.p/12");
}

TEST(LogEntry, HasOneSpelling) {
  const std::string text = entry_text(entry(1));
  EXPECT_EQ(parse_entry(text), entry(1));
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = '!';
    EXPECT_FALSE(parse_entry(changed)) << changed;
    EXPECT_FALSE(parse_entry(text.substr(0, at)));
  }
  EXPECT_FALSE(parse_entry(text + " "));
}

TEST_F(LogTest, GrowsAndKeepsWhatItHas) {
  // The sizes lie on both sides of the width of a tile.
  std::uint64_t before = 0;
  std::vector<Checkpoint> earlier;
  for (const std::uint64_t size : {1, 2, 255, 256, 257, 600}) {
    ASSERT_TRUE(add(before, size)) << size;
    const auto log = read();
    ASSERT_TRUE(log) << to_text(log.error());
    EXPECT_EQ(log->checkpoint().size, size);
    EXPECT_EQ(log->find(entry(size - 1).evidence_sha256), size - 1);
    EXPECT_FALSE(log->find(entry(size).evidence_sha256));
    for (const Checkpoint& one : earlier) EXPECT_TRUE(log->continues(one)) << one.size;
    earlier.push_back(log->checkpoint());
    before = size;
  }
  EXPECT_TRUE(fs::exists(path_ + "/tile/0/000"));
  EXPECT_TRUE(fs::exists(path_ + "/tile/0/002.p/88"));
  EXPECT_TRUE(fs::exists(path_ + "/tile/1/000.p/2"));
  EXPECT_FALSE(fs::exists(path_ + "/tile/0/000.p"));
}

TEST_F(LogTest, DoesNotContinueAnotherLog) {
  ASSERT_TRUE(add(0, 5));
  const Checkpoint five = read()->checkpoint();
  fs::remove_all(path_);
  ASSERT_TRUE(add(1, 9));
  EXPECT_FALSE(read()->continues(five));
  EXPECT_FALSE(Log("example.com/runs").continues(five));
}

TEST_F(LogTest, IsRefusedIfAnyFileIsChangedOrMissing) {
  ASSERT_TRUE(add(0, 300));
  for (const fs::path& path : files()) {
    const std::string bytes = *file::read_whole(path, 1U << 20U);
    for (const std::size_t at : {std::size_t{0}, bytes.size() / 2, bytes.size() - 1}) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      std::ofstream(path, std::ios::binary) << changed;
      EXPECT_FALSE(read()) << path << " at " << at;
    }
    fs::remove(path);
    EXPECT_FALSE(read()) << path << " removed";
    std::ofstream(path, std::ios::binary) << bytes;
    ASSERT_TRUE(read()) << path;
  }
}

TEST_F(LogTest, IsTheEarlierLogUntilTheCheckpointIsWritten) {
  ASSERT_TRUE(add(0, 250));
  const std::string checkpoint = *file::read_whole(path_ + "/checkpoint", kMaxNoteBytes);
  ASSERT_TRUE(add(250, 260));
  // A process that was killed before it wrote the checkpoint has left newer tiles.
  std::ofstream(path_ + "/checkpoint", std::ios::binary) << checkpoint;
  ASSERT_TRUE(read());
  EXPECT_EQ(read()->checkpoint().size, 250U);
  ASSERT_TRUE(add(1000, 1010));
  EXPECT_EQ(read()->entries().back(), entry(1009));
}

TEST_F(LogTest, ProvesItsEntries) {
  ASSERT_TRUE(add(0, 300));
  const Log log = *read();
  for (const std::uint64_t index : {0U, 1U, 255U, 256U, 299U}) {
    const std::string proof = log.proof(index);
    EXPECT_TRUE(check_proof(proof, entry(index), key_.public_key(), "proof"));
    EXPECT_FALSE(check_proof(proof, entry(index + 1), key_.public_key(), "proof"));
    EXPECT_FALSE(check_proof(proof, entry(index), PrivateKey::generate().public_key(), "proof"));
    for (std::size_t at = 0; at < proof.size(); ++at) {
      std::string changed = proof;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      EXPECT_FALSE(check_proof(changed, entry(index), key_.public_key(), "proof")) << changed;
    }
  }
}

}  // namespace
}  // namespace immure::tlog
