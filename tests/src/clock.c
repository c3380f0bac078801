/* A system clock that a test can set: preloaded into a program, it reads from the file CLOCK_FILE by how many seconds the
   clock differs from the true one. The monotonic clock stays as it is, as it does when a system's clock is set. */

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int file = -1;

__attribute__((constructor)) static void open_file(void) {
    const char *path = getenv("CLOCK_FILE");
    if (path) file = open(path, O_RDONLY | O_CLOEXEC);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    char text[32] = {0};
    if (result == 0 && clock == CLOCK_REALTIME && file >= 0 && pread(file, text, sizeof text - 1, 0) > 0)
        now->tv_sec += strtoll(text, NULL, 10);
    return result;
}
