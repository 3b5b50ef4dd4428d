"""Checks of edwards25519 beyond RFC 8032: points are canonical, of no small order, and in the prime subgroup."""
from __future__ import annotations

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)

Point = tuple[int, int, int, int]
_ZERO: Point = (0, 1, 1, 0)


def _add(a: Point, b: Point) -> Point:
    aa = (a[1] - a[0]) * (b[1] - b[0]) % _P
    bb = (a[1] + a[0]) * (b[1] + b[0]) % _P
    cc = 2 * a[3] * b[3] * _D % _P
    dd = 2 * a[2] * b[2] % _P
    e, f, g, h = bb - aa, dd - cc, dd + cc, bb + aa
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(scalar: int, point: Point) -> Point:
    result = _ZERO
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result


def _is_zero(point: Point) -> bool:
    return point[0] % _P == 0 and (point[1] - point[2]) % _P == 0


def _decoded(encoded: bytes) -> Point | None:
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, (number & (2**255 - 1)) % _P
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P != 0:
        x = x * _ROOT % _P
    if (x * x - square) % _P != 0:
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


def has_small_order(encoded: bytes) -> bool:
    """True if the bytes encode, canonically or not, a point of order 1, 2, 4 or 8."""
    point = _decoded(encoded)
    return point is not None and _is_zero(_times(8, point))


def is_good_key(encoded: bytes) -> bool:
    """True if the bytes are the canonical encoding of a point in the subgroup of prime order."""
    if len(encoded) != 32 or int.from_bytes(encoded, "little") & (2**255 - 1) >= _P:
        return False
    point = _decoded(encoded)
    return point is not None and not _is_zero(_times(8, point)) and _is_zero(_times(_L, point))


def is_good_signature(signature: bytes) -> bool:
    """True if the scalar is below the group's order and the point R does not have a small order."""
    return (
        len(signature) == 64
        and int.from_bytes(signature[32:], "little") < _L
        and not has_small_order(signature[:32])
    )
