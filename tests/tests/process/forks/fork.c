// The first call of getppid() forks. It returns 0 in the child, which goes on. The second one waits for the child, and returns
// 1000 and its exit status, 998 if a signal ended it, or 999 if it had to be killed. And so on.
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child;

pid_t getppid(void) {
    if (!child) return child = fork();
    pid_t waited = child;
    child = 0;
    for (int i = 0; i < 20000; i++) {
        int status;
        if (waitpid(waited, &status, WNOHANG) == waited) return WIFEXITED(status) ? 1000 + WEXITSTATUS(status) : 998;
        usleep(1000);
    }
    kill(waited, SIGKILL);
    waitpid(waited, 0, 0);
    return 999;
}
