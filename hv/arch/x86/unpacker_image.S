/* SPDX-License-Identifier: BSD-2-Clause */
/* The loader of bzImages (tools/unpack/), for domains to run; nothing here runs it or reads it. */
    .section .rodata
    .globl unpacker_start, unpacker_end
unpacker_start:
#ifdef CONFIG_LAUNCH_BZIMAGE
    .incbin UNPACKER
#endif
unpacker_end:

    .section .note.GNU-stack, "", @progbits
