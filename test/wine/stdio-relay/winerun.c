/*
 * winerun.exe COMMAND: runs a Windows program whose stdin, stdout and stderr are Windows pipes, and carries the bytes between
 * those and the pipes of the Linux process that called wine. Needed because libuv refuses Linux pipes ("open EBADF").
 *
 * The exit code is the program's. End of input here is end of input there. When this process ends in whatever way, the
 * program and all that it started end with it. When the Linux side stops reading, the program's output is read on and dropped,
 * so that it never blocks.
 */
#include <windows.h>
#include <stdio.h>

enum { STDIN, STDOUT, STDERR, STREAM_COUNT };
enum { PIPE_BYTES = 65536, EXIT_CANNOT_START = 127 };

/* After the program's end its output arrives at once; a grandchild that still holds the pipe is not waited for. */
static const DWORD outputMsMax = 2000;

typedef struct {
  HANDLE from;
  HANDLE to;
  /* Keep reading when nobody takes the bytes. */
  BOOL drains;
} Relay;

static BOOL writeAll(HANDLE to, const char *bytes, DWORD count) {
  while (count > 0) {
    DWORD written = 0;
    if (!WriteFile(to, bytes, count, &written, NULL) || written == 0) return FALSE;
    bytes += written;
    count -= written;
  }
  return TRUE;
}

static DWORD WINAPI carry(void *parameter) {
  Relay *relay = parameter;
  char buffer[PIPE_BYTES];
  BOOL readerIsThere = TRUE;
  DWORD count = 0;
  while (ReadFile(relay->from, buffer, sizeof buffer, &count, NULL) && count > 0) {
    if (readerIsThere) readerIsThere = writeAll(relay->to, buffer, count);
    if (!readerIsThere && !relay->drains) break;
  }
  /* End of input: the program must see it. The standard handles of this process are left to the system. */
  if (!relay->drains) CloseHandle(relay->to);
  return 0;
}

/* All that the program's command line is, quoting included: ours without its first word. */
static WCHAR *programCommandLine(void) {
  WCHAR *text = GetCommandLineW();
  BOOL isQuoted = FALSE;
  while (*text != 0 && (isQuoted || *text != ' ')) {
    if (*text == '"') isQuoted = !isQuoted;
    text += 1;
  }
  while (*text == ' ') text += 1;
  return text;
}

/* A job that takes its processes with it when its last handle is closed, which a kill of this process does too. */
static HANDLE createKillingJob(void) {
  HANDLE job = CreateJobObjectW(NULL, NULL);
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
  return job;
}

static DWORD fail(const char *what) {
  fprintf(stderr, "winerun: %s (error %lu)\n", what, GetLastError());
  return EXIT_CANNOT_START;
}

int main(void) {
  HANDLE readEnd[STREAM_COUNT], writeEnd[STREAM_COUNT];
  SECURITY_ATTRIBUTES inheritable = {sizeof inheritable, NULL, TRUE};
  for (int stream = 0; stream < STREAM_COUNT; stream++) {
    if (!CreatePipe(&readEnd[stream], &writeEnd[stream], &inheritable, PIPE_BYTES)) return (int)fail("no pipe");
    HANDLE ownEnd = stream == STDIN ? writeEnd[stream] : readEnd[stream];
    SetHandleInformation(ownEnd, HANDLE_FLAG_INHERIT, 0);
  }

  STARTUPINFOW startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
  startup.hStdInput = readEnd[STDIN];
  startup.hStdOutput = writeEnd[STDOUT];
  startup.hStdError = writeEnd[STDERR];
  PROCESS_INFORMATION program;
  HANDLE job = createKillingJob();
  if (!CreateProcessW(NULL, programCommandLine(), NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL, &startup, &program))
    return (int)fail("the program cannot be started");
  AssignProcessToJobObject(job, program.hProcess);
  ResumeThread(program.hThread);
  CloseHandle(readEnd[STDIN]);
  CloseHandle(writeEnd[STDOUT]);
  CloseHandle(writeEnd[STDERR]);

  Relay input = {GetStdHandle(STD_INPUT_HANDLE), writeEnd[STDIN], FALSE};
  Relay output = {readEnd[STDOUT], GetStdHandle(STD_OUTPUT_HANDLE), TRUE};
  Relay errors = {readEnd[STDERR], GetStdHandle(STD_ERROR_HANDLE), TRUE};
  CreateThread(NULL, 0, carry, &input, 0, NULL);
  HANDLE outputs[] = {CreateThread(NULL, 0, carry, &output, 0, NULL), CreateThread(NULL, 0, carry, &errors, 0, NULL)};

  WaitForSingleObject(program.hProcess, INFINITE);
  WaitForMultipleObjects(2, outputs, TRUE, outputMsMax);
  DWORD exitCode = 1;
  GetExitCodeProcess(program.hProcess, &exitCode);
  /* Not return: the thread that waits for input would keep the process. */
  ExitProcess(exitCode);
}
