/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HV_ARCH_FAKE_PAGING_H
#define HV_ARCH_FAKE_PAGING_H

#include <stdint.h>

/* Where the machine's physical memory is in the process. */
uint8_t *fake_memory(void);

#endif
