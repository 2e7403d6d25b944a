/* What happens before main: the vector table, and memory as C expects it. The no-init section is left as it is. */
#include "port.h"

#include <stdint.h>

extern uint32_t data_start[], data_end[], data_load[], bss_start[], bss_end[], stack_top[];

int main(void);
void reset_handler(void);

typedef void (*handler_t)(void);

void reset_handler(void) {
  const uint32_t *from = data_load;
  for (uint32_t *to = data_start; to < data_end; to++) {
    *to = *from++;
  }
  for (uint32_t *to = bss_start; to < bss_end; to++) {
    *to = 0;
  }
  (void)main();
  restart_now();
}

/* Whatever the processor cannot go on with. The frame that it pushed has the program counter. */
__attribute__((naked)) static void exception(void) {
  __asm volatile("mov r0, sp\n b exception_in_frame\n");
}

__attribute__((naked)) static void systick(void) {
  __asm volatile("mov r0, sp\n b systick_in_frame\n");
}

__attribute__((section(".vectors"), used)) static const struct {
  uint32_t *stack;
  handler_t handlers[15 + 82];
} vectors = {
    stack_top,
    {[0] = reset_handler,
     [1] = exception,
     [2] = exception,
     [3] = exception,
     [4] = exception,
     [5] = exception,
     [10] = exception,
     [13] = exception,
     [14] = systick,
     [15 + 37] = usart1_handler,
     [15 + 38] = usart2_handler,
     [15 + 39] = usart3_handler},
};
