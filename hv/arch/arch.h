/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an architecture provides. Generic code calls this and nothing else of hv/arch/.
 * What it calls upwards is in hv/gate/gate.h (exits) and hv/machine/time.h (the timer).
 */
#ifndef HV_ARCH_ARCH_H
#define HV_ARCH_ARCH_H

#include "hv/boot/boot_info.h"
#include "hv/domain/domain.h"

/* --- the machine --- */

/* The hypervisor's own address space, after memory_init. */
void arch_map_memory(const struct boot_info *boot);
/* Traps, clock, timer and virtualisation, after arch_map_memory. */
void arch_init(void);
/* "AMD EPYC ..., SVM with nested paging": what arch_init found, for people. */
const char *arch_describe(void);

/* --- the other CPUs: hv/machine/cpus.c, on the boot CPU after arch_init --- */

struct cpu;

/* How many the firmware lists as usable, without the boot CPU. Once; says why, if it can't tell. */
unsigned int arch_find_cpus(void);
/* How people tell number `index` of them from the others, for index < CONFIG_MAX_CPUS - 1. */
uint32_t arch_cpu_id(unsigned int index);
/*
 * Start number `index` of them, which gets a zeroed `cpu` with its number. On success it is set up
 * as the boot CPU is, and calls cpus_main(). -ETIMEDOUT: it doesn't answer; if it ever does, it
 * halts. -EOPNOTSUPP: it lacks a feature of the boot CPU. -ERANGE: its clock differs. -ENXIO: it
 * can't be sent messages. -ENOMEM. Whatever comes of it, `cpu` must stay as long as the machine
 * runs.
 */
int arch_start_cpu(struct cpu *cpu, unsigned int index);

/*
 * Interrupt a CPU that is online: one that idles or runs a guest comes back to the hypervisor, and
 * sees what was written before. Counted in its `kicks`. From any CPU, itself too; not from within
 * an interrupt.
 */
void arch_kick(struct cpu *cpu);
/* Have all other CPUs that are online halt for ever, wherever they are. For panic() only. */
void arch_stop_others(void);

/*
 * Microcode from a boot module, on the boot CPU after cpus_start() and before there are domains:
 * checked as the CPU vendor's container, and offered to each CPU. `text` says what came of it.
 * -EINVAL: it isn't such a container, or is damaged. That there is nothing in it for these CPUs, or
 * that they don't take it, is no error.
 */
int arch_load_microcode(const void *data, size_t size, char *text, size_t text_size);

/* --- time, idling, the end --- */

uint64_t arch_now(void);
/* Seconds since 1970-01-01 UTC, of the board's clock at start. */
uint64_t arch_wallclock_at_start(void);
void arch_set_timer(uint64_t deadline);
/* This CPU's timer doesn't fire until it is set again. */
void arch_stop_timer(void);
/* Wait for an interrupt and take it. */
void arch_idle(void);
/* Take the interrupts that are pending. */
void arch_take_interrupts(void);
/* Tell an emulator that watches for it how things ended (0: well); does nothing elsewhere. */
void arch_report_end(unsigned int code);
_Noreturn void arch_halt(void);

void arch_serial_init(void);
/* Has the port sent all it was given? Then it takes ARCH_SERIAL_FIFO characters at once. */
bool arch_serial_ready(void);
void arch_serial_put(char c);
#define ARCH_SERIAL_FIFO 16u
/* The next character of input, or -1. */
int arch_serial_get(void);

/* --- domains and vCPUs --- */

/* The clock values in shared_info. */
void arch_init_shared_info(struct domain *d);
/* The clock values at the guest address `area` or in the vcpu_info. */
void arch_init_vcpu_time(struct vcpu *v);
int arch_vcpu_register_time(struct vcpu *v, gva_t area);

int arch_vcpu_init(struct vcpu *v);
void arch_vcpu_destroy(struct vcpu *v);
/*
 * Registers that stay in the CPU while a vCPU is out of its guest, FPU and the like: copy them to
 * the vCPU, so that another CPU can run it; put the vCPU's into the CPU.
 */
void arch_vcpu_save(struct vcpu *v);
void arch_vcpu_load(struct vcpu *v);
/*
 * Run it on this CPU until its next exit, and deal with the exit. While it is in the guest the CPU
 * counts as quiescent (quiesce.h), and each entry finds what was unmapped before it.
 */
void arch_vcpu_run(struct vcpu *v);
/* Is there an event or an interrupt that it would take at once? Then it doesn't block. Only for the
 * vCPU that has this CPU. */
bool arch_vcpu_has_event(struct vcpu *v);
/*
 * The virtual interrupt controller's timer is due: when is it next (ns, after `time`; NEVER)? Under
 * the timer lock of the CPU that watches the vCPU. Then, without it: interrupt.
 */
uint64_t arch_vcpu_timer_next(const struct vcpu *v, uint64_t time);
void arch_vcpu_timer_due(struct vcpu *v);
/* HVM_PARAM_CALLBACK_IRQ, under the domain's lock: -EINVAL for what isn't supported. */
int arch_set_callback(struct domain *d, uint64_t value);

/*
 * Put a kernel, its modules and command line into a domain's memory, as the architecture's guest
 * boot protocol wants them, and set vCPU 0 to the kernel's entry. Module 0 is what a guest takes
 * for its ramdisk.
 */
#define GUEST_MAX_MODULES 4u
struct guest_module {
    const void *data;
    size_t size; /* bytes */
};
struct guest_image {
    const void *kernel;
    size_t kernel_size; /* bytes */
    struct guest_module module[GUEST_MAX_MODULES];
    unsigned int nr_modules;
    const char *command_line;
    bool initial_domain_hint;
};
/* -EINVAL, -ENOEXEC, -ENOMEM: `why` is a sentence about what is wrong with it. */
int arch_load_guest(struct domain *d, const struct guest_image *image, const char **why);
/*
 * A kernel that unpacks the bzImage that is its first module, and starts what is in it with the
 * rest of them (tools/unpack/). Of size 0: this build has none.
 */
struct guest_module arch_unpacker(void);

/* The registers that a vCPU which has never run begins with. -EINVAL: it can't with these. */
struct bw_vcpu_state;
void arch_vcpu_get_state(const struct vcpu *v, struct bw_vcpu_state *state);
int arch_vcpu_set_state(struct vcpu *v, const struct bw_vcpu_state *state);

/* Guest frame number `number` of those for pages that are no RAM: the console ring is 0. */
gfn_t arch_special_gfn(unsigned int number);
#define SPECIAL_CONSOLE 0u

/*
 * Translate a guest virtual address with the vCPU's own page tables. 0, or -EFAULT. The result is
 * valid up to the end of its 4 KiB page.
 */
int arch_translate(struct vcpu *v, gva_t address, bool write, mfn_t *frame);

/* The memory map the guest is told, as Xen's struct e820entry; returns the number of entries. */
struct guest_memory_range {
    uint64_t start, size; /* bytes */
    uint32_t type;        /* 1 RAM, 2 reserved, 3 ACPI tables (ACPI 6.4, 15.2) */
};
#define GUEST_MAX_RANGES 8
unsigned int arch_guest_memory_map(const struct domain *d,
                                   struct guest_memory_range range[GUEST_MAX_RANGES]);
/* Guest frame number of the domain's RAM frame number `index`. */
gfn_t arch_ram_gfn(uint64_t index);
/* How many RAM frames lie below the hole in the guest's address space. */
uint64_t arch_ram_frames_below_hole(void);
/* Write the hypercall page: code that the guest calls for each hypercall number. */
void arch_write_hypercall_page(void *page);

#endif
