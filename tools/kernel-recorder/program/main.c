/* The first process of the virtual machine: records every scenario that /share/list names, then switches off. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "json.h"
#include "machine.h"
#include "observe.h"
#include "steps.h"
#include "text.h"

#define STEP_SECONDS 90

enum { PARENT, CHILD };
enum { REQUEST_REAP = -1, REQUEST_FORK = -2 };

/* Both ends of the two pipes to one process. */
struct link {
  int request[2], answer[2];
};

struct session {
  int device;
  const struct json *steps[512];
  int count;
  struct link links[2];
  pid_t pids[2];
  bool blocked; /* the child sleeps in the kernel and is not looked at */
  const char *tlb, *kernel;
};

static void read_all(int fd, void *to, size_t n) {
  for (size_t got = 0; got < n;) {
    ssize_t one = read(fd, (char *)to + got, n - got);
    if (one <= 0) {
      _exit(0);
    }
    got += (size_t)one;
  }
}

static void reply(const struct link *link, const struct result *result) {
  if (write(link->answer[1], result, sizeof *result) != sizeof *result) {
    _exit(1);
  }
}

static void serve(struct session *s, struct actor *actor);

static void serve_fork(struct session *s, struct actor *actor, struct result *result) {
  pid_t pid = fork();
  if (pid == 0) {
    actor->mm = CHILD;
    serve(s, actor);
  }
  result->error = pid < 0 ? errno : 0;
  result->child = actor->child = pid;
}

static void serve_reap(struct actor *actor, struct result *result) {
  int status = 0;
  if (waitpid(actor->child, &status, 0) < 0) {
    result->error = errno;
  }
  result->has_wait = true;
  result->value = status;
}

/* A process of the scenario: does what the recorder asks until it is told to exit. */
static void serve(struct session *s, struct actor *actor) {
  for (;;) {
    const struct link *link = &s->links[actor->mm];
    struct result result;
    const char *op;
    int n;
    read_all(link->request[0], &n, sizeof n);
    memset(&result, 0, sizeof result);
    op = n >= 0 ? json_text(s->steps[n], "op") : "";
    if (n == REQUEST_REAP) {
      serve_reap(actor, &result);
    } else if (n == REQUEST_FORK) {
      serve_fork(s, actor, &result);
    } else if (!strcmp(op, "exit")) {
      _exit((int)json_number(json_get(s->steps[n], "args"), "status", 0));
    } else if (!strcmp(op, "exec")) {
      execl("/init", "/init", "nothing", NULL);
      _exit(127);
    } else if (!strcmp(op, "block")) {
      reply(link, &result);
      ioctl(actor->device, REC_BLOCK);
      continue;
    } else {
      run_step(actor, s->steps[n], &result);
    }
    reply(link, &result);
  }
}

static bool ask(struct session *s, int who, int request, struct result *result) {
  struct pollfd ready = {.fd = s->links[who].answer[0], .events = POLLIN};
  if (write(s->links[who].request[1], &request, sizeof request) != sizeof request) {
    return false;
  }
  if (!result) {
    return true;
  }
  for (size_t got = 0; got < sizeof *result;) {
    ssize_t n = poll(&ready, 1, STEP_SECONDS * 1000) == 1 ? read(ready.fd, (char *)result + got, sizeof *result - got) : 0;
    if (n <= 0) {
      return false;
    }
    got += (size_t)n;
  }
  return true;
}

static bool do_step(struct session *s, int n, struct result *result) {
  const char *op = json_text(s->steps[n], "op"), *process = json_text(s->steps[n], "process");
  int who = process && !strcmp(process, "child") ? CHILD : PARENT;
  memset(result, 0, sizeof *result);
  if (who == CHILD && !s->pids[CHILD]) {
    return false;
  }
  if (!strcmp(op, "fork")) {
    bool done = ask(s, PARENT, REQUEST_FORK, result);
    s->pids[CHILD] = done && !result->error ? result->child : 0;
    return done;
  }
  if (!strcmp(op, "exit") || !strcmp(op, "exec")) {
    s->pids[CHILD] = 0;
    return ask(s, CHILD, n, NULL) && ask(s, PARENT, REQUEST_REAP, result);
  }
  if (!ask(s, who, n, result)) {
    return false;
  }
  s->blocked |= !strcmp(op, "block");
  if (!strcmp(op, "block") || !strcmp(op, "kill") || !strcmp(op, "unblock")) {
    usleep(100000);
  }
  if (!strcmp(op, "wait")) {
    s->pids[CHILD] = 0;
  }
  return true;
}

static const char *signal_code(const struct result *r, int code) {
  static const char *const segv[] = {"", "MAPERR", "ACCERR", "BNDERR", "PKUERR"};
  static const char *const bus[] = {"", "ADRALN", "ADRERR", "OBJERR", "MCEERR_AR", "MCEERR_AO"};
  return r->signal == SIGSEGV ? (code > 0 && code < 5 ? segv[code] : "?") : code > 0 && code < 6 ? bus[code] : "?";
}

static void put_result(const struct result *r, struct text *out) {
  if (r->signal) {
    text_add(out, "{\"signal\": \"%s\", \"code\": \"%s\"}", r->signal == SIGSEGV ? "SIGSEGV" : "SIGBUS",
             signal_code(r, r->code));
    return;
  }
  if (r->error || r->unknown) {
    text_add(out, "{\"errno\": \"%s\"}", r->unknown ? "unknown" : strerrorname_np(r->error));
    return;
  }
  text_add(out, "{\"ok\": true");
  if (r->sigbus) {
    text_add(out, ", \"sigbus\": \"%s\"", signal_code(r, r->sigbus));
  }
  if (r->has_value) {
    text_add(out, ", \"value\": %lld", (long long)r->value);
  }
  if (r->has_address) {
    text_add(out, ", \"addr\": \"0x%llx\"", (unsigned long long)r->value);
  }
  if (r->has_count) {
    text_add(out, ", \"count\": %lld", (long long)r->value);
  }
  if (r->has_wait) {
    text_add(out, ", \"waitStatus\": %lld", (long long)r->value);
  }
  if (r->nodes) {
    text_add(out, ", \"nodes\": [");
    for (int i = 0; i < r->nodes; i++) {
      text_add(out, "%s%d", i ? ", " : "", r->node[i]);
    }
    text_add(out, "]");
  }
  text_add(out, "}");
}

static void put_json(const struct json *n, struct text *out) {
  if (n->kind == JSON_OBJECT) {
    text_add(out, "{");
    for (const struct json *m = n->first; m; m = m->next) {
      text_add(out, "%s\"%s\": ", m == n->first ? "" : ", ", m->key);
      put_json(m, out);
    }
    text_add(out, "}");
  } else if (n->kind == JSON_STRING) {
    text_add(out, "\"%s\"", n->text);
  } else {
    text_add(out, "%lld", (long long)n->number);
  }
}

/* Both processes' pages or VMAs, as an object. */
static void put_state(const struct session *s, bool pages, struct text *out, const char *separator) {
  static const char *const names[] = {"parent", "child"};
  const char *between = separator[0] == ' ' ? ", " : ",\n  ";
  text_add(out, separator[0] == ' ' ? "{" : "{\n  ");
  for (int i = 0; i < 2; i++) {
    size_t before = out->length;
    if (s->pids[i] && !(i == CHILD && s->blocked)) {
      text_add(out, "%s\"%s\": ", i ? between : "", names[i]);
      if (!(pages ? observe_pages(s->device, s->pids[i], out, separator) : observe_vmas(s->pids[i], out, separator)) &&
          i == CHILD) {
        text_cut(out, before); /* a child with nothing is not listed */
      }
    }
  }
  text_add(out, separator[0] == ' ' ? "}" : "\n }");
}

static void put_changed(const struct session *s, bool pages, struct text *before, struct text *out) {
  struct text now = {0};
  put_state(s, pages, &now, " ");
  if (!before->length || strcmp(before->bytes, now.bytes) != 0) {
    text_add(out, ", \"%s\": %s", pages ? "pages" : "vmas", now.bytes);
    text_clear(before);
    text_add(before, "%s", now.bytes);
  }
  free(now.bytes);
}

static bool record_steps(struct session *s, struct text *steps, struct text *events, struct text *pages_before) {
  struct text pages = {0}, vmas = {0};
  uint32_t next = 0;
  int seen = 0;
  put_state(s, true, pages_before, "\n   ");
  for (int i = 0; i < s->count; i++) {
    uint32_t number = (uint32_t)i + 1;
    struct result result;
    const char *op = json_text(s->steps[i], "op"), *process = json_text(s->steps[i], "process");
    ioctl(s->device, REC_STEP, &number);
    if (!do_step(s, i, &result) || result.unknown) {
      fprintf(stderr, "recorder: step %d (%s) failed\n", i + 1, op);
      return false;
    }
    number = 0;
    ioctl(s->device, REC_STEP, &number);
    names_step((uint32_t)i + 2);
    text_add(steps, "%s\n  {\"n\": %d, \"process\": \"%s\", \"op\": \"%s\", \"args\": ", i ? "," : "", i + 1, process, op);
    put_json(json_get(s->steps[i], "args"), steps);
    text_add(steps, ", \"result\": ");
    put_result(&result, steps);
    put_changed(s, true, &pages, steps);
    put_changed(s, false, &vmas, steps);
    text_add(steps, "}");
    if (observe_events(s->device, s->tlb, &next, events)) {
      fprintf(stderr, "recorder: too many callbacks\n");
      return false;
    }
    if (!strcmp(op, "register") && !seen++) {
      text_clear(pages_before);
      put_state(s, true, pages_before, "\n   ");
    }
  }
  free(pages.bytes);
  free(vmas.bytes);
  return true;
}

static bool open_links(struct session *s) {
  for (int i = 0; i < 2; i++) {
    if (pipe(s->links[i].request) || pipe(s->links[i].answer)) {
      return false;
    }
  }
  return true;
}

static void close_links(struct session *s) {
  for (int i = 0; i < 2; i++) {
    close(s->links[i].request[0]);
    close(s->links[i].request[1]);
    close(s->links[i].answer[0]);
    close(s->links[i].answer[1]);
  }
}

static void start_process(struct session *s) {
  cpu_set_t set;
  s->pids[CHILD] = 0;
  s->blocked = false;
  s->pids[PARENT] = fork();
  if (s->pids[PARENT] == 0) {
    struct actor actor = {.device = s->device, .uffd = -1};
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    sched_setaffinity(0, sizeof set, &set);
    actor_signals();
    serve(s, &actor);
  }
}

static void end_processes(struct session *s) {
  ioctl(s->device, REC_UNBLOCK);
  kill(s->pids[PARENT], SIGKILL);
  if (s->pids[CHILD]) {
    kill(s->pids[CHILD], SIGKILL);
  }
  waitpid(s->pids[PARENT], NULL, 0);
  while (waitpid(-1, NULL, WNOHANG) > 0) {
  }
  ioctl(s->device, REC_UNPIN);
  ioctl(s->device, REC_RESET);
}

static void record(struct session *s, const struct json *scenario, struct text *out) {
  struct text steps = {0}, events = {0}, before = {0};
  const struct json *step = json_get(scenario, "steps");
  bool good;
  s->count = 0;
  for (step = step ? step->first : NULL; step && s->count < 512; step = step->next) {
    s->steps[s->count++] = step;
  }
  text_clear(&steps);
  text_clear(&events);
  text_clear(&before);
  machine_tidy();
  ioctl(s->device, REC_RESET);
  names_reset();
  good = open_links(s);
  start_process(s);
  good = good && record_steps(s, &steps, &events, &before);
  text_clear(out);
  if (good) {
    const char *about = json_text(scenario, "about");
    text_add(out, "{\n \"format\": 1,\n \"name\": \"%s\",\n \"group\": \"%s\",\n \"about\": \"%s\",\n \"kernel\": \"%s\",\n",
             json_text(scenario, "name"), json_text(scenario, "group"), about ? about : "", s->kernel);
    text_add(out, " \"region\": {\"base\": \"0x%llx\", \"bytes\": %llu, \"pageBytes\": 4096},\n", REGION_BASE, REGION_BYTES);
    text_add(out, " \"runs\": {\"recorded\": 1, \"agree\": 1},\n \"steps\": [%s\n ],\n \"notifier\": [%s%s],\n",
             steps.bytes, events.bytes, events.length ? "\n " : "");
    text_add(out, " \"pagesBefore\": %s,\n \"pagesAfter\": ", before.length ? before.bytes : "{}");
    put_state(s, true, out, "\n   ");
    text_add(out, ",\n \"vmasAfter\": ");
    put_state(s, false, out, "\n   ");
    text_add(out, "\n}\n");
  }
  end_processes(s);
  close_links(s);
  free(steps.bytes);
  free(events.bytes);
  free(before.bytes);
}

static char *read_file(const char *path) {
  struct text text = {0};
  char bytes[4096];
  size_t n;
  FILE *file = fopen(path, "r");
  text_clear(&text);
  while (file && (n = fread(bytes, 1, sizeof bytes - 1, file)) > 0) {
    bytes[n] = 0;
    text_add(&text, "%s", bytes);
  }
  if (file) {
    fclose(file);
  }
  return text.bytes;
}

/* Written under another name first: a reader on the host sees whole files only. */
static void write_file(const char *name, const struct text *text) {
  char path[256], hidden[256];
  FILE *file;
  snprintf(path, sizeof path, "/share/out/%s.json", name);
  snprintf(hidden, sizeof hidden, "/share/out/.%s", name);
  file = fopen(hidden, "w");
  if (!file || fwrite(text->bytes, 1, text->length, file) != text->length || fclose(file) || rename(hidden, path)) {
    fprintf(stderr, "recorder: cannot write %s: %s\n", path, strerror(errno));
  }
}

static const char *kernel_name(void) {
  static char name[256];
  struct utsname u;
  char version[128] = "";
  const char *debian;
  uname(&u);
  debian = strstr(u.version, "Debian ");
  if (debian) {
    snprintf(version, sizeof version, " (Debian %.*s)", (int)strcspn(debian + 7, " "), debian + 7);
  }
  snprintf(name, sizeof name, "Linux %s%s", u.release, version);
  return name;
}

static void record_list(void) {
  static struct session session;
  struct text out = {0};
  char name[200], path[256];
  FILE *list = fopen("/share/list", "r");
  unsigned major = 0, minor = 0;
  session.kernel = kernel_name();
  sscanf(session.kernel, "Linux %u.%u", &major, &minor);
  session.tlb = major * 100 + minor < 606 ? "invalidate_range" : "arch_invalidate_secondary_tlbs";
  session.device = open("/dev/hil-recorder", O_RDWR | O_CLOEXEC);
  if (!list || session.device < 0) {
    perror("recorder: /share/list or /dev/hil-recorder");
    return;
  }
  while (fgets(name, sizeof name, list)) {
    struct json *scenario;
    name[strcspn(name, "\n")] = 0;
    snprintf(path, sizeof path, "/share/in/%s.json", name);
    scenario = json_read(read_file(path));
    if (!scenario) {
      fprintf(stderr, "recorder: %s is not JSON\n", path);
      continue;
    }
    record(&session, scenario, &out);
    if (out.length) {
      write_file(name, &out);
    }
    printf("%s %s\n", out.length ? "recorded" : "failed", name);
    fflush(stdout);
  }
}

int main(int count, char **arguments) {
  (void)arguments;
  if (count > 1 && getpid() != 1) {
    return 0; /* the exec step */
  }
  signal(SIGPIPE, SIG_IGN);
  machine_start();
  record_list();
  puts("recorder: done");
  machine_stop();
  return 0;
}
