/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/arch/arch.h"
#include "hv/domain/sched.h"
#include "hv/launch/launch.h"
#include "hv/machine/cpus.h"
#include "hv/machine/log.h"
#include "hv/machine/memory.h"
#include "hv/ops/version.h"

_Noreturn void bailiwick_main(uint32_t magic, uint64_t information);

/* Called by the architecture's start code. `magic` and `information` are the bootloader's. */
_Noreturn void bailiwick_main(uint32_t magic, uint64_t information)
{
    static struct boot_info boot;

    console_init();
    hv_log("Bailiwick " BAILIWICK_VERSION);
    boot_read_multiboot(magic, paddr(information), &boot);
    memory_init(&boot);
    arch_map_memory(&boot);
    memory_add_high(&boot);
    arch_init();
    cpus_start();
    launch(&boot);
    for (;;) {
        sched_run();
        launch_go_on();
    }
}
