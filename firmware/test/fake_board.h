/* A board without hardware: the port of the core's tests. What the core does to it is written down in order. */
#ifndef FAKE_BOARD_H
#define FAKE_BOARD_H

#include "hil_board.h"
#include "hil_port.h"

#define FAKE_RAILS 3u
#define FAKE_SENSORS 4u
#define FAKE_TRACE 512u
#define FAKE_LINE 65536u

typedef struct fake_pipe {
  uint8_t bytes[FAKE_LINE];
  size_t count;
} fake_pipe_t;

typedef struct fake_board {
  uint32_t now_us;
  uint32_t rise_us[FAKE_RAILS];
  uint32_t on_us[FAKE_RAILS];
  bool is_on[FAKE_RAILS];
  bool is_dead[FAKE_RAILS]; /* power-good never comes, or goes */
  bool perst_n;
  bool refclk;
  bool is_absent;
  bool is_full; /* the lines take nothing */
  bool is_mute[FAKE_SENSORS];
  int32_t value[FAKE_SENSORS];
  unsigned restarts;
  unsigned fed;
  fake_pipe_t in[2];
  fake_pipe_t out[2];
  char trace[FAKE_TRACE]; /* "+0 " rail 0 on, "-0 " off, "P " PERST# high, "p " low, "C " clock on, "c " off */
  char line[128];         /* the last line of the debug log */
} fake_board_t;

extern const hil_board_plan_t fake_plan;

/* All values in the middle of their windows. */
void fake_begin(fake_board_t *fake, uint32_t now_us);
hil_port_t fake_port(fake_board_t *fake);

void pipe_add(fake_pipe_t *pipe, const uint8_t *bytes, size_t count);

/* Small framework: a claim that does not hold is told with its place. */
#define CLAIM(holds) claim((holds), #holds, __FILE__, __LINE__)
void claim(bool holds, const char *text, const char *file, int line);
unsigned claims_failed(void);
unsigned claims_made(void);

int resend_run(void);
int board_run(void);
int bridge_run(uint64_t seed);

#endif
