// A host that loads the library of `examples/loaded.rs`, runs spans on a thread of its own, and unloads it: after the thread,
// while the thread lives, or while it runs spans. It says whether the library is still there.
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *library, *when;
static void (*load)(void), (*run)(void);
static long (*unload)(void);
static pthread_barrier_t has_run, may_end;

static void *thread(void *_) {
    load();
    run();
    if (!strcmp(when, "running")) {
        pthread_barrier_wait(&has_run);
        for (;;) run();
    }
    if (!strcmp(when, "joined")) {
        printf("%ld ended ", unload());
        return 0;
    }
    pthread_barrier_wait(&has_run);
    pthread_barrier_wait(&may_end);
    return 0;
}

static void host(void) {
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        fprintf(stderr, "%s\n", dlerror());
        exit(9);
    }
    load = dlsym(handle, "load");
    run = dlsym(handle, "run");
    unload = dlsym(handle, "unload");
    pthread_t other;
    pthread_create(&other, 0, thread, 0);
    int is_joined = !strcmp(when, "joined");
    if (is_joined) pthread_join(other, 0);
    else pthread_barrier_wait(&has_run);
    if (!strcmp(when, "alive")) printf("%ld ended ", unload());
    dlclose(handle);
    usleep(50000);
    printf("%s\n", dlopen(library, RTLD_NOW | RTLD_NOLOAD) ? "loaded" : "unloaded");
    fflush(stdout);
    if (!strcmp(when, "alive")) {
        pthread_barrier_wait(&may_end);
        pthread_join(other, 0);
    }
}

int main(int count, char **arguments) {
    library = arguments[1];
    when = arguments[2];
    pthread_barrier_init(&has_run, 0, 2);
    pthread_barrier_init(&may_end, 0, 2);
    host();
    return 0;
}
