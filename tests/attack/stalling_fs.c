// A file system that stops answering: a FUSE server that speaks the raw protocol of /dev/fuse (fuse(4)). The server
// provides the regular files of one flat directory. After the first N requests of one kind, the server leaves every
// further request of this kind unanswered. Usage: stalling_fs SOURCE MOUNTPOINT lookup|getattr|readdir|open|read N
// [DIRECTORY]
// With DIRECTORY the server prints "waits", and mounts only when another process has opened DIRECTORY. Prints "ready"
// when the file system is mounted, and "stalled" when the server leaves a request unanswered. Runs until it is killed.
// The end of the server aborts the connection, and so frees every process that waits for an answer. Needs root and its
// own mount namespace, with which the mount disappears.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { kMostFiles = 64, kFirstFile = 2, kBuffer = 1 << 20 };

static struct {
  char name[256];
  char* bytes;
  struct stat status;
} files[kMostFiles];
static int file_count, device;
static struct stat directory;

static void load(const char* source) {
  DIR* listing = opendir(source);
  if (listing == NULL || stat(source, &directory) != 0) exit(70);
  for (struct dirent* entry; file_count < kMostFiles && (entry = readdir(listing)) != NULL;) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", source, entry->d_name);
    int fd = open(path, O_RDONLY);
    if (fstat(fd, &files[file_count].status) != 0 || !S_ISREG(files[file_count].status.st_mode)) {
      close(fd);
      continue;
    }
    const size_t size = (size_t)files[file_count].status.st_size;
    files[file_count].bytes = malloc(size + 1);
    if (read(fd, files[file_count].bytes, size) != (ssize_t)size) exit(70);
    close(fd);
    snprintf(files[file_count++].name, sizeof files[0].name, "%s", entry->d_name);
  }
  closedir(listing);
}

static void answer(const struct fuse_in_header* to, int error, const void* body, size_t size) {
  static char out[kBuffer];
  const struct fuse_out_header header = {
      .len = (unsigned)(sizeof header + size), .error = -error, .unique = to->unique};
  memcpy(out, &header, sizeof header);
  if (size > 0) memcpy(out + sizeof header, body, size);
  if (write(device, out, header.len) < 0 && errno != ENOENT) exit(70);
}

static struct fuse_attr attributes(unsigned long node) {
  const struct stat* status = node == FUSE_ROOT_ID ? &directory : &files[node - kFirstFile].status;
  return (struct fuse_attr){.ino = node,
                            .size = (unsigned long)status->st_size,
                            .blocks = (unsigned long)status->st_blocks,
                            .mtime = (unsigned long)status->st_mtime,
                            .ctime = (unsigned long)status->st_ctime,
                            .mode = status->st_mode,
                            .nlink = node == FUSE_ROOT_ID ? 2 : 1,
                            .uid = status->st_uid,
                            .gid = status->st_gid,
                            .blksize = 4096};
}

static void answer_lookup(const struct fuse_in_header* in, const char* name) {
  for (int i = 0; i < file_count; i++) {
    if (strcmp(name, files[i].name) != 0) continue;
    const unsigned long node = (unsigned long)i + kFirstFile;
    const struct fuse_entry_out entry = {.nodeid = node, .attr = attributes(node)};
    answer(in, 0, &entry, sizeof entry);
    return;
  }
  answer(in, ENOENT, NULL, 0);
}

static void answer_readdir(const struct fuse_in_header* in, unsigned long offset) {
  static char out[kBuffer];
  size_t size = 0;
  for (unsigned long i = offset; i < (unsigned long)file_count; i++) {
    struct fuse_dirent entry = {
        .ino = i + kFirstFile, .off = i + 1, .namelen = (unsigned)strlen(files[i].name), .type = DT_REG};
    memset(out + size, 0, FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + entry.namelen));
    memcpy(out + size, &entry, FUSE_NAME_OFFSET);
    memcpy(out + size + FUSE_NAME_OFFSET, files[i].name, entry.namelen);
    size += FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + entry.namelen);
  }
  answer(in, 0, out, size);
}

static void answer_read(const struct fuse_in_header* in, const struct fuse_read_in* read) {
  const unsigned long whole = (unsigned long)files[in->nodeid - kFirstFile].status.st_size;
  const unsigned long left = read->offset < whole ? whole - read->offset : 0;
  answer(in, 0, files[in->nodeid - kFirstFile].bytes + (left > 0 ? read->offset : 0),
         left < read->size ? left : read->size);
}

static void serve(const struct fuse_in_header* in, const void* body) {
  const struct fuse_init_out init = {
      .major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION, .max_write = 65536, .time_gran = 1};
  // Use no page cache, so that each read(2) becomes a request.
  const struct fuse_open_out opened = {.open_flags = FOPEN_DIRECT_IO};
  const struct fuse_attr_out attributes_out = {.attr = attributes(in->nodeid)};
  const struct fuse_statfs_out statfs = {.st = {.bsize = 4096, .namelen = 255}};
  switch (in->opcode) {
    case FUSE_INIT: answer(in, 0, &init, sizeof init); break;
    case FUSE_LOOKUP: answer_lookup(in, body); break;
    case FUSE_GETATTR: answer(in, 0, &attributes_out, sizeof attributes_out); break;
    case FUSE_OPENDIR:
    case FUSE_OPEN: answer(in, 0, &opened, sizeof opened); break;
    case FUSE_READDIR: answer_readdir(in, ((const struct fuse_read_in*)body)->offset); break;
    case FUSE_READ: answer_read(in, body); break;
    case FUSE_STATFS: answer(in, 0, &statfs, sizeof statfs); break;
    case FUSE_RELEASE:
    case FUSE_RELEASEDIR:
    case FUSE_FLUSH: answer(in, 0, NULL, 0); break;
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT: break;  // these want no answer
    default: answer(in, ENOSYS, NULL, 0);
  }
}

static unsigned opcode_of(const char* name) {
  if (strcmp(name, "lookup") == 0) return FUSE_LOOKUP;
  if (strcmp(name, "getattr") == 0) return FUSE_GETATTR;
  if (strcmp(name, "readdir") == 0) return FUSE_READDIR;
  if (strcmp(name, "open") == 0) return FUSE_OPEN;
  if (strcmp(name, "read") == 0) return FUSE_READ;
  exit(64);
}

static void await_open(const char* path) {
  static char event[4096];
  const int queue = inotify_init();
  if (queue < 0 || inotify_add_watch(queue, path, IN_OPEN) < 0) exit(77);
  puts("waits");
  fflush(stdout);
  if (read(queue, event, sizeof event) <= 0) exit(77);
  close(queue);
}

int main(int count, char** words) {
  if (count != 5 && count != 6) return 64;
  load(words[1]);
  const unsigned stalls = opcode_of(words[3]);
  int left = atoi(words[4]);
  if (count == 6) await_open(words[5]);
  device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (device < 0) return 77;
  char options[128];
  snprintf(options, sizeof options, "fd=%d,rootmode=%o,user_id=0,group_id=0,allow_other,default_permissions", device,
           directory.st_mode & S_IFMT);
  if (mount("stalling", words[2], "fuse", MS_NOSUID | MS_NODEV, options) != 0) return 77;
  puts("ready");
  fflush(stdout);
  static char buffer[kBuffer];
  for (;;) {
    const ssize_t size = read(device, buffer, sizeof buffer);
    if (size < 0 && (errno == EINTR || errno == ENOENT)) continue;
    if (size < (ssize_t)sizeof(struct fuse_in_header)) return 0;
    const struct fuse_in_header* in = (const void*)buffer;
    if (in->opcode == stalls && left-- <= 0) {
      puts("stalled");
      fflush(stdout);
      continue;
    }
    serve(in, buffer + sizeof *in);
  }
}
