#include "inspect/scan/magic.hpp"

#include "drop.hpp"
#include "inspect/wire.hpp"

namespace immure::inspect::test {
namespace {

using Magics = Drop;

// A compiled time zone, which every system has. Our own table does not know this type.
const std::string kZone = std::string("TZif2\0\0\0\0\0\0\0\0\0\0\0", 16) + std::string(28, '\0');
const std::string kNoise = "\x01\x02\xFE\xFD\x93 nobody knows\xFF";

TEST_F(Magics, WhatTheTableDoesNotKnowIsDescribed) {
  put("zone", kZone);
  put("noise", kNoise);
  put("text", "some text\n");
  put("a.zip", make_archive(as_zip, {{"inner", kZone}, {"text", "text\n"}}));
  EXPECT_EQ(run(), 2);
  EXPECT_EQ(findings(), Lines{"type.unknown noise"});
  EXPECT_TRUE(entry("zone")["described"].get<std::string>().starts_with("timezone data")) << entry("zone");
  EXPECT_FALSE(entry("noise").contains("described")) << entry("noise");
  EXPECT_FALSE(entry("text").contains("described"));
  EXPECT_TRUE(entry("a.zip")["members"][0].contains("described")) << entry("a.zip");
  EXPECT_FALSE(entry("a.zip")["members"][1].contains("described"));
  const auto asked = [](const Json& one) { return std::ranges::find(one["by"], Json("magic")) != one["by"].end(); };
  EXPECT_TRUE(asked(entry("noise")) && asked(entry("zone")));
  EXPECT_FALSE(asked(entry("text")));
}

TEST_F(Magics, ADescriptionIsEscaped) {
  // libmagic repeats texts of the file, so its descriptions need escaping, too.
  put("rpl", std::string("ARMovie\n") + "\x1b[31mred\xE2\x80\xAEgpj\n" + std::string(64, '\x01'));
  run();
  const std::string shown = entry("rpl").contains("described") ? entry("rpl")["described"].get<std::string>() : "";
  EXPECT_EQ(shown.find('\x1b'), std::string::npos) << shown;
  EXPECT_EQ(shown.find("\xE2\x80\xAE"), std::string::npos) << shown;
}

TEST(MagicTypes, EveryPrefixIsDescribedWithinTheLimit) {
  const auto magic = Magic::load();
  ASSERT_TRUE(magic) << to_text(magic.error());
  for (std::size_t size = 0; size <= kZone.size(); ++size) {
    const std::string_view prefix = std::string_view(kZone).substr(0, size);
    EXPECT_LE(magic->describe(std::as_bytes(std::span(prefix))).size(), kMaxDescription);
  }
}

TEST(MagicTypes, ADescriptionOverTheLimitIsRefused) {
  std::string out;
  wire::append_covered(out, {.number = 0, .covered = {}, .description = std::string(kMaxDescription + 1, 'x')});
  wire::Said said;
  EXPECT_TRUE(wire::accept(std::string_view(out).substr(4), 1, said));
  EXPECT_EQ(said.result.description.size(), kMaxDescription);
  // A worker that sends more than append_covered() writes is not honest.
  std::string longer = out.substr(4);
  longer[longer.size() - kMaxDescription - 4] = static_cast<char>(kMaxDescription + 1);
  longer += 'x';
  EXPECT_FALSE(wire::accept(longer, 1, said));
}

}  // namespace
}  // namespace immure::inspect::test
