// getppid() forks instead. The child returns 0 and goes on. The parent waits for the child, and returns 1000 and its exit
// status, or 999 if it had to be killed.
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t getppid(void) {
    pid_t child = fork();
    if (child == 0) return 0;
    for (int i = 0; i < 200; i++) {
        int status;
        if (waitpid(child, &status, WNOHANG) == child) return WIFEXITED(status) ? 1000 + WEXITSTATUS(status) : 998;
        usleep(100000);
    }
    kill(child, SIGKILL);
    waitpid(child, 0, 0);
    return 999;
}
