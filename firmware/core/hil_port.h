/* All that the core may ask of a board. A port fills it, a test fills it with a fake. No call waits: what takes
 * longer than a few microseconds is begun by the port and its last result handed out. Each call gets board back. */
#ifndef HIL_PORT_H
#define HIL_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum hil_line { HIL_LINE_HOST, HIL_LINE_BEHIND } hil_line_t;

typedef struct hil_port {
  void *board;
  uint32_t (*now_us)(void *board); /* free running, wraps, never goes back */

  /* The two lines: what came in, at most room bytes; what goes out, as much as there is room for. */
  size_t (*read)(void *board, hil_line_t line, uint8_t *bytes, size_t room);
  size_t (*write)(void *board, hil_line_t line, const uint8_t *bytes, size_t count);
  bool (*is_sent)(void *board, hil_line_t line); /* nothing waits to go out */

  void (*set_rail)(void *board, uint8_t rail, bool is_on);
  bool (*is_rail_good)(void *board, uint8_t rail);
  void (*set_perst_n)(void *board, bool level); /* PERST#: false = in reset */
  void (*set_refclk)(void *board, bool is_on);
  bool (*is_device_present)(void *board);
  bool (*measure)(void *board, uint8_t sensor, int32_t *value); /* false: the sensor does not answer */

  void (*feed_watchdog)(void *board);
  void (*restart)(void *board);                /* does not come back on a real board */
  void (*log)(void *board, const char *line); /* for whoever sits at the debug port */
} hil_port_t;

#endif
