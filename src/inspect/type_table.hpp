/// The tables behind file_type.cpp: types, their magic bytes, and how texts begin. Add a type in one row each.
#pragma once

#include <array>

#include "inspect/file_type.hpp"

namespace immure::inspect {

inline constexpr auto kTypes = std::to_array<FileType>({
    {"unknown", "application/octet-stream", Group::kUnknown, "bin dat raw img"},
    {"empty", "application/x-empty", Group::kEmpty, ""},
    // texts
    {"text", "text/plain", Group::kText,
     "txt md rst log csv tsv ini conf cfg toml yaml yml json jsonl c h cpp hpp cc cxx py pyi rs go java kt js mjs ts tsx css scss sql tex "
     "pl pm rb lua php r jl sh bash zsh bat cmd ps1 vbs asm s cmake mk am in ac m4 diff patch po pot srt asc eml html htm xml svg"},
    {"text-8bit", "text/plain", Group::kText, "txt csv c h cpp py html htm srt log ini po bat"},
    {"text-utf16", "text/plain; charset=utf-16", Group::kText, "txt csv reg ini xml html htm log inf"},
    {"script", "text/x-script", Group::kScript, "sh bash zsh py pl rb js mjs php lua tcl awk r run in cgi"},
    {"html", "text/html", Group::kText, "html htm xhtml shtml php hta"},
    {"xml", "text/xml", Group::kText, "xml svg xsd xsl xslt rss atom plist html xhtml htm kml gpx ui resx csproj vcxproj xspf opf ncx wsdl"},
    {"svg", "image/svg+xml", Group::kImage, "svg xml"},
    {"rtf", "text/rtf", Group::kDocument, "rtf doc"},
    {"pem", "application/x-pem-file", Group::kText, "pem crt cer key csr pub asc"},
    {"php", "text/x-php", Group::kScript, "php phtml inc php5"},
    {"postscript", "application/postscript", Group::kDocument, "ps eps ai pfa"},
    {"mbox", "application/mbox", Group::kText, "mbox eml mail"},
    // programs
    {"elf", "application/x-elf", Group::kProgram, "so o elf ko bin axf out run appimage mod debug"},
    {"pe", "application/vnd.microsoft.portable-executable", Group::kProgram, "exe dll sys scr ocx cpl efi mui node pyd drv ax"},
    {"dos", "application/x-dosexec", Group::kProgram, "exe com dll sys drv ovl scr"},
    {"macho", "application/x-mach-binary", Group::kProgram, "dylib o bundle so"},
    {"class", "application/java-vm", Group::kProgram, "class"},
    {"dex", "application/vnd.android.dex", Group::kProgram, "dex"},
    {"wasm", "application/wasm", Group::kProgram, "wasm"},
    {"llvm", "application/x-llvm-bitcode", Group::kProgram, "bc o"},
    {"lnk", "application/x-ms-shortcut", Group::kProgram, "lnk"},
    // documents
    {"pdf", "application/pdf", Group::kDocument, "pdf ai"},
    {"ole", "application/x-ole-storage", Group::kDocument, "doc xls ppt msi msg mpp vsd pub dot xlt pps thumbs db"},
    {"chm", "application/vnd.ms-htmlhelp", Group::kContainer, "chm"},
    {"djvu", "image/vnd.djvu", Group::kDocument, "djvu djv"},
    {"ooxml", "application/vnd.openxmlformats-officedocument", Group::kDocument,
     "docx docm dotx dotm xlsx xlsm xltx xltm xlsb xlam pptx pptm potx potm ppsx ppsm vsdx zip nupkg appx vsix", Container::kZip},
    {"odf", "application/vnd.oasis.opendocument", Group::kDocument, "odt ods odp odg odf odb odc ott ots otp otg zip", Container::kZip},
    {"epub", "application/epub+zip", Group::kDocument, "epub zip", Container::kZip},
    // images and media
    {"png", "image/png", Group::kImage, "png apng"},
    {"jpeg", "image/jpeg", Group::kImage, "jpg jpeg jpe jfif"},
    {"gif", "image/gif", Group::kImage, "gif"},
    {"bmp", "image/bmp", Group::kImage, "bmp dib"},
    {"tiff", "image/tiff", Group::kImage, "tif tiff dng nef cr2 arw"},
    {"ico", "image/vnd.microsoft.icon", Group::kImage, "ico"},
    {"cur", "image/x-cursor", Group::kImage, "cur"},
    {"webp", "image/webp", Group::kImage, "webp"},
    {"heif", "image/heif", Group::kImage, "heic heif"},
    {"avif", "image/avif", Group::kImage, "avif"},
    {"psd", "image/vnd.adobe.photoshop", Group::kImage, "psd"},
    {"jp2", "image/jp2", Group::kImage, "jp2 jpx j2k"},
    {"xcf", "image/x-xcf", Group::kImage, "xcf"},
    {"wav", "audio/vnd.wave", Group::kMedia, "wav"},
    {"avi", "video/vnd.avi", Group::kMedia, "avi"},
    {"riff", "application/x-riff", Group::kMedia, "ani rmi"},
    {"mp4", "video/mp4", Group::kMedia, "mp4 m4a m4v mov 3gp qt m4b"},
    {"mp3", "audio/mpeg", Group::kMedia, "mp3"},
    {"ogg", "application/ogg", Group::kMedia, "ogg oga ogv opus spx"},
    {"flac", "audio/flac", Group::kMedia, "flac"},
    {"matroska", "video/x-matroska", Group::kMedia, "mkv webm mka"},
    {"midi", "audio/midi", Group::kMedia, "mid midi"},
    {"mpeg", "video/mpeg", Group::kMedia, "mpg mpeg vob"},
    {"flv", "video/x-flv", Group::kMedia, "flv"},
    {"asf", "video/x-ms-asf", Group::kMedia, "wmv wma asf"},
    {"swf", "application/x-shockwave-flash", Group::kProgram, "swf"},
    // containers
    {"zip", "application/zip", Group::kContainer, "zip whl jar war ear apk ipa xpi egg npz crx docx xlsx pptx odt epub cbz pt pth ckpt keras",
     Container::kZip},
    {"jar", "application/java-archive", Group::kProgram, "jar war ear aar zip xpi", Container::kZip},
    {"apk", "application/vnd.android.package-archive", Group::kProgram, "apk aab zip", Container::kZip},
    {"torch", "application/x-pytorch", Group::kContainer, "pt pth bin ckpt zip pkl", Container::kZip},
    {"tar", "application/x-tar", Group::kContainer, "tar gem ova", Container::kTar},
    {"7z", "application/x-7z-compressed", Group::kContainer, "7z", Container::kSevenZip},
    {"rar", "application/vnd.rar", Group::kContainer, "rar cbr", Container::kRar},
    {"rar5", "application/vnd.rar", Group::kContainer, "rar cbr", Container::kRar5},
    {"cpio", "application/x-cpio", Group::kContainer, "cpio", Container::kCpio},
    {"iso", "application/x-iso9660-image", Group::kContainer, "iso img udf", Container::kIso},
    {"ar", "application/x-archive", Group::kContainer, "a lib ar", Container::kAr},
    {"deb", "application/vnd.debian.binary-package", Group::kContainer, "deb udeb ipk", Container::kAr},
    {"cab", "application/vnd.ms-cab-compressed", Group::kContainer, "cab msu", Container::kCab},
    {"rpm", "application/x-rpm", Group::kContainer, "rpm", Container::kRpm},
    {"gzip", "application/gzip", Group::kContainer, "gz tgz svgz emz cpgz gzip npy vdi tz rds rda rdata swz", Container::kGzip},
    {"bzip2", "application/x-bzip2", Group::kContainer, "bz2 tbz tbz2 bz", Container::kBzip2},
    {"xz", "application/x-xz", Group::kContainer, "xz txz", Container::kXz},
    {"lzma", "application/x-lzma", Group::kContainer, "lzma tlz", Container::kLzma},
    {"zstd", "application/zstd", Group::kContainer, "zst tzst zstd", Container::kZstd},
    {"lz4", "application/x-lz4", Group::kContainer, "lz4", Container::kLz4},
    {"arj", "application/x-arj", Group::kContainer, "arj"},
    {"lzh", "application/x-lzh", Group::kContainer, "lzh lha"},
    {"xar", "application/x-xar", Group::kContainer, "xar pkg"},
    {"squashfs", "application/vnd.squashfs", Group::kContainer, "squashfs snap sqsh img sfs"},
    {"szdd", "application/x-ms-compress-szdd", Group::kContainer, "ex_ dl_ szdd"},
    // data
    {"sqlite", "application/vnd.sqlite3", Group::kData, "sqlite sqlite3 db db3"},
    {"pickle", "application/x-python-pickle", Group::kProgram, "pkl pickle joblib p sav bin pt pth"},
    {"pyc", "application/x-python-bytecode", Group::kProgram, "pyc pyo"},
    {"numpy", "application/x-numpy", Group::kData, "npy"},
    {"gguf", "application/x-gguf", Group::kData, "gguf"},
    {"hdf5", "application/x-hdf5", Group::kData, "h5 hdf5 he5 nc keras"},
    {"parquet", "application/vnd.apache.parquet", Group::kData, "parquet"},
    {"ttf", "font/ttf", Group::kData, "ttf ttc"},
    {"otf", "font/otf", Group::kData, "otf"},
    {"woff", "font/woff", Group::kData, "woff"},
    {"woff2", "font/woff2", Group::kData, "woff2"},
    {"pcap", "application/vnd.tcpdump.pcap", Group::kData, "pcap cap pcapng"},
    {"tnef", "application/vnd.ms-tnef", Group::kContainer, "dat tnef"},
    {"mo", "application/x-gettext-translation", Group::kData, "mo gmo"},
    {"pgp", "application/pgp-encrypted", Group::kData, "pgp gpg asc sig"},
    {"luks", "application/x-luks", Group::kContainer, "luks img"},
    {"qcow2", "application/x-qcow2", Group::kContainer, "qcow2 qcow img"},
    {"vmdk", "application/x-vmdk", Group::kContainer, "vmdk"},
});

struct Magic {
  std::size_t offset;
  std::string_view bytes;
  std::string_view type;
};

/// Literals with NUL bytes keep their length.
constexpr std::string_view raw(const char* text, std::size_t size) { return {text, size}; }

/// In the order in which they are tried: the longer and surer ones first where they overlap.
inline constexpr auto kMagics = std::to_array<Magic>({
    {0, "\x7F" "ELF", "elf"}, {0, "MZ", "dos"}, {0, "\xCA\xFE\xBA\xBE", "class"},
    {0, "\xFE\xED\xFA\xCE", "macho"}, {0, "\xFE\xED\xFA\xCF", "macho"}, {0, "\xCE\xFA\xED\xFE", "macho"}, {0, "\xCF\xFA\xED\xFE", "macho"},
    {0, "dex\n03", "dex"}, {0, raw("\0asm", 4), "wasm"}, {0, "BC\xC0\xDE", "llvm"},
    {0, raw("L\0\0\0\x01\x14\x02\0", 8), "lnk"},
    {0, "%PDF-", "pdf"}, {0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "ole"}, {0, raw("ITSF\x03\0\0\0", 8), "chm"},
    {0, "AT&TFORM", "djvu"}, {0, "{\\rtf", "rtf"}, {0, "%!PS", "postscript"},
    {0, "\x89PNG\r\n\x1A\n", "png"}, {0, "\xFF\xD8\xFF", "jpeg"}, {0, "GIF87a", "gif"}, {0, "GIF89a", "gif"},
    {0, "BM", "bmp"}, {0, raw("II*\0", 4), "tiff"}, {0, raw("MM\0*", 4), "tiff"},
    {0, raw("\0\0\x01\0", 4), "ico"}, {0, raw("\0\0\x02\0", 4), "cur"}, {0, "RIFF", "riff"}, {4, "ftyp", "mp4"},
    {0, "8BPS", "psd"}, {0, raw("\0\0\0\x0CjP  ", 8), "jp2"}, {0, "gimp xcf", "xcf"},
    {0, "ID3", "mp3"}, {0, "OggS", "ogg"}, {0, "fLaC", "flac"}, {0, "\x1A\x45\xDF\xA3", "matroska"}, {0, "MThd", "midi"},
    {0, raw("\0\0\x01\xBA", 4), "mpeg"}, {0, "FLV\x01", "flv"}, {0, "\x30\x26\xB2\x75\x8E\x66\xCF\x11", "asf"},
    {0, "FWS", "swf"}, {0, "CWS", "swf"}, {0, "ZWS", "swf"},
    {0, "PK\x03\x04", "zip"}, {0, "PK\x05\x06", "zip"}, {0, "PK\x07\x08" "PK\x03\x04", "zip"}, {0, "PK00PK\x03\x04", "zip"},
    {257, "ustar", "tar"}, {0, "7z\xBC\xAF\x27\x1C", "7z"}, {0, raw("Rar!\x1A\x07\x01\0", 8), "rar5"}, {0, raw("Rar!\x1A\x07\0", 7), "rar"},
    {0, "070701", "cpio"}, {0, "070702", "cpio"}, {0, "070707", "cpio"}, {0, "\xC7\x71", "cpio"}, {0, "\x71\xC7", "cpio"},
    {32769, "CD001", "iso"}, {0, "!<arch>\ndebian-binary", "deb"}, {0, "!<arch>\n", "ar"}, {0, raw("MSCF\0\0\0\0", 8), "cab"},
    {0, "\xED\xAB\xEE\xDB", "rpm"}, {0, "\x1F\x8B", "gzip"}, {0, "BZh", "bzip2"}, {0, raw("\xFD" "7zXZ\0", 6), "xz"},
    {0, raw("\x5D\0\0\x80\0", 5), "lzma"}, {0, raw("\x5D\0\0\x10\0", 5), "lzma"}, {0, raw("\x5D\0\0\0\x04", 5), "lzma"},
    {0, "\x28\xB5\x2F\xFD", "zstd"}, {0, "\x04\x22\x4D\x18", "lz4"}, {0, "\x60\xEA", "arj"}, {2, "-lh", "lzh"},
    {0, "xar!", "xar"}, {0, "hsqs", "squashfs"}, {0, "SZDD\x88\xF0\x27\x33", "szdd"},
    {0, raw("SQLite format 3\0", 16), "sqlite"}, {0, "\x93NUMPY", "numpy"}, {0, "GGUF", "gguf"}, {0, "\x89HDF\r\n\x1A\n", "hdf5"},
    {0, "PAR1", "parquet"}, {0, raw("\0\x01\0\0\0", 5), "ttf"}, {0, "ttcf", "ttf"}, {0, "OTTO", "otf"}, {0, "wOFF", "woff"}, {0, "wOF2", "woff2"},
    {0, "\xD4\xC3\xB2\xA1", "pcap"}, {0, "\xA1\xB2\xC3\xD4", "pcap"}, {0, "\x0A\x0D\x0D\x0A", "pcap"}, {0, "\x78\x9F\x3E\x22", "tnef"},
    {0, "\xDE\x12\x04\x95", "mo"}, {0, "\x95\x04\x12\xDE", "mo"}, {0, "LUKS\xBA\xBE", "luks"}, {0, "QFI\xFB", "qcow2"}, {0, "KDMV", "vmdk"},
    {0, "\xFF\xFE", "text-utf16"}, {0, "\xFE\xFF", "text-utf16"},
    {0, "\x80\x02", "pickle"}, {0, "\x80\x03", "pickle"}, {0, "\x80\x04\x95", "pickle"}, {0, "\x80\x05\x95", "pickle"},
    {2, "\r\n", "pyc"},
});

/// How texts begin, after white space; upper and lower case are the same.
struct TextMark {
  std::string_view start;
  std::string_view type;
};
inline constexpr auto kTextMarks = std::to_array<TextMark>({
    {"<!doctype html", "html"}, {"<html", "html"}, {"<head", "html"}, {"<script", "html"}, {"<svg", "svg"}, {"<!doctype svg", "svg"},
    {"<?php", "php"}, {"<?xml", "xml"}, {"-----begin ", "pem"}, {"return-path:", "mbox"},
});

}  // namespace immure::inspect
