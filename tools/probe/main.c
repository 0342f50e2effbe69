/* SPDX-License-Identifier: BSD-2-Clause */
/* The probe guest: does what the script in its ramdisk says, and prints what came of it. */
#include <xen/xen.h>
#include <xen/arch-x86/hvm/start_info.h>

#include "command.h"
#include "console.h"
#include "cpu.h"
#include "script.h"
#include "xen.h"

void probe_main(const struct hvm_start_info *start);

static void put_summary(const struct script_summary *summary)
{
    put_text("probe: end of script: ");
    put_decimal(summary->nr_ok);
    put_text(" ok, ");
    put_decimal(summary->nr_failed);
    put_text(" failed\n");
}

static void run_script(const struct hvm_start_info *start)
{
    const struct hvm_modlist_entry *module =
        (const struct hvm_modlist_entry *)(uintptr_t)start->modlist_paddr;
    struct script_summary summary;

    if (!start->nr_modules) {
        put_text("probe: no ramdisk, so no script\n");
        return;
    }
    summary = script_run((const char *)(uintptr_t)module->paddr, module->size);
    put_summary(&summary);
}

void probe_main(const struct hvm_start_info *start)
{
    cpu_init();
    xen_init();
    console_init();
    if (start->magic != XEN_HVM_START_MAGIC_VALUE) {
        put_text("probe: not entered by the PVH protocol\n");
        shutdown(SHUTDOWN_crash);
    }
    set_start_info(start);
    if (start->cmdline_paddr)
        set_command_line((const char *)(uintptr_t)start->cmdline_paddr);
    run_script(start);
    while (wants_to_stay())
        sleep_ms(1000);
    shutdown(SHUTDOWN_poweroff);
}
