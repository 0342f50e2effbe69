/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the bootloader's 32-bit protected mode to C in long mode.
 * Multiboot2 specification 2.0, section 3.1 (header) and 3.3 (machine state); Multiboot
 * specification 0.6.96 for the older header, in its form with addresses.
 */
#include "hv/arch/x86/x86.h"

#define PHYSICAL(symbol) (symbol - IMAGE_BASE)

#define MULTIBOOT1_MAGIC 0x1badb002
#define MULTIBOOT1_FLAGS 0x00010003 /* page-aligned modules, memory map, addresses below */
#define MULTIBOOT2_MAGIC 0xe85250d6

        .section .multiboot, "a"
        .balign 8
        .globl  multiboot1_header
multiboot1_header:
        .long   MULTIBOOT1_MAGIC
        .long   MULTIBOOT1_FLAGS
        .long   -(MULTIBOOT1_MAGIC + MULTIBOOT1_FLAGS)
        .long   multiboot1_physical     /* of this header */
        .long   load_address            /* where the file's first loaded byte goes */
        .long   text_end_physical       /* end of what is in the file */
        .long   image_end_physical      /* end of what must be zero */
        .long   start_physical

        .balign 8
multiboot2_header:
        .long   MULTIBOOT2_MAGIC
        .long   0                       /* protected mode i386 */
        .long   multiboot2_end - multiboot2_header
        .long   0x100000000 - (MULTIBOOT2_MAGIC + (multiboot2_end - multiboot2_header))
        .short  6, 0                    /* modules begin on a page */
        .long   8
        .short  0, 0                    /* end of tags */
        .long   8
multiboot2_end:

        .section .text.start, "ax"
        .code32
        .globl  start32
start32:
        cli
        cld
        movl    $PHYSICAL(boot_stack_top), %esp
        movl    %eax, %ebp              /* the bootloader's magic */
        movl    %ebx, %esi              /* its information */

        movl    $0x80000000, %eax
        cpuid
        cmpl    $0x80000001, %eax
        jb      no_long_mode
        movl    $0x80000001, %eax
        cpuid
        btl     $29, %edx               /* long mode */
        jnc     no_long_mode
        btl     $20, %edx               /* no-execute */
        jnc     no_long_mode

        /* The first 4 GiB in 2 MiB pages, at 0, at the direct map and (1 GiB) at the image. */
        movl    $PHYSICAL(boot_pd), %edi
        movl    $(PTE_P | PTE_RW | PTE_PS), %eax
        movl    $2048, %ecx
1:      movl    %eax, (%edi)
        movl    $0, 4(%edi)
        addl    $0x200000, %eax
        addl    $8, %edi
        loop    1b
        movl    $PHYSICAL(boot_pdpt), %edi
        movl    $(PHYSICAL(boot_pd) + PTE_P + PTE_RW), %eax
        movl    $4, %ecx
2:      movl    %eax, (%edi)
        addl    $0x1000, %eax
        addl    $8, %edi
        loop    2b
        movl    $(PHYSICAL(boot_pd) + PTE_P + PTE_RW), PHYSICAL(boot_pdpt_image) + 510 * 8
        movl    $(PHYSICAL(boot_pdpt) + PTE_P + PTE_RW), PHYSICAL(boot_pml4)
        movl    $(PHYSICAL(boot_pdpt) + PTE_P + PTE_RW), PHYSICAL(boot_pml4) + 256 * 8
        movl    $(PHYSICAL(boot_pdpt_image) + PTE_P + PTE_RW), PHYSICAL(boot_pml4) + 511 * 8

        movl    $PHYSICAL(boot_pml4), %eax
        movl    %eax, %cr3
        movl    $(CR4_PAE | CR4_PGE), %eax
        movl    %eax, %cr4
        movl    $MSR_EFER, %ecx
        rdmsr
        orl     $(EFER_LME | EFER_NXE), %eax
        wrmsr
        movl    $(CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG), %eax
        movl    %eax, %cr0
        lgdt    PHYSICAL(boot_gdt_pointer)
        ljmp    $SELECTOR_CODE, $PHYSICAL(start64)

no_long_mode:
        movl    $PHYSICAL(no_long_mode_text), %esi
        movw    $0x3f8, %dx
3:      lodsb
        testb   %al, %al
        jz      4f
        outb    %al, %dx
        jmp     3b
4:      hlt
        jmp     4b

        .code64
start64:
        movabsq $start_high, %rax
        jmp     *%rax
start_high:
        movw    $SELECTOR_DATA, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        xorl    %eax, %eax
        movw    %ax, %fs
        movw    %ax, %gs
        leaq    boot_stack_top(%rip), %rsp

        /*
         * The stack protector's canary is at %fs:0x28 before any C runs. Its lowest byte is zero,
         * so that no string function reads or writes past it.
         */
        leaq    boot_cpu(%rip), %rax
        movq    %rax, %rdx
        shrq    $32, %rdx
        movl    $MSR_FS_BASE, %ecx
        wrmsr
        rdtsc
        shlq    $32, %rdx
        orq     %rdx, %rax
        movabsq $0x9e3779b97f4a7c15, %rcx
        imulq   %rcx, %rax
        shlq    $8, %rax
        movq    %rax, %fs:CPU_CANARY_OFFSET
        leaq    boot_cpu(%rip), %rax
        movq    %rax, %fs:0

        movl    %ebp, %edi
        movl    %esi, %esi
        xorl    %ebp, %ebp
        call    bailiwick_main
5:      hlt
        jmp     5b

        .section .rodata
no_long_mode_text:
        .asciz  "[bailiwick] stopped: this CPU has no 64-bit mode with no-execute pages\r\n"

        .balign 8
boot_gdt:
        .quad   0
        .quad   DESCRIPTOR_CODE
        .quad   DESCRIPTOR_DATA
boot_gdt_pointer:
        .word   boot_gdt_pointer - boot_gdt - 1
        .long   PHYSICAL(boot_gdt)

        .bss
        .balign 4096
        .globl  boot_pml4               /* the other CPUs come by these tables, too */
boot_pml4:
        .skip   4096
boot_pdpt:
        .skip   4096
boot_pdpt_image:
        .skip   4096
boot_pd:
        .skip   4 * 4096

/*
 * Stacks, each under a guard page that paging.c leaves unmapped.
 */
        .section .stacks, "aw", @nobits
        .balign 4096
        .globl  stacks_start, stacks_end, boot_stack_top
        .globl  double_fault_stack_top, nmi_stack_top, machine_check_stack_top
        .macro  stack name, pages
        .skip   4096
        .skip   \pages * 4096
\name\()_top:
        .endm
stacks_start:
        stack   boot_stack, CONFIG_HYPERVISOR_STACK_PAGES
        stack   double_fault_stack, 1
        stack   nmi_stack, 1
        stack   machine_check_stack, 1
stacks_end:

        .section .note.GNU-stack, "", @progbits
