#include "cli/config.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

namespace immure::cli {
namespace {

namespace fs = std::filesystem;

/// A directory that becomes XDG_CONFIG_HOME.
class ConfigTest : public testing::Test {
 protected:
  ConfigTest() {
    std::string name = (fs::temp_directory_path() / "immure-config-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
    fs::create_directory(directory_ / "immure");
    ::setenv("XDG_CONFIG_HOME", directory_.c_str(), 1);
  }
  ~ConfigTest() override { fs::remove_all(directory_); }

  [[nodiscard]] std::string path() const { return directory_ / "immure/config.toml"; }

  std::string write(const std::string& text, unsigned mode = 0644) const {
    std::ofstream(path()) << text;
    ::chmod(path().c_str(), mode);
    return path();
  }

  /// What a command line has after the defaults were added.
  static Result<Arguments> with_defaults(std::string_view command, std::vector<std::string> words) {
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    TRY(Arguments arguments, parse(*find_command(command), pointers));
    CHECK_OK(add_defaults(arguments));
    return arguments;
  }

  static std::string error_of(const Result<Config>& config) { return config ? "" : to_text(config.error()); }

 private:
  fs::path directory_;
};

TEST_F(ConfigTest, SetsOptionsThatTheCommandLineLacks) {
  write("key = 'keys/host.key'\nvenue = 'native'\nprofile = 'python'\naudit = 'journald'\n");
  const auto arguments = with_defaults("run", {"--", "true"});
  ASSERT_TRUE(arguments) << to_text(arguments.error());
  // A path starts in the directory of the file.
  EXPECT_EQ(arguments->value("key"), fs::path(path()).parent_path() / "keys/host.key");
  EXPECT_EQ(arguments->value("venue"), "native");
  EXPECT_EQ(arguments->value("profile"), "python");
  EXPECT_EQ(arguments->value("audit"), "journald");
  EXPECT_EQ(arguments->origin("venue"), path() + ":2:venue");
  EXPECT_EQ(arguments->words(), (std::vector<std::string>{"--", "true"}));
}

TEST_F(ConfigTest, TheCommandLineOverrides) {
  write("key = '/host.key'\nsigner = 'sign'\nvenue = 'oci'\nruntime = 'runc'\nprofile = 'python'\n");
  const auto arguments = with_defaults("run", {"--key", "own.key", "--venue", "native", "--profile", "static", "true"});
  ASSERT_TRUE(arguments);
  EXPECT_EQ(arguments->value("key"), "own.key");
  EXPECT_FALSE(arguments->has("signer"));
  EXPECT_EQ(arguments->value("venue"), "native");
  EXPECT_FALSE(arguments->has("runtime"));
  EXPECT_EQ(arguments->value("profile"), "static");
  EXPECT_EQ(arguments->origin("profile"), "");
  const auto unsigned_run = with_defaults("run", {"--no-evidence", "true"});
  EXPECT_FALSE(unsigned_run->has("key"));
  EXPECT_EQ(unsigned_run->value("venue"), "oci");
}

TEST_F(ConfigTest, NoConfigReadsNothing) {
  write("key = 1\n");
  EXPECT_FALSE(with_defaults("run", {"true"}));
  const auto arguments = with_defaults("run", {"--no-config", "true"});
  ASSERT_TRUE(arguments);
  EXPECT_FALSE(arguments->has("key"));
}

TEST_F(ConfigTest, CommandsGetOnlyTheirOwnOptions) {
  write("key = '/host.key'\nvenue = 'native'\nprofile = 'python'\naudit = '/log'\n");
  const auto explain = with_defaults("explain", {"true"});
  EXPECT_FALSE(explain->has("key"));
  EXPECT_FALSE(explain->has("audit"));
  EXPECT_EQ(explain->value("profile"), "python");
  const auto inspect = with_defaults("inspect", {"drop"});
  EXPECT_EQ(inspect->value("key"), "/host.key");
  for (const Command& command : commands()) {
    const bool reads = command.name == "run" || command.name == "explain" || command.name == "batch" ||
                       command.name == "inspect" || command.name == "mcp";
    EXPECT_EQ(command.defaults, reads) << command.name;
  }
}

TEST_F(ConfigTest, NoFileIsNoError) {
  fs::remove_all(fs::path(path()).parent_path());
  EXPECT_TRUE(with_defaults("run", {"true"}));
  EXPECT_EQ(error_of(read_config("/nowhere/config.toml", ConfigOwner::kCaller)), "");
}

TEST_F(ConfigTest, RefusesAFileThatOthersCanWrite) {
  for (const unsigned mode : {0664U, 0646U, 0622U})
    EXPECT_NE(error_of(read_config(write("", mode), ConfigOwner::kCaller)).find("can be written by"),
              std::string::npos);
  for (const unsigned mode : {0644U, 0600U, 0444U})
    EXPECT_EQ(error_of(read_config(write("", mode), ConfigOwner::kCaller)), "");
}

TEST_F(ConfigTest, RefusesAFileOfSomebodyElse) {
  write("");
  if (::geteuid() != 0) {
    // The file belongs to the caller, and the file of the system must belong to root.
    EXPECT_NE(error_of(read_config(path(), ConfigOwner::kRoot)).find("belongs to user"), std::string::npos);
    return;
  }
  EXPECT_EQ(error_of(read_config(path(), ConfigOwner::kRoot)), "");
  ASSERT_EQ(::chown(path().c_str(), 65534, 65534), 0);
  for (const ConfigOwner owner : {ConfigOwner::kRoot, ConfigOwner::kCaller})
    EXPECT_NE(error_of(read_config(path(), owner)).find("belongs to user 65534"), std::string::npos);
}

TEST_F(ConfigTest, NamesFileLineAndKey) {
  const auto error = [this](const std::string& text) {
    return error_of(read_config(write(text), ConfigOwner::kCaller));
  };
  EXPECT_TRUE(error("\nkeys = 'x'\n").starts_with(path() + ":2:keys: is an unknown key")) << error("\nkeys = 'x'\n");
  EXPECT_TRUE(error("key = 1\n").starts_with(path() + ":1:key")) << error("key = 1\n");
  EXPECT_TRUE(error("key = \n").starts_with(path() + ":1")) << error("key = \n");
  write("venue = 'moon'\n");
  const auto arguments = with_defaults("run", {"true"});
  ASSERT_FALSE(arguments);
  EXPECT_TRUE(to_text(arguments.error()).starts_with(path() + ":1:venue: cannot be moon"));
}

TEST_F(ConfigTest, TheFileOfTheSystemComesFirst) {
  const auto files = config_files();
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].path, "/etc/immure/config.toml");
  EXPECT_EQ(files[0].owner, ConfigOwner::kRoot);
  EXPECT_EQ(files[1].path, path());
  EXPECT_EQ(files[1].owner, ConfigOwner::kCaller);
}

}  // namespace
}  // namespace immure::cli
