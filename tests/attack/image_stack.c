/* Runs code that it writes onto its own stack, which works only if the kernel made the stack executable. */
#include <string.h>
#include <unistd.h>

int main(void) {
#ifdef HARMLESS
  return write(1, "harmless\n", 9) == 9 ? 0 : 1;
#else
#if defined(__x86_64__)
  const unsigned char code[] = {0xb8, 42, 0, 0, 0, 0xc3}; /* mov $42, %eax; ret */
#else
  const unsigned int code[] = {0x52800540, 0xd65f03c0}; /* mov w0, #42; ret */
#endif
  volatile unsigned char stack[sizeof code];
  for (unsigned i = 0; i < sizeof code; ++i) stack[i] = ((const unsigned char*)code)[i];
  __builtin___clear_cache((char*)stack, (char*)stack + sizeof code);
  int (*fresh)(void);
  const void* start = (const void*)stack;
  memcpy(&fresh, &start, sizeof fresh);
  if (fresh() == 42 && write(1, "FRESH CODE RAN\n", 15) == 15) return 0;
  return 1;
#endif
}
