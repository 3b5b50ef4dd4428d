/// Numbers of system calls that the kernel headers of Debian 12 lack. Numbers above 423 are the same on every
/// architecture.
#pragma once

namespace immure::sys::nr {

inline constexpr long kMapShadowStack = 453;
inline constexpr long kFchmodat2 = 452;
inline constexpr long kCachestat = 451;
inline constexpr long kFutexWake = 454;
inline constexpr long kFutexWait = 455;
inline constexpr long kFutexRequeue = 456;
inline constexpr long kStatmount = 457;
inline constexpr long kListmount = 458;
inline constexpr long kLsmGetSelfAttr = 459;
inline constexpr long kLsmSetSelfAttr = 460;
inline constexpr long kLsmListModules = 461;
inline constexpr long kMseal = 462;
inline constexpr long kSetxattrat = 463;
inline constexpr long kGetxattrat = 464;
inline constexpr long kListxattrat = 465;
inline constexpr long kRemovexattrat = 466;
inline constexpr long kOpenTreeAttr = 467;
inline constexpr long kFileGetattr = 468;
inline constexpr long kFileSetattr = 469;
inline constexpr long kListns = 470;

/// The highest number that this project knows. A call with a higher number is newer than this project.
inline constexpr long kLast = kListns;

}  // namespace immure::sys::nr
