/* Board control: rails one after the other, PERST#, reference clock, presence, measured values and their limits,
 * fault log. begin and poll: no call waits. When something fails the rails are off and PERST# is low, and what
 * failed is said. Source: docs/protocol.md, "Control"; the times are those of the PCIe CEM specification. */
#ifndef HIL_BOARD_H
#define HIL_BOARD_H

#include "hil_faults.h"
#include "hil_link.h"
#include "hil_port.h"

#define HIL_RAILS_MAX 8u
#define HIL_SENSORS_MAX 10u /* as many fit a payload of 64 bytes */
#define HIL_SAY_MAX 8u      /* messages that wait */
#define HIL_SAY_SIZE 64u    /* what every host takes */

typedef enum hil_operation {
  HIL_OP_DESCRIBE = 0x01,
  HIL_OP_RESET = 0x02,
  HIL_OP_RUN = 0x03,
  HIL_OP_COUNTERS = 0x04,
  HIL_OP_POWER = 0x10,
  HIL_OP_PERST = 0x11,
  HIL_OP_REFCLK = 0x12,
  HIL_OP_TELEMETRY = 0x13,
  HIL_OP_STATE = 0x14,
  HIL_OP_FAULT = 0x15,
  HIL_OP_FORGET_FAULTS = 0x16,
  HIL_OP_SELF_TEST = 0x17,
  HIL_OP_REBOOT = 0x18
} hil_operation_t;

typedef enum hil_reply_status {
  HIL_REPLY_DONE,
  HIL_REPLY_UNKNOWN,
  HIL_REPLY_MALFORMED,
  HIL_REPLY_REFUSED,
  HIL_REPLY_FAILED,
  HIL_REPLY_NOTHING_BEHIND
} hil_reply_status_t;

typedef enum hil_unit { HIL_MILLIVOLT = 1, HIL_MILLIAMPERE, HIL_MILLIWATT, HIL_MILLICELSIUS, HIL_COUNT } hil_unit_t;

typedef enum hil_severity { HIL_ERROR, HIL_WARNING, HIL_INFORMATION, HIL_DETAIL } hil_severity_t;

/* The bits of SELF_TEST. */
enum {
  HIL_TEST_CRC = 1u << 0,
  HIL_TEST_COBS = 1u << 1,
  HIL_TEST_FAULT_LOG = 1u << 2,
  HIL_TEST_SENSORS = 1u << 3,
  HIL_TEST_CLOCK = 1u << 4
};

/* A supply rail; its number is its place in the plan, which is the order in which rails are switched on. */
typedef struct hil_rail {
  const char *name;
  uint32_t good_within_us;
} hil_rail_t;

/* Something measured. Outside of its window, twice in a row, the rails are switched off. */
typedef struct hil_sensor {
  const char *name;
  uint8_t channel;
  uint8_t unit;
  bool is_of_rail; /* its window holds while the rails are on; else always, also before they are switched on */
  int32_t lowest;
  int32_t highest;
} hil_sensor_t;

/* What the board is. */
typedef struct hil_board_plan {
  const hil_rail_t *rails;
  const hil_sensor_t *sensors;
  uint8_t rail_count;
  uint8_t sensor_count;
  uint32_t measure_every_us; /* one sensor in each */
} hil_board_plan_t;

typedef enum hil_power { HIL_POWER_OFF, HIL_POWER_RISING, HIL_POWER_ON } hil_power_t;

typedef struct hil_saying {
  uint8_t kind;
  uint8_t length;
  uint8_t payload[HIL_SAY_SIZE];
} hil_saying_t;

typedef struct hil_reading {
  int32_t value;
  uint8_t strikes; /* in a row outside of the window, or without an answer */
  bool is_valid;
} hil_reading_t;

typedef struct hil_board {
  const hil_port_t *port;
  const hil_board_plan_t *plan;
  hil_faults_t *faults;
  hil_power_t power;
  bool is_perst_released;
  bool is_refclk_on;
  bool is_present;
  bool is_restart_due;  /* REBOOT was asked for */
  bool was_bitten;      /* the watchdog bit before this start */
  uint16_t fault;       /* what switched the rails off */
  uint8_t order;        /* the request under way; 0: none */
  uint8_t rail;         /* HIL_POWER_RISING: the one that comes up */
  uint8_t good_strikes; /* polls in a row without power-good */
  uint8_t next_sensor;
  uint8_t say_start, say_count;
  uint32_t begun_us;
  uint32_t uptime_ms;
  uint32_t rail_us, powered_us, clocked_us, measured_us, told_us;
  uint32_t tell_every_us; /* TELEMETRY; 0: never */
  hil_reading_t readings[HIL_SENSORS_MAX];
  hil_saying_t sayings[HIL_SAY_MAX];
  uint8_t reply_length;
  uint8_t reply[HIL_REPLY_MAX];
} hil_board_t;

/* Rails off, PERST# low, each sensor measured once. faults: begun. */
void hil_board_begin(hil_board_t *board, const hil_port_t *port, const hil_board_plan_t *plan, hil_faults_t *faults,
                     bool was_bitten);

/* At most one step of everything. */
void hil_board_poll(hil_board_t *board, uint32_t now_us, uint32_t uptime_ms);

/* A session of the host begins: nothing of the last one is kept. */
void hil_board_begin_session(hil_board_t *board);

/* Takes a request: all from POWER on. hil_board_take_reply has the answer then, now or after some polls. */
void hil_board_request(hil_board_t *board, const uint8_t *request, size_t count, uint32_t now_us);
HIL_MUST_USE bool hil_board_take_reply(hil_board_t *board, const uint8_t **reply, size_t *count);

/* The first message that waits to be sent to the host; NULL when there is none. */
const hil_saying_t *hil_board_first_saying(const hil_board_t *board);
void hil_board_drop_saying(hil_board_t *board);

/* Something happened: the host is told. With is_fault it goes to the fault log too. */
void hil_board_happen(hil_board_t *board, hil_code_t code, uint32_t detail, const char *text, bool is_fault);
void hil_board_log(hil_board_t *board, hil_severity_t severity, const char *line);

#endif
