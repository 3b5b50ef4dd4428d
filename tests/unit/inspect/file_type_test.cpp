#include "inspect/scan/file_type.hpp"

#include <string>

#include <gtest/gtest.h>

namespace immure::inspect {
namespace {

std::string_view type_of(std::string_view content) {
  return file_types()[detect(std::as_bytes(std::span(content)))].name;
}

std::string padded(std::string content, std::size_t size = 600) {
  content.resize(size, '\0');
  return content;
}

TEST(FileType, ContentsAreRecognisedByTheirFirstBytes) {
  using namespace std::string_literals;
  EXPECT_EQ(type_of(""), "empty");
  EXPECT_EQ(type_of("hello\n"), "text");
  EXPECT_EQ(type_of("#!/bin/sh\necho\n"), "script");
  EXPECT_EQ(type_of("  <!DOCTYPE html><p>"), "html");
  EXPECT_EQ(type_of("\xEF\xBB\xBF<?xml version=\"1.0\"?>"), "xml");
  EXPECT_EQ(type_of("-----BEGIN CERTIFICATE-----\n"), "pem");
  EXPECT_EQ(type_of("caf\xE9 ol\xE9\n"), "text-8bit");
  EXPECT_EQ(type_of("\xFF\xFE"
                    "a\0b\0"s),
            "text-utf16");
  EXPECT_EQ(type_of(padded("\x7F"
                           "ELF\x02")),
            "elf");
  EXPECT_EQ(type_of(padded("MZ")), "dos");
  std::string pe = padded("MZ");
  pe[0x3C] = '\x40';
  pe.replace(0x40, 4, "PE\0\0"s);
  EXPECT_EQ(type_of(pe), "pe");
  EXPECT_EQ(type_of("%PDF-1.7\n"), "pdf");
  EXPECT_EQ(type_of("\xCA\xFE\xBA\xBE\0\0\0\x34"s), "class");
  EXPECT_EQ(type_of("\xCA\xFE\xBA\xBE\0\0\0\x02"s), "macho");
  EXPECT_EQ(type_of("RIFF\x10\0\0\0WAVEfmt "s), "wav");
  EXPECT_EQ(type_of("\0\0\0\x18"
                    "ftypavif"s),
            "avif");
  EXPECT_EQ(type_of("BM is a car maker\n"), "text");
  EXPECT_EQ(type_of("\x80\x04\x95\x10\0\0\0\0\0\0\0"s), "pickle");
  EXPECT_EQ(type_of("\x01\x02\x03\x04\x05"), "unknown");
}

TEST(FileType, ZipsAreRecognisedByTheirFirstMembers) {
  const auto zip = [](std::string_view name) {
    return "PK\x03\x04" + std::string(26, '\0') + std::string(name) + std::string(100, '\0');
  };
  EXPECT_EQ(type_of(zip("a.txt")), "zip");
  EXPECT_EQ(type_of(zip("[Content_Types].xml")), "ooxml");
  EXPECT_EQ(type_of(zip("META-INF/MANIFEST.MF")), "jar");
  EXPECT_EQ(type_of(zip("mimetypeapplication/epub+zip")), "epub");
}

TEST(FileType, OldTarsAreRecognisedByTheirChecksum) {
  std::string tar = padded("a.txt", 1024);
  tar.replace(100, 8, std::string("0000644\0", 8));
  tar.replace(148, 8, "        ");
  unsigned sum = 0;
  for (std::size_t i = 0; i < 512; ++i) sum += static_cast<unsigned char>(tar[i]);
  char digits[8];
  std::snprintf(digits, sizeof digits, "%06o", sum);
  tar.replace(148, 7, std::string(digits, 7));
  EXPECT_EQ(type_of(tar), "tar");
  tar[0] = 'b';
  EXPECT_NE(type_of(tar), "tar");
}

TEST(FileType, NamesThatDoNotFitAreReported) {
  const auto fit_of = [](std::string_view name, std::string_view content) {
    return fit(name, detect(std::as_bytes(std::span(content))));
  };
  EXPECT_EQ(fit_of("a.pdf", "%PDF-1.7"), Fit::kFits);
  EXPECT_EQ(fit_of("a.unheard-of", "%PDF-1.7"), Fit::kFits);
  EXPECT_EQ(fit_of("README", "%PDF-1.7"), Fit::kFits);
  EXPECT_EQ(fit_of("a.png", "%PDF-1.7"), Fit::kOtherType);
  EXPECT_EQ(fit_of("a.pdf",
                   "\x7F"
                   "ELF"),
            Fit::kDisguisedProgram);
  EXPECT_EQ(fit_of("a.jpg", "#!/bin/sh\n"), Fit::kDisguisedProgram);
  EXPECT_EQ(fit_of("a.txt", "#!/bin/sh\n"), Fit::kFits);
  EXPECT_EQ(fit_of("a.docx", std::string_view("MZ\x90\0\x03", 5)), Fit::kDisguisedProgram);
  EXPECT_EQ(fit_of("a.json", "{}"), Fit::kFits);
}

TEST(FileType, EveryTypeOfTheTablesExists) {
  // index_of throws for a name that the table lacks, so try each magic once.
  std::string everything(kTypePrefix, '\x01');
  EXPECT_NO_THROW(static_cast<void>(detect(std::as_bytes(std::span(everything)))));
  EXPECT_EQ(file_types()[0].name, "unknown");
  EXPECT_GE(file_types().size(), 90U);
}

}  // namespace
}  // namespace immure::inspect
