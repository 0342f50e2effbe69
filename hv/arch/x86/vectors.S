/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's own exceptions and interrupts: one entry each, all to trap() in traps.c. */
#include "hv/arch/x86/x86.h"

        .text
        .macro  vector_entry vector, has_error
        .balign 16
        .if     \has_error == 0
        pushq   $0
        .endif
        pushq   $\vector
        jmp     trap_common
        .endm

        .balign 16
        .globl  exception_entries
        .altmacro
exception_entries:
        .set    vector, 0
        .rept   VECTORS_EXCEPTIONS
        .if     vector == 8 || vector == 10 || vector == 11 || vector == 12 || vector == 13 || vector == 14 || vector == 17 || vector == 21 || vector == 29 || vector == 30
        vector_entry %vector, 1
        .else
        vector_entry %vector, 0
        .endif
        .set    vector, vector + 1
        .endr

        .balign 16
        .globl  timer_entry
timer_entry:
        vector_entry VECTOR_TIMER, 0
        .balign 16
        .globl  kick_entry
kick_entry:
        vector_entry VECTOR_KICK, 0
        .balign 16
        .globl  spurious_entry
spurious_entry:
        vector_entry VECTOR_SPURIOUS, 0

/*
 * A breakpoint of the guest's: the hypervisor sets none. #VMEXIT disables them (APM2 15.6), but
 * QEMU 7.2 doesn't. The rest of the way out of the guest goes on without; VMRUN brings them back.
 * No C, since the FS base may still be the guest's.
 */
        .balign 16
        .globl  debug_entry
debug_entry:
        pushq   %rax
        movl    $DR7_RESET, %eax
        movq    %rax, %db7
        popq    %rax
        orq     $RFLAGS_RF, 16(%rsp)
        iretq

/* Builds struct trap_frame (traps.h) on the stack. */
trap_common:
        pushq   %r15
        pushq   %r14
        pushq   %r13
        pushq   %r12
        pushq   %r11
        pushq   %r10
        pushq   %r9
        pushq   %r8
        pushq   %rbp
        pushq   %rdi
        pushq   %rsi
        pushq   %rdx
        pushq   %rcx
        pushq   %rbx
        pushq   %rax
        cld
        movq    %rsp, %rdi
        call    trap
        popq    %rax
        popq    %rbx
        popq    %rcx
        popq    %rdx
        popq    %rsi
        popq    %rdi
        popq    %rbp
        popq    %r8
        popq    %r9
        popq    %r10
        popq    %r11
        popq    %r12
        popq    %r13
        popq    %r14
        popq    %r15
        addq    $16, %rsp
        iretq

        .section .note.GNU-stack, "", @progbits
