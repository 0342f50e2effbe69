/* SPDX-License-Identifier: BSD-2-Clause */
/* What is wrong, for people. The first of it is the reason that a launch is given up with. */
#ifndef BW_BOOT_REPORT_H
#define BW_BOOT_REPORT_H

#include "hv/public/bailiwick_op.h"

#define BOOT_MAX_FAULTS 16

struct boot_report {
    unsigned int nr; /* also those for which there was no room */
    char text[BOOT_MAX_FAULTS][BW_MOST_REASON + 1];
};

/* Add one; longer ones are cut off. */
void boot_fault(struct boot_report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What an error of the hypervisor (-XEN_E*) means to a boot domain. */
const char *boot_error(int error);

#endif
