/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uint64_t measured_NAME(const uint64_t arguments[5], int64_t *result)
 *
 * The TSC ticks from before to behind one hypercall, or one NOP in its place. The hypercall's number
 * is in the first argument. Nothing else differs between the two, so that their difference is what
 * the hypervisor did.
 */
        .macro measured name:req, instruction:vararg
        .globl  \name
\name:
        push    %rbx
        push    %r12
        push    %rsi
        mov     (%rdi), %rbx
        mov     8(%rdi), %r12
        mov     16(%rdi), %rsi
        mov     24(%rdi), %r8
        mov     32(%rdi), %r10
        mov     %r12, %rdi
        rdtsc
        shl     $32, %rdx
        or      %rax, %rdx
        mov     %rdx, %r12
        mov     %r8, %rdx
        mov     %rbx, %rax
        \instruction
        mov     %rax, %rbx
        rdtsc
        shl     $32, %rdx
        or      %rdx, %rax
        sub     %r12, %rax
        pop     %rsi
        mov     %rbx, (%rsi)
        pop     %r12
        pop     %rbx
        ret
        .endm

        .text
        measured measured_call, vmmcall
        measured measured_nothing, nop

        .section .note.GNU-stack, "", @progbits
