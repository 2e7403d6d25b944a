/* What a process of a scenario does: one function for each operation of the trace format. */
#ifndef STEPS_H
#define STEPS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../module/recorder.h"
#include "json.h"

#define NODES_MAX 1024

/* The outcome of one step, as it crosses the pipe. */
struct result {
  int error; /* errno, 0 when it went well */
  int signal, code;
  int sigbus; /* code of a memory-failure signal that was sent during the call */
  bool unknown; /* this kernel or this program does not know the operation */
  bool has_value, has_address, has_count, has_wait;
  int64_t value; /* the byte read, the address, the count or the wait status */
  int nodes;
  int node[NODES_MAX];
  pid_t child;
};

/* The process's own state. */
struct actor {
  int device;  /* /dev/hil-recorder */
  int uffd;
  int mm;      /* 0 parent, 1 child */
  pid_t child; /* of the parent */
};

void actor_signals(void);
/* Runs one step; fork, exit and exec are not steps of this kind. */
void run_step(struct actor *actor, const struct json *step, struct result *result);
bool put_text(const char *path, const char *text);
uint64_t get_number(const char *path, const char *key);
bool swap_on(void);

#endif
