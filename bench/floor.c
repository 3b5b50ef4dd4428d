/* Does the least that any launcher must do: one clone3 with all seven namespaces, one exec, one wait. Nothing restricts
 * the program, so the time is the price of the kernel alone. Usage: floor PROGRAM [ARGUMENTS]
 * With SIGNED, does the least that a launcher must do if it signs as much as immure does: floor also signs as many
 * bytes, writes them, flushes them to the disk and names the file. All bytes are zero. Usage: floor-signed FILE PROGRAM
 * [ARGUMENTS]
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef SIGNED
#include <sodium.h>

enum { kStatement = 95000, kEnvelope = 127000 };

static int store_signed(const char* name) {
  static unsigned char statement[kStatement], envelope[kEnvelope];
  unsigned char public_key[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
  unsigned char seed[crypto_sign_SEEDBYTES] = {1};
  crypto_sign_seed_keypair(public_key, secret, seed);
  crypto_sign_detached(envelope, NULL, statement, sizeof statement, secret);
  char temporary[4096];
  if (snprintf(temporary, sizeof temporary, "%s.new", name) >= (int)sizeof temporary) return 64;
  const int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0 || write(fd, envelope, sizeof envelope) != sizeof envelope || fsync(fd) != 0 || close(fd) != 0 ||
      rename(temporary, name) != 0) {
    perror(name);
    return 70;
  }
  return 0;
}
#endif

int main(int count, char** arguments) {
#ifdef SIGNED
  const char* const file = arguments[1];
  ++arguments;
  --count;
#endif
  if (count < 2) return 64;
  struct clone_args wanted = {
      .flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
               CLONE_NEWCGROUP | CLONE_VFORK,
      .exit_signal = SIGCHLD,
  };
  long child = syscall(SYS_clone3, &wanted, sizeof wanted);
  if (child == 0) {
    execv(arguments[1], arguments + 1);
    _exit(127);
  }
  if (child < 0) {
    perror("clone3");
    return 70;
  }
  int status = 0;
  if (waitpid((pid_t)child, &status, 0) != (pid_t)child) return 70;
#ifdef SIGNED
  const int stored = store_signed(file);
  if (stored != 0) return stored;
#endif
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
