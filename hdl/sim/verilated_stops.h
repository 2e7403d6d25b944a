// A failed assertion of the RTL (built with --assert only) or a broken model: say where and stop, without the runtime's
// exit handlers, which may wait for a wave writer for ever.
#ifndef HILBENCH_VERILATED_STOPS_H
#define HILBENCH_VERILATED_STOPS_H

#include <cstdio>
#include <cstdlib>

#include "verilated.h"

void vl_stop(const char *file, int line, const char *hierarchy) {
  std::fprintf(stderr, "%s:%d: assertion failed in %s\n", file, line, hierarchy);
  std::abort();
}

void vl_fatal(const char *file, int line, const char *hierarchy, const char *message) {
  std::fprintf(stderr, "%s:%d: %s: %s\n", file, line, hierarchy, message);
  std::abort();
}

#endif
