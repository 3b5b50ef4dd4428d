#include "evidence/p256.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <nettle/dsa.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>
#include <sodium.h>
#include <sys/random.h>

#include "file/sha256.hpp"
#include "sys/libc.hpp"

namespace immure::evidence::p256 {
namespace {

constexpr std::size_t kBytes = 32;
constexpr const char* kOrder = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

void* resize(void* old, std::size_t old_size, std::size_t size) {
  void* fresh = std::malloc(size);
  if (fresh == nullptr) std::abort();
  std::memcpy(fresh, old, std::min(old_size, size));
  sodium_memzero(old, old_size);
  std::free(old);
  return fresh;
}
void give_back(void* memory, std::size_t size) {
  sodium_memzero(memory, size);
  std::free(memory);
}

/// Makes GMP zero all memory that it frees, because the numbers may be secrets.
void zero_what_is_freed() { mp_set_memory_functions(nullptr, resize, give_back); }

class Number {
 public:
  Number() { mpz_init(value_); }
  explicit Number(const char* hex) { mpz_init_set_str(value_, hex, 16); }
  explicit Number(std::string_view bytes) : Number() { mpz_import(value_, bytes.size(), 1, 1, 1, 0, bytes.data()); }
  Number(const Number&) = delete;
  Number& operator=(const Number&) = delete;
  ~Number() { mpz_clear(value_); }
  [[nodiscard]] mpz_ptr get() { return value_; }
  [[nodiscard]] mpz_srcptr get() const { return value_; }

 private:
  mpz_t value_;
};

struct Signature {
  Signature() { dsa_signature_init(&value); }
  Signature(const Signature&) = delete;
  Signature& operator=(const Signature&) = delete;
  ~Signature() { dsa_signature_clear(&value); }
  dsa_signature value;
};

struct CurvePoint {
  CurvePoint() { ecc_point_init(&value, nettle_get_secp_256r1()); }
  CurvePoint(const CurvePoint&) = delete;
  CurvePoint& operator=(const CurvePoint&) = delete;
  ~CurvePoint() { ecc_point_clear(&value); }
  /// Returns false if the point is not on the curve.
  bool set(const Point& point) {
    const std::string_view bytes(reinterpret_cast<const char*>(point.data()), point.size());
    const Number x(bytes.substr(1, kBytes));
    const Number y(bytes.substr(1 + kBytes));
    return point[0] == 4 && ecc_point_set(&value, x.get(), y.get()) == 1;
  }
  ecc_point value;
};

struct Secret {
  Secret() { ecc_scalar_init(&value, nettle_get_secp_256r1()); }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { ecc_scalar_clear(&value); }
  bool set(const Scalar& secret) {
    const Number number(std::string_view(reinterpret_cast<const char*>(secret.data()), secret.size()));
    return ecc_scalar_set(&value, number.get()) == 1;
  }
  ecc_scalar value;
};

/// Random bytes for the secret number of one signature. Without true randomness a signature would reveal the key.
void random_bytes(void*, std::size_t size, std::uint8_t* bytes) {
  // The caller asks for the 40 bytes that P-256 needs.
  if (!sys::fill_with_random(std::as_writable_bytes(std::span(bytes, size)))) std::abort();
}

/// Writes the number big-endian, with as many bytes as `out` has.
template <std::size_t Size>
void export_into(const Number& number, std::array<std::uint8_t, Size>& out, std::size_t at) {
  const std::size_t size = (mpz_sizeinbase(number.get(), 2) + 7) / 8;
  mpz_export(out.data() + at + kBytes - size, nullptr, 1, 1, 1, 0, number.get());
}

void append_integer(std::string& out, mpz_srcptr number) {
  std::string bytes((mpz_sizeinbase(number, 2) + 7) / 8, '\0');
  mpz_export(bytes.data(), nullptr, 1, 1, 1, 0, number);
  if ((static_cast<unsigned char>(bytes[0]) & 0x80U) != 0) bytes.insert(0, 1, '\0');
  out += '\x02';
  out += static_cast<char>(bytes.size());
  out += bytes;
}

/// Takes one positive INTEGER in its shortest form; returns false for anything else.
bool take_integer(std::string_view& der, mpz_ptr number) {
  if (der.size() < 3 || der[0] != '\x02') return false;
  const auto size = static_cast<unsigned char>(der[1]);
  if (size == 0 || size > kBytes + 1 || der.size() - 2 < size) return false;
  const std::string_view bytes = der.substr(2, size);
  const auto high = [&](std::size_t i) { return (static_cast<unsigned char>(bytes[i]) & 0x80U) != 0; };
  if (high(0) || (size > 1 && bytes[0] == '\0' && !high(1))) return false;
  mpz_import(number, bytes.size(), 1, 1, 1, 0, bytes.data());
  der.remove_prefix(2U + size);
  return true;
}

/// Reads DER of two numbers; returns false for anything else. The numbers may be out of range.
bool parse_numbers(std::string_view der, dsa_signature& signature) {
  if (der.size() < 8 || der.size() > 72 || der[0] != '\x30' || static_cast<unsigned char>(der[1]) != der.size() - 2)
    return false;
  der.remove_prefix(2);
  return take_integer(der, signature.r) && take_integer(der, signature.s) && der.empty();
}

bool parse(std::string_view der, dsa_signature& signature) {
  if (!parse_numbers(der, signature)) return false;
  Number half(kOrder);
  const bool in_range = mpz_sgn(signature.r) > 0 && mpz_sgn(signature.s) > 0 && mpz_cmp(signature.r, half.get()) < 0;
  mpz_fdiv_q_2exp(half.get(), half.get(), 1);
  return in_range && mpz_cmp(signature.s, half.get()) <= 0;
}

/// The signature in DER, with the smaller one of s and n-s.
std::string der_of(const dsa_signature& signature) {
  const Number order(kOrder);
  Number other;
  mpz_sub(other.get(), order.get(), signature.s);
  std::string numbers;
  append_integer(numbers, signature.r);
  append_integer(numbers, mpz_cmp(other.get(), signature.s) < 0 ? other.get() : signature.s);
  return std::string("\x30") + static_cast<char>(numbers.size()) + numbers;
}

}  // namespace

bool is_point(const Point& point) { return CurvePoint().set(point); }

bool public_of(const Scalar& secret, Point& point) {
  zero_what_is_freed();
  Secret scalar;
  if (!scalar.set(secret)) return false;
  CurvePoint result;
  ecc_point_mul_g(&result.value, &scalar.value);
  Number x;
  Number y;
  ecc_point_get(&result.value, x.get(), y.get());
  point = {4};
  export_into(x, point, 1);
  export_into(y, point, 1 + kBytes);
  return true;
}

std::string sign(const Scalar& secret, std::string_view message) {
  zero_what_is_freed();
  const file::Digest digest = file::sha256(message);
  Secret scalar;
  if (!scalar.set(secret)) std::abort();
  Signature signature;
  ecdsa_sign(&scalar.value, nullptr, random_bytes, digest.size(), digest.data(), &signature.value);
  return der_of(signature.value);
}

std::string canonical(std::string_view bytes) {
  Signature signature;
  if (bytes.size() == 2 * kBytes) {
    mpz_set(signature.value.r, Number(bytes.substr(0, kBytes)).get());
    mpz_set(signature.value.s, Number(bytes.substr(kBytes)).get());
  } else if (!parse_numbers(bytes, signature.value)) {
    return std::string(bytes);
  }
  return der_of(signature.value);
}

bool verifies(const Point& point, std::string_view message, std::string_view der) {
  Signature signature;
  CurvePoint key;
  if (!parse(der, signature.value) || !key.set(point)) return false;
  const file::Digest digest = file::sha256(message);
  return ecdsa_verify(&key.value, digest.size(), digest.data(), &signature.value) == 1;
}

bool is_signature(std::string_view der) {
  Signature signature;
  return parse(der, signature.value);
}

}  // namespace immure::evidence::p256
