/* Faults at the system calls that change a unit's folder, for tests: put before the C library with
 * LD_PRELOAD, armed from Python by ctypes. Linux only (it finds a file's name in /proc/self/fd).
 *
 * Every call that writes, syncs, cuts, names or removes something in the folder is one step. At a
 * chosen step the process is killed before or after the call, or after half of a write; or from
 * that step on calls fail as on a full disk. Or every step is written to a record, from which a
 * power cut at any moment can be played back.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OFF, COUNT, KILL_BEFORE, KILL_AFTER, KILL_HALFWAY, DISK_FULL };

static char folder[4096];
static int how = OFF, record_fd = -1;
static long at, steps;

void fault_arm(const char *in_folder, int what, long at_step) {
    snprintf(folder, sizeof folder, "%s", in_folder);
    how = what;
    at = at_step;
    steps = 0;
}

long fault_steps(void) { return steps; }

/* Keep a record of every step in this file. */
void fault_record(int fd) { record_fd = fd; }

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static void die(void) { kill(getpid(), SIGKILL); }

static int in_folder(const char *path) {
    size_t length = strlen(folder);
    return how != OFF && !strncmp(path, folder, length) && (!path[length] || path[length] == '/');
}

static const char *path_of(int fd) {
    static char path[4096];
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    return path;
}

/* One line of the record: what, path, offset, and the bytes or the second path. */
void fault_note(char what, const char *path, uint64_t offset, const void *data, uint64_t length) {
    if (record_fd < 0) return;
    REAL(write);
    uint64_t sizes[3] = {strlen(path), offset, length};
    if (real(record_fd, &what, 1) < 0 || real(record_fd, sizes, sizeof sizes) < 0 ||
        real(record_fd, path, sizes[0]) < 0 || real(record_fd, data, length) < 0)
        die();
}

/* What the call about to be made shall do: 0 go on, -1 fail, 1 be cut halfway. */
static int before(void) {
    steps++;
    if (how == DISK_FULL && steps >= at) {
        errno = ENOSPC;
        return -1;
    }
    if (steps != at) return 0;
    if (how == KILL_BEFORE) die();
    return how == KILL_HALFWAY;
}

static void after(void) {
    if (how == KILL_AFTER && steps == at) die();
}

#define WRITE(name, parameters, arguments, half, position) \
    ssize_t name parameters { \
        REAL(name); \
        if (how == OFF || !in_folder(path_of(fd))) return real arguments; \
        int fate = before(); \
        if (fate < 0) return -1; \
        if (fate > 0) { \
            if (real half < 0) perror("shim"); \
            die(); \
        } \
        fault_note('w', path_of(fd), (uint64_t)(position), data, length); \
        ssize_t done = real arguments; \
        after(); \
        return done; \
    }

WRITE(write, (int fd, const void *data, size_t length), (fd, data, length),
      (fd, data, length / 2), lseek(fd, 0, SEEK_CUR))
WRITE(pwrite, (int fd, const void *data, size_t length, off_t offset),
      (fd, data, length, offset), (fd, data, length / 2, offset), offset)
WRITE(pwrite64, (int fd, const void *data, size_t length, off64_t offset),
      (fd, data, length, offset), (fd, data, length / 2, offset), offset)

/* Calls on a file that is open. A full disk still syncs and cuts. */
#define ON_FILE(what, name, parameters, arguments, offset) \
    int name parameters { \
        REAL(name); \
        if (how == OFF || !in_folder(path_of(fd))) return real arguments; \
        int full = how == DISK_FULL; \
        if (full) steps++; \
        else if (before() > 0) die(); \
        fault_note(what, path_of(fd), (uint64_t)(offset), "", 0); \
        int done = real arguments; \
        after(); \
        return done; \
    }

ON_FILE('s', fsync, (int fd), (fd), 0)
ON_FILE('s', fdatasync, (int fd), (fd), 0)
ON_FILE('t', ftruncate, (int fd, off_t length), (fd, length), length)
ON_FILE('t', ftruncate64, (int fd, off64_t length), (fd, length), length)

/* Calls that change names. */
#define ON_NAME(what, name, parameters, arguments, path, other) \
    int name parameters { \
        REAL(name); \
        if (!in_folder(path)) return real arguments; \
        int full = how == DISK_FULL; \
        if (full) steps++; \
        else if (before() > 0) die(); \
        int done = real arguments; \
        if (!done) fault_note(what, path, 0, other, strlen(other)); \
        after(); \
        return done; \
    }

ON_NAME('u', unlink, (const char *path), (path), path, "")
ON_NAME('r', rename, (const char *from, const char *to), (from, to), from, to)
ON_NAME('l', link, (const char *from, const char *to), (from, to), from, to)

/* A file that is made is a step too. */
#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(name); \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        struct stat seen; \
        if (!in_folder(path) || !(flags & O_CREAT) || !stat(path, &seen)) \
            return real(path, flags, mode); \
        int fate = before(); \
        if (fate < 0) return -1; \
        if (fate > 0) die(); \
        int fd = real(path, flags, mode); \
        if (fd >= 0) fault_note('c', path, 0, "", 0); \
        after(); \
        return fd; \
    }

OPEN(open)
OPEN(open64)
