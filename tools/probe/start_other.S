/* SPDX-License-Identifier: BSD-2-Clause */
/* From real mode, where a SIPI starts a vCPU, straight to C in long mode. */
#define CR0_PG (1 << 31)
#define CR0_WP (1 << 16)
#define CR0_ET (1 << 4)
#define CR0_PE (1 << 0)
#define CR4_PAE (1 << 5)
#define EFER 0xc0000080
#define EFER_LME (1 << 8)
#define X2APIC_ID 0x802

#define SELECTOR_CODE 0x08
#define SELECTOR_DATA 0x10
#define STACK_SHIFT 13 /* vcpus.h */

/* Position-independent: it is copied to a page below 1 MiB. */
    .section .rodata
    .code16
    .globl real_mode_begin
real_mode_begin:
    cli
    mov %cs, %ax
    mov %ax, %ds
    lgdtl real_mode_gdt - real_mode_begin
    mov $CR4_PAE, %eax
    mov %eax, %cr4
    mov $page_map_level_4, %eax
    mov %eax, %cr3
    mov $EFER, %ecx
    rdmsr
    or $EFER_LME, %eax
    wrmsr
    mov $CR0_PG | CR0_WP | CR0_ET | CR0_PE, %eax
    mov %eax, %cr0
    ljmpl $SELECTOR_CODE, $other_64
real_mode_gdt:
    .word gdt_limit
    .long gdt
    .globl real_mode_end
real_mode_end:

/* Its APIC's number says which stack is its own: vCPU 1's is the first. */
    .text
    .code64
other_64:
    mov $SELECTOR_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    xor %eax, %eax
    mov %eax, %fs
    mov %eax, %gs
    mov $X2APIC_ID, %ecx
    rdmsr
    mov %eax, %edi
    shl $STACK_SHIFT, %eax
    lea other_stacks(%rax), %rsp
    xor %ebp, %ebp
    call other_main

    .section .note.GNU-stack, "", @progbits
