#include "evidence/keys.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <sodium.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "evidence/p256.hpp"
#include "file/io.hpp"
#include "file/named.hpp"
#include "file/sha256.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "text/base64.hpp"

// This file uses libsodium without sodium_init(), which would probe the CPU. That probe costs more here than a
// signature, and nothing in this file depends on its result.

namespace immure::evidence {
namespace {

constexpr std::size_t kMaxPemBytes = 16U << 10;

constexpr std::string_view kPublicLabel = "PUBLIC KEY";
constexpr std::string_view kPrivateLabel = "PRIVATE KEY";

/// The bytes before the 32 bytes of a key, which are the same in every key (RFC 8410).
using namespace std::string_view_literals;
constexpr std::string_view kSpkiPrefix = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"sv;
constexpr std::string_view kPkcs8Prefix = "\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"sv;
constexpr std::size_t kKeyBytes = 32;

/// The bytes before a key of P-256 (RFC 5480 and RFC 5915), in the form that openssl and cosign write. The private key
/// contains the public key.
constexpr std::string_view kP256SpkiPrefix =
    "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00"sv;
constexpr std::string_view kP256Pkcs8Prefix =
    "\x30\x81\x87\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x04"
    "\x6d"
    "\x30\x6b\x02\x01\x01\x04\x20"sv;
constexpr std::string_view kP256Between = "\xa1\x44\x03\x42\x00"sv;
constexpr std::size_t kP256Bytes = sizeof(p256::Point);

/// Object identifiers, in DER, of the kinds of keys that people use by mistake.
struct Algorithm {
  std::string_view oid, name;
};
constexpr Algorithm kAlgorithms[] = {
    {"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"sv, "RSA"},
    {"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"sv, "RSA-PSS"},
    {"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"sv, "ECDSA in another form, or on another curve"},
    {"\x06\x07\x2a\x86\x48\xce\x38\x04\x01"sv, "DSA"},
    {"\x06\x03\x2b\x65\x6e"sv, "X25519"},
    {"\x06\x03\x2b\x65\x6f"sv, "X448"},
    {"\x06\x03\x2b\x65\x71"sv, "Ed448"},
};

std::unexpected<Error> refuse(std::string_view where, std::string_view what, std::string_view hint = {}) {
  return fail(Code::kBadInput, where, what, hint);
}

/// Decodes a file of exactly one PEM block. If the bytes are secret, the caller must wipe them.
Result<std::string> pem_body(std::string_view pem, std::string_view label, const std::string& where) {
  const std::string begin = "-----BEGIN " + std::string(label) + "-----\n";
  const std::string end = "-----END " + std::string(label) + "-----";
  if (pem.size() > kMaxPemBytes) return refuse(where, "larger than a key can be");
  if (!pem.starts_with("-----BEGIN "))
    return refuse(where, "not a key in PEM", "Name a file that `immure keygen` wrote.");
  if (!pem.starts_with(begin)) {
    const std::string_view rest = pem.substr(std::strlen("-----BEGIN "));
    const std::string_view found = rest.substr(0, rest.find("-----"));
    if (found == kPrivateLabel)
      return refuse(where, "a private key where a public key is wanted", "Give the .pub file.");
    if (found == kPublicLabel) return refuse(where, "a public key where a private key is wanted");
    return refuse(where, "another kind of PEM than `" + std::string(label) + "`", "Make a key with `immure keygen`.");
  }
  std::string_view body = pem.substr(begin.size());
  const std::size_t stop = body.find(end);
  if (stop == std::string_view::npos) return refuse(where, "cut off");
  const std::string_view after = body.substr(stop + end.size());
  if (!after.empty() && after != "\n") return refuse(where, "trailing data after the key");
  std::string digits(body.substr(0, stop));
  std::erase(digits, '\n');
  auto decoded = text::unbase64(digits);
  sodium_memzero(digits.data(), digits.size());
  if (!decoded) return refuse(where, "not strict base64");
  return *std::move(decoded);
}

/// The error that names the kind of a key that is neither Ed25519 nor P-256.
std::unexpected<Error> refuse_other(std::string_view der, std::string_view prefix, std::string_view p256_prefix,
                                    const std::string& where) {
  if (der.starts_with(prefix) || der.starts_with(p256_prefix)) return refuse(where, "trailing data in the key");
  for (const Algorithm& algorithm : kAlgorithms)
    if (der.substr(0, 40).find(algorithm.oid) != std::string_view::npos)
      return refuse(where, "a key for " + std::string(algorithm.name) + ", not for Ed25519 or ECDSA P-256",
                    "Make a key with `immure keygen`.");
  return refuse(where, "not a key for Ed25519 or ECDSA P-256");
}

std::string_view view(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Wipes `der` after use.
std::string to_pem(std::string_view label, std::string der) {
  std::string out = "-----BEGIN " + std::string(label) + "-----\n";
  std::string text = text::base64(der);
  sodium_memzero(der.data(), der.size());
  for (std::size_t at = 0; at < text.size(); at += 64) (out += std::string_view(text).substr(at, 64)) += '\n';
  sodium_memzero(text.data(), text.size());
  out += "-----END " + std::string(label) + "-----\n";
  return out;
}

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string octal(unsigned mode) {
  std::string out = "0000";
  for (std::size_t i = 4; i-- > 0; mode >>= 3) out[i] = static_cast<char>('0' + (mode & 7));
  return out;
}

bool in_own_group(gid_t group) {
  if (::geteuid() == 0) return false;
  if (group == ::getegid()) return true;
  std::array<gid_t, 64> groups{};
  const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
  return std::find(groups.begin(), groups.begin() + std::max(count, 0), group) != groups.begin() + std::max(count, 0);
}

/// Refuses a private key's file that others can use: a user who can read the key can forge evidence, and a user who can
/// write the file can replace the key.
Result<void> check_guarded(int fd, const std::string& path) {
  struct stat status{};
  if (const int failure = sys::error_of(::fstat, fd, &status); failure != 0)
    return fail(Code::kSystem, path, "its status cannot be read", "", failure);
  if (status.st_uid != ::geteuid() && status.st_uid != 0)
    return refuse(path, "belongs to another user (uid " + std::to_string(status.st_uid) + ")");
  // Root may make its key readable for one group, because orchestrators hand secrets to a container's user in this way.
  constexpr unsigned kOthers = 077, kOthersButReadingGroup = 037;
  const bool given = status.st_uid == 0 && in_own_group(status.st_gid);
  if ((status.st_mode & (given ? kOthersButReadingGroup : kOthers)) != 0)
    return refuse(
        path, "a private key that others can read or write (mode " + octal(status.st_mode & 07777U) + ")",
        path.ends_with(".pub") ? "The name is that of a public key. Name the private key." : "Do: chmod 600 " + path);
  return {};
}

Result<std::string> read_pem(const sys::Fd& fd, const std::string& path) {
  std::string text(kMaxPemBytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto got = sys::read_at(fd.get(), std::as_writable_bytes(std::span(text)).subspan(size), size);
    if (!got) return fail(Code::kSystem, path, "cannot be read", "", got.error().value);
    if (*got == 0) break;
    size += *got;
  }
  text.resize(size);
  return text;
}

}  // namespace

Result<PublicKey> PublicKey::load(const std::string& path) {
  TRY(const std::string pem, file::read_whole(path, kMaxPemBytes));
  return parse(pem, path);
}

Result<PublicKey> PublicKey::load(const file::Place& place) {
  TRY(const sys::Fd file, file::open_named(place));
  TRY(const std::string pem, read_pem(file, place.shown));
  return parse(pem, place.shown);
}

Result<PublicKey> PublicKey::parse(std::string_view pem, const std::string& where) {
  TRY(const std::string der, pem_body(pem, kPublicLabel, where));
  PublicKey key;
  if (der.size() == kSpkiPrefix.size() + kKeyBytes && der.starts_with(kSpkiPrefix)) {
    const std::string_view point = std::string_view(der).substr(kSpkiPrefix.size());
    // Refuse a point of small order: some verifiers accept one signature of such a key for every message, so the key
    // identifies nobody.
    if (crypto_core_ed25519_is_valid_point(bytes_of(point)) != 1)
      return refuse(where, "an invalid Ed25519 key (the point has a small order)");
    std::ranges::copy(point, key.point_.begin());
    return key;
  }
  if (der.size() == kP256SpkiPrefix.size() + kP256Bytes && der.starts_with(kP256SpkiPrefix)) {
    key.type_ = KeyType::kP256;
    std::ranges::copy(std::string_view(der).substr(kP256SpkiPrefix.size()), key.point_.begin());
    if (!p256::is_point(key.point_)) return refuse(where, "an invalid P-256 key (the point is not on the curve)");
    return key;
  }
  return refuse_other(der, kSpkiPrefix, kP256SpkiPrefix, where);
}

std::string PublicKey::point() const {
  return std::string(view(std::span(point_).first(type_ == KeyType::kEd25519 ? kKeyBytes : kP256Bytes)));
}

std::string PublicKey::der() const {
  return std::string(type_ == KeyType::kEd25519 ? kSpkiPrefix : kP256SpkiPrefix) + point();
}

std::string PublicKey::pem() const { return to_pem(kPublicLabel, der()); }

std::string PublicKey::key_id() const { return file::sha256_hex(der()); }

std::string PublicKey::canonical(std::string_view signature) const {
  return type_ == KeyType::kP256 ? p256::canonical(signature) : std::string(signature);
}

bool PublicKey::verifies(std::string_view message, std::string_view signature) const {
  if (type_ == KeyType::kP256) return p256::verifies(point_, message, signature);
  return signature.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(bytes_of(signature), bytes_of(message), message.size(), point_.data()) == 0;
}

Result<PrivateKey> PrivateKey::load(const std::string& path) {
  TRY(const sys::Fd fd, file::open_named(path));
  return read_from(fd, path);
}

Result<PrivateKeyFile> PrivateKeyFile::open(const file::Place& place) {
  PrivateKeyFile file(place.shown);
  TRY(file.fd_, file::open_named(place));
  TRY(const PrivateKey key, PrivateKey::read_from(file.fd_, place.shown));
  file.public_ = key.public_key();
  return file;
}

Result<PrivateKey> PrivateKeyFile::read() const {
  TRY(PrivateKey key, PrivateKey::read_from(fd_, path_));
  if (key.public_key() != public_)
    return refuse(path_, "holds another key than when the run began", "Write a new key to a new file.");
  return key;
}

Result<PrivateKey> PrivateKey::read_from(const sys::Fd& fd, const std::string& path) {
  CHECK_OK(check_guarded(fd.get(), path));
  TRY(std::string pem, read_pem(fd, path));
  auto der = pem_body(pem, kPrivateLabel, path);
  sodium_memzero(pem.data(), pem.size());
  if (!der) return std::unexpected(std::move(der).error());
  auto key = from_der(*der, path);
  sodium_memzero(der->data(), der->size());
  return key;
}

Result<PrivateKey> PrivateKey::from_der(std::string_view der, const std::string& where) {
  PrivateKey key;
  if (der.size() == kPkcs8Prefix.size() + kKeyBytes && der.starts_with(kPkcs8Prefix)) {
    key.take_seed(bytes_of(der.substr(kPkcs8Prefix.size())));
    return key;
  }
  constexpr std::size_t kBetween = kP256Pkcs8Prefix.size() + kKeyBytes;
  if (der.size() == kBetween + kP256Between.size() + kP256Bytes && der.starts_with(kP256Pkcs8Prefix) &&
      der.substr(kBetween).starts_with(kP256Between)) {
    const unsigned char* scalar = bytes_of(der.substr(kP256Pkcs8Prefix.size()));
    if (!key.take_scalar(scalar) || view(key.public_.point_) != der.substr(kBetween + kP256Between.size()))
      return refuse(where, "its public key does not belong to its private key");
    return key;
  }
  return refuse_other(der, kPkcs8Prefix, kP256Pkcs8Prefix, where);
}

void PrivateKey::take_seed(const unsigned char* seed) {
  crypto_sign_seed_keypair(public_.point_.data(), secret_.data(), seed);
}

bool PrivateKey::take_scalar(const unsigned char* scalar) {
  public_.type_ = KeyType::kP256;
  std::copy_n(scalar, kKeyBytes, secret_.begin());
  p256::Scalar copy;
  std::copy_n(scalar, kKeyBytes, copy.begin());
  const bool valid = p256::public_of(copy, public_.point_);
  sodium_memzero(copy.data(), copy.size());
  return valid;
}

PrivateKey PrivateKey::generate(KeyType type) {
  std::array<std::uint8_t, kKeyBytes> seed;
  PrivateKey key;
  do {
    // The kernel returns 32 bytes whole or not at all (getrandom(2)). Without random bytes there is no key to continue
    // with.
    if (!sys::fill_with_random(std::as_writable_bytes(std::span(seed)))) std::abort();
    if (type == KeyType::kEd25519) key.take_seed(seed.data());
  } while (type == KeyType::kP256 && !key.take_scalar(seed.data()));
  sodium_memzero(seed.data(), seed.size());
  return key;
}

std::string PrivateKey::pem() const {
  const bool ed25519 = public_.type_ == KeyType::kEd25519;
  std::string der;
  // Reserve the room, because a text that grows leaves a copy of the key in the memory that it gives back.
  der.reserve(256);
  der += ed25519 ? kPkcs8Prefix : kP256Pkcs8Prefix;
  der += view(std::span(secret_).first(kKeyBytes));
  if (!ed25519) (der += kP256Between) += view(public_.point_);
  return to_pem(kPrivateLabel, std::move(der));
}

PublicKey PrivateKey::public_key() const { return public_; }

std::string PrivateKey::sign(std::string_view message) const {
  if (public_.type_ == KeyType::kP256) {
    p256::Scalar scalar;
    std::copy_n(secret_.begin(), scalar.size(), scalar.begin());
    std::string signature = p256::sign(scalar, message);
    sodium_memzero(scalar.data(), scalar.size());
    return signature;
  }
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr, bytes_of(message), message.size(),
                       secret_.data());
  return signature;
}

PrivateKey::PrivateKey(PrivateKey&& other) noexcept : public_(other.public_), secret_(other.secret_) {
  sodium_memzero(other.secret_.data(), other.secret_.size());
}

PrivateKey& PrivateKey::operator=(PrivateKey&& other) noexcept {
  if (this != &other) {
    public_ = other.public_;
    secret_ = other.secret_;
    sodium_memzero(other.secret_.data(), other.secret_.size());
  }
  return *this;
}

PrivateKey::~PrivateKey() { sodium_memzero(secret_.data(), secret_.size()); }

}  // namespace immure::evidence
