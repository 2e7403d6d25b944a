/* userfaultfd and PAGEMAP_SCAN. */
#ifndef USERFAULT_H
#define USERFAULT_H

#include "json.h"

/* 0, or -1 with errno; -2 when the name is none of these steps. */
long userfault_step(int *fd, const char *name, const struct json *arguments);

#endif
