#include "inspect/scan/codec.hpp"

#include <bzlib.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

namespace immure::inspect {
namespace {

class Deflate : public Codec {
 public:
  explicit Deflate(bool gzip) : gzip_(gzip) {
    constexpr int kWindow = 15, kGzip = 16;
    ready_ = ::inflateInit2(&stream_, gzip ? kWindow + kGzip : kWindow) == Z_OK;
  }
  ~Deflate() override { ::inflateEnd(&stream_); }
  Step step(Bytes in, Out out) override {
    if (!ready_) return {.went = Went::kUnsupported};
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int code = ::inflate(&stream_, Z_NO_FLUSH);
    Step step{in.size() - stream_.avail_in, out.size() - stream_.avail_out};
    if (code == Z_STREAM_END) step.went = Went::kEnded;
    if (code == Z_NEED_DICT) step.went = Went::kUnsupported;
    if (code == Z_DATA_ERROR || code == Z_STREAM_ERROR || code == Z_MEM_ERROR) step.went = Went::kDamaged;
    return step;
  }
  bool restart() override { return ::inflateReset(&stream_) == Z_OK; }
  [[nodiscard]] bool follows(std::string_view bytes) const override {
    return gzip_ && bytes.starts_with("\x1F\x8B\x08");
  }

 private:
  z_stream stream_{};
  bool gzip_, ready_ = false;
};

class Bzip2 : public Codec {
 public:
  Bzip2() { ready_ = ::BZ2_bzDecompressInit(&stream_, 0, 0) == BZ_OK; }
  ~Bzip2() override { end(); }
  Step step(Bytes in, Out out) override {
    if (!ready_) return {.went = Went::kUnsupported};
    stream_.next_in = reinterpret_cast<char*>(const_cast<std::byte*>(in.data()));
    stream_.avail_in = static_cast<unsigned>(in.size());
    stream_.next_out = reinterpret_cast<char*>(out.data());
    stream_.avail_out = static_cast<unsigned>(out.size());
    const int code = ::BZ2_bzDecompress(&stream_);
    Step step{in.size() - stream_.avail_in, out.size() - stream_.avail_out};
    if (code == BZ_STREAM_END) step.went = Went::kEnded;
    if (code != BZ_STREAM_END && code != BZ_OK) step.went = Went::kDamaged;
    return step;
  }
  bool restart() override {
    end();
    ready_ = ::BZ2_bzDecompressInit(&stream_, 0, 0) == BZ_OK;
    return ready_;
  }
  [[nodiscard]] bool follows(std::string_view bytes) const override { return bytes.starts_with("BZh"); }

 private:
  void end() {
    if (ready_) ::BZ2_bzDecompressEnd(&stream_);
    ready_ = false;
    stream_ = {};
  }
  bz_stream stream_{};
  bool ready_ = false;
};

/// xz, lzip, and the older format lzma.
class Lzma : public Codec {
 public:
  explicit Lzma(Container format) : format_(format) { ready_ = begin(); }
  ~Lzma() override { ::lzma_end(&stream_); }
  Step step(Bytes in, Out out) override {
    if (!ready_) return {.went = Went::kUnsupported};
    stream_.next_in = reinterpret_cast<const std::uint8_t*>(in.data());
    stream_.avail_in = in.size();
    stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    stream_.avail_out = out.size();
    const lzma_ret code = ::lzma_code(&stream_, LZMA_RUN);
    Step step{in.size() - stream_.avail_in, out.size() - stream_.avail_out};
    switch (code) {
      case LZMA_OK:
      case LZMA_BUF_ERROR: break;
      case LZMA_STREAM_END: step.went = Went::kEnded; break;
      case LZMA_MEMLIMIT_ERROR:
      case LZMA_OPTIONS_ERROR:
      case LZMA_MEM_ERROR: step.went = Went::kUnsupported; break;
      default: step.went = Went::kDamaged;
    }
    return step;
  }
  bool restart() override { return begin(); }
  [[nodiscard]] bool follows(std::string_view bytes) const override {
    if (format_ == Container::kXz)
      return bytes.starts_with(
          std::string_view("\xFD"
                           "7zXZ\0",
                           6));
    return format_ == Container::kLzip && bytes.starts_with("LZIP");
  }

 private:
  bool begin() {
    constexpr std::uint64_t kMostMemory = 300ULL << 20;
    if (format_ == Container::kXz) return ::lzma_stream_decoder(&stream_, kMostMemory, 0) == LZMA_OK;
    if (format_ == Container::kLzip) return ::lzma_lzip_decoder(&stream_, kMostMemory, 0) == LZMA_OK;
    return ::lzma_alone_decoder(&stream_, kMostMemory) == LZMA_OK;
  }
  lzma_stream stream_ = LZMA_STREAM_INIT;
  Container format_;
  bool ready_ = false;
};

/// The frames that zstd and lz4 share: they hold no part of the content, and decoders skip them.
bool is_skippable(std::string_view bytes) {
  return bytes.size() >= 4 && (static_cast<unsigned char>(bytes[0]) & 0xF0U) == 0x50 &&
         bytes.substr(1, 3) == "\x2A\x4D\x18";
}

class Zstd : public Codec {
 public:
  Zstd() : stream_(::ZSTD_createDStream()) {}
  ~Zstd() override { ::ZSTD_freeDStream(stream_); }
  Step step(Bytes in, Out out) override {
    if (stream_ == nullptr) return {.went = Went::kUnsupported};
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const std::size_t left = ::ZSTD_decompressStream(stream_, &to, &from);
    Step step{from.pos, to.pos};
    if (left == 0) step.went = Went::kEnded;
    if (::ZSTD_isError(left) != 0) {
      const ZSTD_ErrorCode code = ::ZSTD_getErrorCode(left);
      const bool beyond = code == ZSTD_error_frameParameter_windowTooLarge || code == ZSTD_error_dictionary_wrong ||
                          code == ZSTD_error_memory_allocation || code == ZSTD_error_version_unsupported;
      step.went = beyond ? Went::kUnsupported : Went::kDamaged;
    }
    return step;
  }
  bool restart() override { return ::ZSTD_isError(::ZSTD_DCtx_reset(stream_, ZSTD_reset_session_only)) == 0; }
  [[nodiscard]] bool follows(std::string_view bytes) const override {
    return bytes.starts_with("\x28\xB5\x2F\xFD") || is_skippable(bytes);
  }

 private:
  ZSTD_DStream* stream_;
};

class Lz4 : public Codec {
 public:
  Lz4() {
    if (::LZ4F_isError(::LZ4F_createDecompressionContext(&stream_, LZ4F_VERSION)) != 0) stream_ = nullptr;
  }
  ~Lz4() override { ::LZ4F_freeDecompressionContext(stream_); }
  Step step(Bytes in, Out out) override {
    if (stream_ == nullptr) return {.went = Went::kUnsupported};
    std::size_t used = in.size(), made = out.size();
    const std::size_t left = ::LZ4F_decompress(stream_, out.data(), &made, in.data(), &used, nullptr);
    if (::LZ4F_isError(left) != 0) return {.used = 0, .made = 0, .went = Went::kDamaged};
    return {used, made, left == 0 ? Went::kEnded : Went::kOn};
  }
  bool restart() override {
    ::LZ4F_resetDecompressionContext(stream_);
    return true;
  }
  [[nodiscard]] bool follows(std::string_view bytes) const override {
    return bytes.starts_with("\x04\x22\x4D\x18") || is_skippable(bytes);
  }

 private:
  LZ4F_dctx* stream_ = nullptr;
};

}  // namespace

std::unique_ptr<Codec> make_codec(Container container) {
  switch (container) {
    case Container::kGzip: return std::make_unique<Deflate>(true);
    case Container::kZlib: return std::make_unique<Deflate>(false);
    case Container::kBzip2: return std::make_unique<Bzip2>();
    case Container::kXz:
    case Container::kLzma:
    case Container::kLzip: return std::make_unique<Lzma>(container);
    case Container::kZstd: return std::make_unique<Zstd>();
    case Container::kLz4: return std::make_unique<Lz4>();
    case Container::kLz4Legacy: return make_lz4_legacy_codec();
    case Container::kCompress: return make_compress_codec();
    default: return nullptr;
  }
}

}  // namespace immure::inspect
