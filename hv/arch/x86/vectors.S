/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's own exceptions and interrupts: one stub each, all to trap() in traps.c. */
#include "hv/arch/x86/x86.h"

        .text
        .macro  stub vector, has_error
        .balign 16
        .if     \has_error == 0
        pushq   $0
        .endif
        pushq   $\vector
        jmp     trap_common
        .endm

        .balign 16
        .globl  exception_stubs
        .altmacro
exception_stubs:
        .set    vector, 0
        .rept   VECTORS_EXCEPTIONS
        .if     vector == 8 || vector == 10 || vector == 11 || vector == 12 || vector == 13 || vector == 14 || vector == 17 || vector == 21 || vector == 29 || vector == 30
        stub    %vector, 1
        .else
        stub    %vector, 0
        .endif
        .set    vector, vector + 1
        .endr

        .balign 16
        .globl  timer_stub
timer_stub:
        stub    VECTOR_TIMER, 0
        .balign 16
        .globl  spurious_stub
spurious_stub:
        stub    VECTOR_SPURIOUS, 0

/*
 * A breakpoint of the guest's: the hypervisor sets none. #VMEXIT disables them (APM2 15.6), but
 * QEMU 7.2 doesn't. The rest of the way out of the guest goes on without; VMRUN brings them back.
 * No C, since the FS base may still be the guest's.
 */
        .balign 16
        .globl  debug_stub
debug_stub:
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
