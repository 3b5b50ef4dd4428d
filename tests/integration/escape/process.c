// Tries the network, other processes, privileges, limits, terminals and the time.
#include "try.h"

#include <linux/capability.h>
#include <linux/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>

static void network(void) {
  static const struct {
    const char* id;
    int family, type, protocol;
  } kSockets[] = {
      {"sock-inet-stream", AF_INET, SOCK_STREAM, 0},
      {"sock-inet6-dgram", AF_INET6, SOCK_DGRAM, 0},
      {"sock-unix-stream", AF_UNIX, SOCK_STREAM, 0},
      {"sock-netlink-route", AF_NETLINK, SOCK_RAW, 0},
      {"sock-packet", AF_PACKET, SOCK_RAW, 0x300},
      {"sock-raw-icmp", AF_INET, SOCK_RAW, 1},
      {"sock-ping-dgram", AF_INET, SOCK_DGRAM, 1},
      {"sock-vsock", 40, SOCK_STREAM, 0},
      {"sock-alg", 38, SOCK_SEQPACKET, 0},
      {"sock-xdp", 44, SOCK_RAW, 0},
      {"sock-bogus-family", 9999, 1, 0},
  };
  for (size_t i = 0; i < COUNT(kSockets); ++i) {
    char id[64];
    snprintf(id, sizeof id, "network/%s", kSockets[i].id);
    TRY_OPEN(id, syscall(SYS_socket, kSockets[i].family, kSockets[i].type, kSockets[i].protocol));
  }
  TRY("network/socketpair-unix", syscall(SYS_socketpair, AF_UNIX, 1, 0, NULL));
  TRY("network/connect-badfd", syscall(SYS_connect, -1, NULL, 0));
  TRY("network/bind-badfd", syscall(SYS_bind, -1, NULL, 0));
  TRY("network/sendto-badfd", syscall(SYS_sendto, -1, NULL, 0, 0, NULL, 0));
  TRY("network/recvfrom-badfd", syscall(SYS_recvfrom, -1, NULL, 0, 0, NULL, 0));
  TRY("network/sendmsg-badfd", syscall(SYS_sendmsg, -1, NULL, 0));
  TRY("network/recvmsg-badfd", syscall(SYS_recvmsg, -1, NULL, 0));
  TRY("network/listen-badfd", syscall(SYS_listen, -1, 0));
  TRY("network/listen-accept-badfd", syscall(SYS_accept4, -1, NULL, NULL, 0));
  TRY("network/sendmmsg-badfd", syscall(SYS_sendmmsg, -1, NULL, 0, 0));
  TRY("network/recvmmsg-badfd", syscall(SYS_recvmmsg, -1, NULL, 0, 0, NULL));
  TRY("network/setsockopt-badfd", syscall(SYS_setsockopt, -1, 0, 0, NULL, 0));
  char buffer[128] = "";
  TRY("network/siocgifconf-fd0", syscall(SYS_ioctl, 0, 0x8912, buffer));
  struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_port = 0x900, .sin_addr = {0x0100007f}};
  int fd = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  TRY("network/tcp-connect-loopback", syscall(SYS_connect, fd, &loopback, sizeof loopback));
  fd = (int)syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0probe-host"};
  TRY("network/unix-abstract-connect", syscall(SYS_connect, fd, &name, 13));
  struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "/in/sock"};
  TRY("network/unix-path-connect-in", syscall(SYS_connect, fd, &path, sizeof path));
}

static void others(void) {
  char byte = 0;
  struct iovec here = {&byte, 1}, there = {(void*)&network, 1};
  const long parent = getppid();
  TRY("process/ptrace-traceme", syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0));
  TRY("process/ptrace-attach-1", syscall(SYS_ptrace, PTRACE_SEIZE, parent, 0, 0));
  TRY("process/ptrace-bogus", syscall(SYS_ptrace, 0xdead, 0, 0, 0));
  TRY("process/process-vm-readv", syscall(SYS_process_vm_readv, parent, &here, 1, &there, 1, 1));
  TRY("process/process-vm-readv-real", syscall(SYS_process_vm_readv, parent, &here, 1, &there, 1, 0));
  TRY("process/process-vm-writev", syscall(SYS_process_vm_writev, parent, &here, 1, &there, 1, 1));
  TRY("process/pidfd-open", syscall(SYS_pidfd_open, parent, 0));
  TRY("process/pidfd-getfd", syscall(438, -1, 0, 0));
  TRY("process/pidfd-send-signal", syscall(424, -1, 0, NULL, 0));
  TRY("process/process-madvise", syscall(440, -1, NULL, 0, 0, 0));
  TRY("process/process-mrelease", syscall(448, -1, 0));
  TRY("process/kcmp", syscall(SYS_kcmp, getpid(), parent, 99, 0, 0));
  TRY("process/kill-host-pid", syscall(SYS_kill, 1, 0));
  TRY("process/kill-everybody", syscall(SYS_kill, -1, 0));
  TRY("process/tkill", syscall(SYS_tkill, 1, 0));
  TRY("process/sigqueue", syscall(SYS_rt_sigqueueinfo, 1, 0, NULL));
  int visible = 0;
  for (int pid = 2; pid < 4096; ++pid) visible += pid != getpid() && syscall(SYS_tgkill, pid, pid, 0) == 0;
  effect("process/other-pids", visible);
  // Process 1 of a pid namespace takes no signal from inside (pid_namespaces(7)); the proof is that this program goes
  // on.
  syscall(SYS_tgkill, 1, 1, SIGKILL);
  effect("process/getppid", parent != 1);
  TRY("process/setns", syscall(SYS_setns, -1, 0));
  TRY("process/unshare-user", syscall(SYS_unshare, CLONE_NEWUSER));
  TRY("process/unshare-invalid", syscall(SYS_unshare, 1));
  TRY("process/unshare-net", syscall(SYS_unshare, CLONE_NEWNET));
  static const struct {
    const char* id;
    unsigned long flags;
  } kClones[] = {
      {"clone-newuser", CLONE_NEWUSER},     {"clone-newns", CLONE_NEWNS},
      {"clone-newpid", CLONE_NEWPID},       {"clone-newnet", CLONE_NEWNET},
      {"clone-newipc", CLONE_NEWIPC},       {"clone-newuts", CLONE_NEWUTS},
      {"clone-newcgroup", CLONE_NEWCGROUP}, {"clone-untraced-ptrace", CLONE_PTRACE},
      {"clone-parent", CLONE_PARENT},       {"clone-untraced", CLONE_UNTRACED},
      {"clone-pidfd", CLONE_PIDFD},
  };
  for (size_t i = 0; i < COUNT(kClones); ++i) {
    char id[64];
    snprintf(id, sizeof id, "process/%s", kClones[i].id);
    errno = 0;
    int pidfd = -1;
    const long pid = syscall(SYS_clone, kClones[i].flags | SIGCHLD, 0, &pidfd, 0, 0);
    if (pid == 0) _exit(0);
    report(id, pid, errno);
    if (pid > 0) await_child(pid);
    if (pidfd >= 0) close(pidfd);
  }
  TRY("process/clone-invalid-sighand", syscall(SYS_clone, CLONE_THREAD, 0, 0, 0, 0));
  TRY("process/clone3-zero", syscall(435, NULL, 0));
  const uint64_t arguments[8] = {CLONE_NEWUSER, 0, 0, 0, SIGCHLD};
  errno = 0;
  const long pid = syscall(435, arguments, sizeof arguments);
  if (pid == 0) _exit(0);
  report("process/clone3-newuser", pid, errno);
  TRY("process/setpriority-up", syscall(SYS_setpriority, 0, 0, -20));
  const int priority = 1;
  TRY("process/sched-setscheduler-fifo", syscall(SYS_sched_setscheduler, 0, 1, &priority));
  TRY("process/sched-setattr-deadline", syscall(SYS_sched_setattr, 0, NULL, 0));
  TRY("process/sched-setaffinity", syscall(SYS_sched_setaffinity, 0, 0, NULL));
  TRY("process/ioprio-rt", syscall(SYS_ioprio_set, 1, 0, 1 << 13));
  TRY("process/migrate-pages", syscall(SYS_migrate_pages, parent, 0, NULL, NULL));
  TRY("process/move-pages", syscall(SYS_move_pages, getpid(), 0, NULL, NULL, NULL, -1));
  TRY("process/setsid", syscall(SYS_setsid));
  TRY("process/setpgid", syscall(SYS_setpgid, 0, 0));
}

static void privilege(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct all[2] = {{~0U, ~0U, ~0U}, {~0U, ~0U, ~0U}}, now[2] = {{0}};
  TRY("privilege/capget", syscall(SYS_capget, &header, now));
  effect("privilege/uid-caps", now[0].effective != 0 || now[0].permitted != 0 || getuid() != 1000 || getgid() != 1000);
  TRY("privilege/capset-all", syscall(SYS_capset, &header, all));
  TRY("privilege/setuid-0", syscall(SYS_setuid, 0));
  TRY("privilege/setresuid-0", syscall(SYS_setresuid, 0, 0, 0));
  TRY("privilege/setresgid-0", syscall(SYS_setresgid, 0, 0, 0));
  TRY("privilege/setgroups-0", syscall(SYS_setgroups, 0, NULL));
  TRY("privilege/setfsuid", syscall(SYS_setfsuid, 0));
  TRY("privilege/prctl-bset-read", syscall(SYS_prctl, PR_CAPBSET_READ, 21, 0, 0, 0));
  TRY("privilege/prctl-ambient-raise", syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 21, 0, 0));
  TRY("privilege/prctl-keepcaps", syscall(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0));
  TRY("privilege/prctl-securebits", syscall(SYS_prctl, PR_SET_SECUREBITS, 0, 0, 0, 0));
  TRY("privilege/prctl-unset-nnp", syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
  TRY("privilege/prctl-seccomp-strict0", syscall(SYS_prctl, PR_SET_SECCOMP, 0, 0, 0, 0));
  TRY("privilege/prctl-set-dumpable", syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0));
  TRY("privilege/prctl-set-ptracer", syscall(SYS_prctl, PR_SET_PTRACER, -1, 0, 0, 0));
  TRY("privilege/prctl-set-mm", syscall(SYS_prctl, PR_SET_MM, 1, 0, 0, 0));
  TRY("privilege/prctl-subreaper", syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
  TRY("privilege/prctl-pdeathsig", syscall(SYS_prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0));
  TRY("privilege/prctl-mdwe", syscall(SYS_prctl, 65, 0, 0, 0, 0));
  TRY("privilege/prctl-high-bits", syscall(SYS_prctl, 0x100000000UL | PR_SET_DUMPABLE, 1, 0, 0, 0));
  const uint32_t action = 0x7fff0000;
  TRY("privilege/seccomp-actions-avail", syscall(SYS_seccomp, 2, 0, &action));
  TRY("privilege/seccomp-new-listener", syscall(SYS_seccomp, 1, 8, NULL));
  TRY("privilege/landlock-create", syscall(444, NULL, 0, 1));
  TRY("privilege/keyctl", syscall(SYS_keyctl, 99999));
  TRY("privilege/keyctl-session", syscall(SYS_keyctl, 0, -3, 0));
  TRY("privilege/add-key", syscall(SYS_add_key, NULL, NULL, NULL, 0, 0));
  TRY("privilege/request-key", syscall(SYS_request_key, NULL, NULL, NULL, 0));
  TRY("privilege/lsm-get-self", syscall(459, 0, NULL, NULL, 0));
  TRY("privilege/lsm-set-self", syscall(460, 0, NULL, 0, 0));
  TRY("privilege/lsm-list", syscall(461, NULL, NULL, 0));
}

static void ipc_and_terminals(void) {
  TRY("ipc/shmget", syscall(SYS_shmget, 0x1234, 1, 0));
  TRY("ipc/semget", syscall(SYS_semget, 0, -1, 0));
  TRY("ipc/msgget", syscall(SYS_msgget, 0x1234, 0));
  char info[256];
  TRY("ipc/shmctl-info", syscall(SYS_shmctl, 0, 14, info));
  TRY("ipc/mq-open", syscall(SYS_mq_open, "x", O_RDWR, 0, NULL));
  TRY("ipc/mq-unlink", syscall(SYS_mq_unlink, "x"));
  TRY("ipc/f-setown", syscall(SYS_fcntl, 1, F_SETOWN, 1));
  TRY("ipc/f-setsig", syscall(SYS_fcntl, 1, F_SETSIG, 1));
  TRY("ipc/f-setfl-async", syscall(SYS_fcntl, 1, F_SETFL, O_ASYNC));
  const int directory = openat(AT_FDCWD, "/in", O_RDONLY | O_DIRECTORY);
  TRY("ipc/f-notify", syscall(SYS_fcntl, directory, F_NOTIFY, 1));
  close(directory);
  int number = 0;
  TRY("tty/tiocsti", syscall(SYS_ioctl, 0, TIOCSTI, "x"));
  TRY("tty/tiocsti-hi", syscall(SYS_ioctl, 0, 0x100000000UL | TIOCSTI, "x"));
  TRY("tty/tioclinux", syscall(SYS_ioctl, 0, TIOCLINUX, "\2"));
  char terminal[64];
  TRY("tty/tcgets", syscall(SYS_ioctl, 0, TCGETS, terminal));
  TRY("tty/tiocsctty", syscall(SYS_ioctl, 0, TIOCSCTTY, 0));
  TRY("tty/fionbio-shared", syscall(SYS_ioctl, 1, FIONBIO, &number));
  TRY("tty/fioasync-shared", syscall(SYS_ioctl, 1, FIOASYNC, &number));
  TRY("tty/ioctl-bogus", syscall(SYS_ioctl, 0, 0xdeadbeef, 0));
}

static void resources(void) {
  const struct rlimit more = {1 << 20, 1 << 20};
  struct rlimit now;
  TRY("resources/rlimit-nofile-up", syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &more, NULL));
  TRY("resources/rlimit-other-pid", syscall(SYS_prlimit64, 1, RLIMIT_NOFILE, NULL, &now));
  TRY("resources/rlimit-core", syscall(SYS_prlimit64, 0, RLIMIT_CORE, NULL, &now));
  effect("resources/core-is-one", now.rlim_cur != 1 || now.rlim_max != 1);
  const int fd = openat(AT_FDCWD, "/out/big", O_CREAT | O_WRONLY, 0600);
  signal(SIGXFSZ, SIG_IGN);
  TRY("resources/fsize-bomb", pwrite(fd, "x", 1, 1L << 40));
  TRY("resources/fsize-truncate", ftruncate(fd, 1L << 40));
  TRY("resources/fallocate-bomb", syscall(SYS_fallocate, fd, 0, 0, 1L << 40));
  close(fd);
  TRY("resources/mem-as",
      syscall(SYS_mmap, 0, 1L << 46, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  TRY("resources/hugetlb", syscall(SYS_mmap, 0, 1L << 21, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0));
  TRY("resources/mlock", syscall(SYS_mlock, &now, 1));
  int pipes[2] = {-1, -1};
  if (pipe2(pipes, 0) != 0) report("resources/pipe", -1, errno);
  TRY("resources/pipe-size", syscall(SYS_fcntl, pipes[1], F_SETPIPE_SZ, 1 << 24));
  close(pipes[0]);
  close(pipes[1]);
  int timer = 0;
  TRY("resources/timer-flood", syscall(SYS_timer_create, 0, NULL, &timer));
  TRY("resources/inotify-flood", syscall(SYS_inotify_init1, 0));
  TRY("resources/epoll", syscall(SYS_epoll_create1, 0));
  TRY("resources/eventfd", syscall(SYS_eventfd2, 0, 0));
  TRY("resources/signalfd", syscall(SYS_signalfd4, -1, NULL, 0, 0));
  TRY("resources/timerfd", syscall(SYS_timerfd_create, 0, 0));
}

static void time_and_information(void) {
  struct timex adjust = {0};
  struct timespec now;
  TRY("time/clock-settime", syscall(SYS_clock_settime, 9999, NULL));
  TRY("time/clock-settime-null", syscall(SYS_clock_settime, 0, NULL));
  TRY("time/settimeofday", syscall(SYS_settimeofday, 1, NULL));
  TRY("time/adjtimex", syscall(SYS_adjtimex, NULL));
  TRY("time/clock-adjtime", syscall(SYS_clock_adjtime, 9999, &adjust));
  TRY("time/clock-adjtime-read", syscall(SYS_clock_adjtime, 0, &adjust));
  TRY("time/timerfd-alarm", syscall(SYS_timerfd_create, 9, 0));
  TRY("time/clock-gettime-vdso", clock_gettime(CLOCK_MONOTONIC, &now));
  TRY("time/clock-gettime-sys", syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now));
  struct utsname name;
  TRY("information/uname", syscall(SYS_uname, &name));
  TRY("information/sethostname", syscall(SYS_sethostname, NULL, -1));
  TRY("information/setdomainname", syscall(SYS_setdomainname, NULL, -1));
  char buffer[4096];
  TRY("information/sysinfo", syscall(SYS_sysinfo, buffer));
  TRY("information/sched-getaffinity", syscall(SYS_sched_getaffinity, 0, sizeof buffer, buffer));
  TRY("information/mincore-in", syscall(SYS_mincore, buffer, 1, buffer));
  TRY("information/getcpu", syscall(SYS_getcpu, NULL, NULL, NULL));
  TRY("information/times", syscall(SYS_times, NULL));
  TRY("information/prctl-get-tid-address", syscall(SYS_prctl, 40, buffer, 0, 0, 0));
  TRY("information/get-robust-list-ppid", syscall(SYS_get_robust_list, 1, buffer, buffer + 8));
  TRY("information/getpriority", syscall(SYS_getpriority, 0, 0));
  TRY("information/getgroups", syscall(SYS_getgroups, 0, NULL));
}

void try_process(void) {
  network();
  others();
  privilege();
  ipc_and_terminals();
  resources();
  time_and_information();
}
