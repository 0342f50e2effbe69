/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HV_ARCH_X86_MICROCODE_H
#define HV_ARCH_X86_MICROCODE_H

/* This CPU was kicked: if microcode is offered that it hasn't tried, it tries. Interrupts are off.
 */
void microcode_kicked(void);

#endif
