/// ECDSA on NIST P-256 with SHA-256 (FIPS 186-5) by nettle, as cosign and most hardware want it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace immure::evidence::p256 {

using Scalar = std::array<std::uint8_t, 32>;
using Point = std::array<std::uint8_t, 65>;  ///< 4, x, y: uncompressed (SEC 1)

/// True if it is uncompressed, and on the curve.
[[nodiscard]] bool is_point(const Point& point);
/// The public key of a private one; false for zero and for what is not below the group's order.
[[nodiscard]] bool public_of(const Scalar& secret, Point& point);

/// DER of r and the smaller s: of the two that verify, one is a signature here, so that nobody can make another of it.
[[nodiscard]] std::string sign(const Scalar& secret, std::string_view message);
[[nodiscard]] bool verifies(const Point& point, std::string_view message, std::string_view signature);
/// True for DER as sign() writes it, whoever made it: shortest form, both numbers in their range, the smaller s.
[[nodiscard]] bool is_signature(std::string_view der);

}  // namespace immure::evidence::p256
