/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting a fake machine, with or without a bootloader. */
#ifndef TESTS_HV_MACHINE_H
#define TESTS_HV_MACHINE_H

#include "hv/arch/fake/fake.h"

/* Switch on, and have memory, console and clock ready: what precedes the launch. */
void machine_start(uint64_t memory_size);
/* The same with so many CPUs more, which are threads (fake.h). */
void machine_start_with(uint64_t memory_size, unsigned int other_cpus);

/* What a bootloader loads: the first is the LCM. */
struct machine_file {
    const char *path, *line;
};

/*
 * Switch on, act as a Multiboot2 bootloader with these files, and run the hypervisor from its
 * entry. `hooks` are the guests.
 */
enum fake_end machine_boot(uint64_t memory_size, const struct machine_file *files,
                           unsigned int nr_files, const struct fake_hooks *hooks);
/* The same in two steps: between them the test can change what was loaded, or set fake.fail_at. */
void machine_load(uint64_t memory_size, const struct machine_file *files, unsigned int nr_files);
enum fake_end machine_run(const struct fake_hooks *hooks);

/* Does the serial output contain this? Prints the output if not. */
bool machine_said(const char *text);

#endif
