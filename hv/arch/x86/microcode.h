/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HV_ARCH_X86_MICROCODE_H
#define HV_ARCH_X86_MICROCODE_H

/* This CPU was kicked: if it is its turn to be offered microcode, it tries it. Interrupts are off.
 */
void microcode_kicked(void);

#endif
