/// ECDSA on NIST P-256 with SHA-256 (FIPS 186-5) by nettle, for cosign and for hardware that lacks Ed25519.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace immure::evidence::p256 {

using Scalar = std::array<std::uint8_t, 32>;
/// The byte 4 and the coordinates x and y: the uncompressed form (SEC 1).
using Point = std::array<std::uint8_t, 65>;

/// True if the point is in uncompressed form and lies on the curve.
[[nodiscard]] bool is_point(const Point& point);
/// Computes the public key of a private key. False if `secret` is zero or not below the order of the group.
[[nodiscard]] bool public_of(const Scalar& secret, Point& point);

/// Signs `message`. The result is DER of r and s. Both s and n-s would verify; the function writes the smaller one, and
/// verifiers accept no other, so nobody can make a second valid signature from the first.
[[nodiscard]] std::string sign(const Scalar& secret, std::string_view message);
/// The form that sign() writes of a signature that another program made: in DER with either s, or as the 64 bytes of r
/// and s, as tokens give it (PKCS #11). Bytes in another form come back unchanged, and do not verify.
[[nodiscard]] std::string canonical(std::string_view signature);
[[nodiscard]] bool verifies(const Point& point, std::string_view message, std::string_view signature);
/// True if `der` has the form that sign() writes: shortest form, both numbers in range, and the smaller s. The function
/// does not check who made the signature.
[[nodiscard]] bool is_signature(std::string_view der);

}  // namespace immure::evidence::p256
