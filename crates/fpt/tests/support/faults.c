/* What some systems answer: no locks, no syncing, no second names of files, no more threads, another time. Loaded before the C library;
 * FAULT_FLOCK, FAULT_FSYNC and FAULT_LINK are errors, FAULT_THREADS is how many threads a process may still make, FAULT_CLOCK how many
 * seconds its clock is ahead. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static int fault(const char *name) {
    const char *value = getenv(name);
    return value ? atoi(value) : 0;
}

int flock(int file, int operation) {
    int error = fault("FAULT_FLOCK");
    if (error) {
        errno = error;
        return -1;
    }
    int (*real)(int, int) = (int (*)(int, int))dlsym(RTLD_NEXT, "flock");
    return real(file, operation);
}

static int sync_file(int file);

int fsync(int file) {
    int error = fault("FAULT_FSYNC");
    if (error) {
        errno = error;
        return -1;
    }
    return sync_file(file);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
    static atomic_int made;
    if (getenv("FAULT_THREADS") && atomic_fetch_add(&made, 1) >= fault("FAULT_THREADS"))
        return EAGAIN;
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
        (int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))dlsym(RTLD_NEXT, "pthread_create");
    return real(thread, attributes, start, argument);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int (*real)(clockid_t, struct timespec *) = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int answer = real(clock, now);
    if (answer == 0 && clock == CLOCK_REALTIME)
        now->tv_sec += fault("FAULT_CLOCK");
    return answer;
}

/* The disk: the FAULT_AT-th change below the folder FAULT_UNDER, counted over all processes in the file FAULT_COUNT, goes wrong as
 * FAULT_HOW says: an error number, or BEFORE, TORN or AFTER for a kill there. */

enum { BEFORE = -1, TORN = -2, AFTER = -3 };

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void die(void) { kill(getpid(), SIGKILL); }

static int is_under(const char *path) {
    const char *under = getenv("FAULT_UNDER");
    return under && strncmp(path, under, strlen(under)) == 0;
}

static int is_file_under(int file) {
    char link[64], path[PATH_MAX];
    if (!getenv("FAULT_UNDER"))
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return is_under(path);
}

/* How this change goes wrong; 0 for not at all. */
static int counted(int is_ours) {
    static _Atomic int *count;
    if (!is_ours)
        return 0;
    if (!count) {
        int file = REAL(open64)(getenv("FAULT_COUNT"), O_RDWR | O_CREAT, 0600);
        if (file < 0 || REAL(ftruncate64)(file, sizeof *count))
            abort();
        count = mmap(0, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        close(file);
    }
    int how = atomic_fetch_add(count, 1) + 1 == fault("FAULT_AT") ? fault("FAULT_HOW") : 0;
    if (how == BEFORE)
        die();
    return how;
}

#define CHANGE(is_ours, call)                 \
    do {                                      \
        int how = counted(is_ours);           \
        if (how > 0) {                        \
            errno = how;                      \
            return -1;                        \
        }                                     \
        __typeof__(call) result = (call);     \
        if (how)                              \
            die();                            \
        return result;                        \
    } while (0)

ssize_t write(int file, const void *bytes, size_t length) {
    int how = counted(is_file_under(file));
    if (how > 0) {
        errno = how;
        return -1;
    }
    ssize_t written = REAL(write)(file, bytes, how == TORN ? length / 2 : length);
    if (how)
        die();
    return written;
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t at) {
    int how = counted(is_file_under(file));
    if (how > 0) {
        errno = how;
        return -1;
    }
    ssize_t written = REAL(pwrite64)(file, bytes, how == TORN ? length / 2 : length, at);
    if (how)
        die();
    return written;
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    CHANGE(is_file_under(file), REAL(writev)(file, parts, count));
}

int open64(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    CHANGE((flags & (O_CREAT | O_TRUNC)) && is_under(path), REAL(open64)(path, flags, mode));
}

int rename(const char *from, const char *to) { CHANGE(is_under(to), REAL(rename)(from, to)); }
int unlink(const char *path) { CHANGE(is_under(path), REAL(unlink)(path)); }
int unlinkat(int folder, const char *path, int flags) { CHANGE(is_file_under(folder), REAL(unlinkat)(folder, path, flags)); }
int rmdir(const char *path) { CHANGE(is_under(path), REAL(rmdir)(path)); }
int mkdir(const char *path, mode_t mode) { CHANGE(is_under(path), REAL(mkdir)(path, mode)); }
int linkat(int there, const char *from, int here, const char *to, int flags) {
    int error = fault("FAULT_LINK");
    if (error) {
        errno = error;
        return -1;
    }
    CHANGE(is_under(to), REAL(linkat)(there, from, here, to, flags));
}
ssize_t copy_file_range(int from, off64_t *at, int into, off64_t *there, size_t length, unsigned flags) {
    CHANGE(is_file_under(into), REAL(copy_file_range)(from, at, into, there, length, flags));
}
int ftruncate64(int file, off64_t length) { CHANGE(is_file_under(file), REAL(ftruncate64)(file, length)); }
int fdatasync(int file) { CHANGE(is_file_under(file), REAL(fdatasync)(file)); }
static int sync_file(int file) { CHANGE(is_file_under(file), REAL(fsync)(file)); }
