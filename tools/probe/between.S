/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * void between_X(const struct general_registers *set, struct general_registers *got)
 *
 * Load every general register from `set`, run one instruction, store every one to `got`. What the
 * function needs for itself is in memory meanwhile. Interrupts are off.
 */
    .set VALUE_RAX, 0
    .set VALUE_RDI, 40
    .set VALUE_FLAGS, 120

    .macro for_each_but_rax_rdi operation
    \operation %rbx, 8
    \operation %rcx, 16
    \operation %rdx, 24
    \operation %rsi, 32
    \operation %rbp, 48
    \operation %r8, 56
    \operation %r9, 64
    \operation %r10, 72
    \operation %r11, 80
    \operation %r12, 88
    \operation %r13, 96
    \operation %r14, 104
    \operation %r15, 112
    .endm

    .macro load_one register, offset
    mov \offset(%rdi), \register
    .endm

    .macro store_one register, offset
    mov \register, \offset(%rdi)
    .endm

    .macro begin name
    .globl \name
\name:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    pushfq
    mov %rsi, got_pointer(%rip)
    for_each_but_rax_rdi load_one
    mov VALUE_RAX(%rdi), %rax
    pushq VALUE_FLAGS(%rdi)
    mov VALUE_RDI(%rdi), %rdi
    popfq
    .endm

    .macro finish
    pushfq
    push %rdi
    mov got_pointer(%rip), %rdi
    for_each_but_rax_rdi store_one
    mov %rax, VALUE_RAX(%rdi)
    popq VALUE_RDI(%rdi)
    popq VALUE_FLAGS(%rdi)
    popfq
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret
    .endm

    .text
    begin between_vmmcall
    vmmcall
    finish

    begin between_cpuid
    cpuid
    finish

    begin between_rdmsr
    rdmsr
    finish

    begin between_in
    inb $0x80, %al
    finish

    /* The loop's flags are its own. */
    begin between_spin
1:  decq spin_rounds(%rip)
    jnz 1b
    finish

    .bss
    .balign 8
got_pointer:
    .skip 8
    .globl spin_rounds
spin_rounds:
    .skip 8

    .section .note.GNU-stack, "", @progbits
