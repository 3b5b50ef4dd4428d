/// The name of this machine's architecture in the paths of Debian's libraries.
#pragma once

#if defined(__x86_64__)
#define IMMURE_MULTIARCH "x86_64-linux-gnu"
#elif defined(__aarch64__)
#define IMMURE_MULTIARCH "aarch64-linux-gnu"
#endif
