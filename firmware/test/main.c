#include "ends.h"
#include "fake_board.h"

#include <stdio.h>
#include <stdlib.h>

/* core_test VECTORS [SEED [ROUNDS]] */
int main(int count, char **arguments) {
  if (count < 2) {
    fprintf(stderr, "core_test VECTORS [SEED [ROUNDS]]\n");
    return 2;
  }
  uint64_t seed = count > 2 ? strtoull(arguments[2], NULL, 0) : 1;
  unsigned rounds = count > 3 ? (unsigned)strtoul(arguments[3], NULL, 0) : 300;
  int failed = vectors_run(arguments[1]);
  failed += fuzz_run(seed, rounds);
  for (uint64_t more = 0; more < 3; more++) {
    failed += cable_run(seed + more);
  }
  failed += resend_run();
  failed += board_run();
  failed += bridge_run(seed);
  puts(failed == 0 ? "core: passed" : "core: FAILED");
  return failed == 0 ? 0 : 1;
}
