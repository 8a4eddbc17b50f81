/*
 * listenfdclient.exe CLAIM SECRET COUNT: a program that takes its sockets by the listenfd protocol of Windows, as the Rust crate
 * listenfd does (https://github.com/mitsuhiko/listenfd, src/windows.rs), serves COUNT clients on them, and ends.
 *
 * CLAIM is the process id that it says it has, or "own"; SECRET is what it says instead of the secret, or "own": other words are
 * for trying to get at sockets that are somebody else's. Prints a line per socket, such as "tcp 41000", and then "serving", or
 * "nothing" and exits with 3. Answers each client with its own process id.
 */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SOCKETS_MAX = 16, REQUEST_BYTES = 128, TEXT_BYTES = 64, EXIT_NOTHING = 3, EXIT_FAILED = 4 };

typedef struct {
  SOCKET socket;
  BOOL isTcp;
} Passed;

static void fail(const char *call) {
  fprintf(stderr, "%s: %d\n", call, WSAGetLastError());
  exit(EXIT_FAILED);
}

/* Reads a variable and removes it: a program that this one starts has no business with it. */
static void takeVariable(const char *name, char *value) {
  if (GetEnvironmentVariableA(name, value, TEXT_BYTES) == 0) fail(name);
  SetEnvironmentVariableA(name, NULL);
}

static SOCKET connectTo(char *server) {
  char *port = strchr(server, ':');
  if (port == NULL) fail("SYSTEMFD_SOCKET_SERVER");
  *port = 0;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((u_short)atoi(port + 1))};
  address.sin_addr.s_addr = inet_addr(server);
  SOCKET socket = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);
  if (connect(socket, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
  return socket;
}

/* Asks for the sockets; returns how many bytes came until the server closed. */
static int ask(char *server, const char *secret, const char *claim, char *answer, int answerBytes) {
  char request[REQUEST_BYTES];
  int length = snprintf(request, sizeof request, "%s|%s", secret, claim);
  SOCKET connection = connectTo(server);
  if (send(connection, request, length, 0) != length) fail("send");
  if (shutdown(connection, SD_SEND) != 0) fail("shutdown");
  int total = 0;
  for (;;) {
    int count = recv(connection, answer + total, answerBytes - total, 0);
    /* A server that refuses may close before it has read everything, which is a reset here. */
    if (count <= 0) break;
    total += count;
  }
  closesocket(connection);
  return total;
}

static Passed openPassed(WSAPROTOCOL_INFOW *info) {
  const int any = FROM_PROTOCOL_INFO;
  SOCKET socket = WSASocketW(any, any, any, info, 0, WSA_FLAG_OVERLAPPED);
  if (socket == INVALID_SOCKET) fail("WSASocketW");
  struct sockaddr_in6 address;
  int length = sizeof address;
  if (getsockname(socket, (struct sockaddr *)&address, &length) != 0) fail("getsockname");
  BOOL isTcp = info->iSocketType == SOCK_STREAM;
  /* The port is at the same place in both families. */
  printf("%s %d\n", isTcp ? "tcp" : "udp", ntohs(address.sin6_port));
  return (Passed){socket, isTcp};
}

static void answerOne(Passed passed, const char *text) {
  const int length = (int)strlen(text);
  if (passed.isTcp) {
    SOCKET connection = accept(passed.socket, NULL, NULL);
    if (connection == INVALID_SOCKET) fail("accept");
    send(connection, text, length, 0);
    shutdown(connection, SD_SEND);
    closesocket(connection);
    return;
  }
  char datagram[TEXT_BYTES];
  struct sockaddr_storage from;
  int fromLength = sizeof from;
  struct sockaddr *sender = (struct sockaddr *)&from;
  if (recvfrom(passed.socket, datagram, sizeof datagram, 0, sender, &fromLength) < 0) fail("recvfrom");
  sendto(passed.socket, text, length, 0, sender, fromLength);
}

static void serve(const Passed *passed, int count, int clients) {
  char processId[TEXT_BYTES];
  snprintf(processId, sizeof processId, "%lu", GetCurrentProcessId());
  while (clients > 0) {
    fd_set ready;
    FD_ZERO(&ready);
    for (int i = 0; i < count; i += 1) FD_SET(passed[i].socket, &ready);
    if (select(0, &ready, NULL, NULL, NULL) < 0) fail("select");
    for (int i = 0; i < count && clients > 0; i += 1) {
      if (!FD_ISSET(passed[i].socket, &ready)) continue;
      answerOne(passed[i], processId);
      clients -= 1;
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 4) return EXIT_FAILED;
  WSADATA data;
  if (WSAStartup(MAKEWORD(2, 2), &data) != 0) fail("WSAStartup");
  char server[TEXT_BYTES], secret[TEXT_BYTES], claim[TEXT_BYTES];
  takeVariable("SYSTEMFD_SOCKET_SERVER", server);
  takeVariable("SYSTEMFD_SOCKET_SECRET", secret);
  snprintf(claim, sizeof claim, "%lu", GetCurrentProcessId());
  static WSAPROTOCOL_INFOW infos[SOCKETS_MAX];
  const char *said = strcmp(argv[2], "own") == 0 ? secret : argv[2];
  const char *claimed = strcmp(argv[1], "own") == 0 ? claim : argv[1];
  const int total = ask(server, said, claimed, (char *)infos, sizeof infos);
  const int count = total / (int)sizeof infos[0];
  if (total != count * (int)sizeof infos[0]) fail("a part of a socket");
  if (count == 0) {
    printf("nothing\n");
    return EXIT_NOTHING;
  }
  Passed passed[SOCKETS_MAX];
  for (int i = 0; i < count; i += 1) passed[i] = openPassed(&infos[i]);
  printf("serving\n");
  fflush(stdout);
  serve(passed, count, atoi(argv[3]));
  return 0;
}
