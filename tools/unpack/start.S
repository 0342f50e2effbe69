/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the PVH entry (32-bit protected mode, %ebx = hvm_start_info) to C in long mode with the
 * first 4 GiB mapped one to one; and back, to the kernel's PVH entry.
 */
#define CR0_PG (1 << 31)
#define CR0_WP (1 << 16)
#define CR4_PAE (1 << 5)
#define EFER 0xc0000080
#define EFER_LME (1 << 8)
#define PRESENT_WRITABLE 0x3
#define LARGE_PAGE 0x83 /* present, writable, 2 MiB */

#define SELECTOR_CODE_64 0x08
#define SELECTOR_DATA 0x10
#define SELECTOR_CODE_32 0x18

    .section .note.Xen, "a", @note
    .balign 4
    .long 4, 8, 18 /* name size, descriptor size, XEN_ELFNOTE_PHYS32_ENTRY */
    .asciz "Xen"
    .quad entry

    /* With all bits set that the CPU would set, so that nothing is written to it. */
    .section .rodata
    .balign 8
gdt:
    .quad 0
    .quad 0x00209b0000000000 /* 64-bit code */
    .quad 0x00cf93000000ffff /* data */
    .quad 0x00cf9b000000ffff /* 32-bit code */
gdt_end:
gdt_register:
    .word gdt_end - gdt - 1
    .long gdt

    .bss
    .balign 4096
page_map_level_4:
    .skip 4096
page_directory_pointers:
    .skip 4096
page_directories:
    .skip 4 * 4096
stack:
    .skip 32768
stack_top:

    .section .text.entry, "ax"
    .code32
    .globl entry
entry:
    cld
    mov $stack_top, %esp
    mov %ebx, %ebp

    movl $page_directory_pointers + PRESENT_WRITABLE, page_map_level_4
    mov $page_directories + PRESENT_WRITABLE, %eax
    mov $page_directory_pointers, %edi
    mov $4, %ecx
1:  mov %eax, (%edi)
    add $4096, %eax
    add $8, %edi
    loop 1b

    mov $LARGE_PAGE, %eax
    mov $page_directories, %edi
    mov $4 * 512, %ecx
1:  mov %eax, (%edi)
    add $0x200000, %eax
    add $8, %edi
    loop 1b

    mov $CR4_PAE, %eax
    mov %eax, %cr4
    mov $page_map_level_4, %eax
    mov %eax, %cr3
    mov $EFER, %ecx
    rdmsr
    or $EFER_LME, %eax
    wrmsr
    mov %cr0, %eax
    or $CR0_PG | CR0_WP, %eax
    mov %eax, %cr0

    lgdt gdt_register
    ljmp $SELECTOR_CODE_64, $entry_64

    .code64
entry_64:
    mov $SELECTOR_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov %ebp, %edi
    xor %ebp, %ebp
    call unpack_main
1:  cli
    hlt
    jmp 1b

/* enter_kernel(uint32_t entry, const struct start *info): as PVH enters a kernel. */
    .globl enter_kernel
enter_kernel:
    mov %esi, %ebx
    pushq $SELECTOR_CODE_32
    pushq $leave_64
    lretq

    .code32
leave_64:
    mov $SELECTOR_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov %eax, %fs
    mov %eax, %gs
    mov %cr0, %eax
    and $~(CR0_PG | CR0_WP), %eax
    mov %eax, %cr0
    mov $EFER, %ecx
    rdmsr
    and $~EFER_LME, %eax
    wrmsr
    xor %eax, %eax
    mov %eax, %cr3
    mov %eax, %cr4
    jmp *%edi

    .section .note.GNU-stack, "", @progbits
