/* What the files of board control share: hil_board.c, hil_order.c, hil_sensors.c. Not for its users. */
#ifndef HIL_BOARD_PARTS_H
#define HIL_BOARD_PARTS_H

#include "hil_board.h"
#include "hil_bytes.h"
#include "hil_text.h"

/* hil_board.c */
void hil_board_assert_perst(hil_board_t *board);
void hil_board_switch_off(hil_board_t *board);
/* Rails off, since something is wrong: event, fault log, and the end of the order under way. */
void hil_board_fail_safe(hil_board_t *board, hil_code_t code, uint8_t detail, const char *text);
void hil_board_say(hil_board_t *board, hil_kind_t kind, const uint8_t *head, size_t head_count, const char *text);

/* hil_order.c: answers the order under way, or the request that came in */
void hil_board_answer(hil_board_t *board, uint8_t operation, hil_reply_status_t status, size_t result_count);
void hil_board_answer_why(hil_board_t *board, uint8_t operation, hil_reply_status_t status, uint8_t detail,
                          const char *text);
/* The next rail, or PERST#, when it is time. */
void hil_board_go_on(hil_board_t *board, uint32_t now_us);

/* hil_sensors.c */
void hil_sensors_begin(hil_board_t *board);
void hil_sensors_poll(hil_board_t *board, uint32_t now_us);
/* The first sensor of which the rails must not be switched on; NULL when there is none. */
const hil_sensor_t *hil_sensors_interlock(const hil_board_t *board);
void hil_sensors_tell(hil_board_t *board);
uint32_t hil_self_test(const hil_board_t *board, uint32_t now_us); /* the tests that failed */

#endif
