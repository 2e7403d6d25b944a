/* The virtual machine's side: file systems, modules, swap, settings. */
#ifndef MACHINE_H
#define MACHINE_H

/* Makes the machine that the trace format describes. Ends it when something is missing. */
void machine_start(void);
void machine_stop(void);
/* Undoes what a scenario may have left behind. */
void machine_tidy(void);

#endif
