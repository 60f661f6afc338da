/* What some systems answer: no locks, no syncing, no more threads. Loaded before the C library;
 * FAULT_FLOCK and FAULT_FSYNC are errors, FAULT_THREADS is how many threads a process may still make. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

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

int fsync(int file) {
    int error = fault("FAULT_FSYNC");
    if (error) {
        errno = error;
        return -1;
    }
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    return real(file);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
    static atomic_int made;
    if (getenv("FAULT_THREADS") && atomic_fetch_add(&made, 1) >= fault("FAULT_THREADS"))
        return EAGAIN;
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
        (int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))dlsym(RTLD_NEXT, "pthread_create");
    return real(thread, attributes, start, argument);
}
