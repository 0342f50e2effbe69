/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/guests/bw-boot/boot.h"

#include <string.h>

#include "tools/guests/bw-boot/act.h"
#include "tools/guests/bw-boot/call.h"
#include "tools/guests/bw-boot/modules.h"
#include "tools/guests/bw-boot/plan.h"

#define MAX_CONFIG (64u * 1024)

/* Too much for a stack. */
static struct boot_scene scene;
static struct boot_config config;
static struct boot_plan plan;
static struct boot_report report;
static char text[MAX_CONFIG]; /* of the configuration, which `config` points into */

/* The boot domain's own module of type config, else the one of the LCM's config node. */
static int32_t config_module(void)
{
    const struct boot_domain *self = boot_self(&scene);

    return self != NULL && self->config != BOOT_NO_MODULE ? self->config : scene.config;
}

static void read_configuration(void)
{
    int32_t module = config_module();
    int64_t size;

    if (module == BOOT_NO_MODULE) {
        boot_say("there is no configuration");
        return;
    }
    size = boot_read_module((uint32_t)module, text, sizeof(text));
    if (size < 0)
        boot_fault(&report, "reading the configuration, module %d: %s", module,
                   boot_error((int)size));
    else
        boot_read_config(text, (size_t)size, &config, &report);
}

/* Each goes on only if nothing was wrong before. */
static void prepare(void)
{
    report.nr = config.nr = plan.nr = 0;
    boot_look(&scene, &report);
    if (report.nr == 0) {
        boot_read_lcm(&scene, &report);
        boot_show_scene(&scene);
    }
    if (report.nr == 0)
        read_configuration();
    if (report.nr == 0)
        boot_make_plan(&config, &scene, &plan, &report);
    if (report.nr == 0)
        boot_show_plan(&plan);
}

static void say_faults(void)
{
    for (unsigned int i = 0; i < report.nr && i < BOOT_MAX_FAULTS; i++)
        boot_say("%s", report.text[i]);
    if (report.nr > BOOT_MAX_FAULTS)
        boot_say("and %u more", report.nr - BOOT_MAX_FAULTS);
}

static void give_up(void)
{
    struct boot_place *place = boot_place();
    size_t size = strlen(report.text[0]);

    boot_say("giving the launch up: %s", report.text[0]);
    memcpy(place->bytes, report.text[0], size);
    place->fail = (struct bw_launch_fail){.text = (uintptr_t)place->bytes, .size = (uint32_t)size};
    boot_say("it can't be given up: %s", boot_error(boot_call(BW_OP_launch_fail, &place->fail)));
}

static void finalise(void)
{
    int error;

    boot_say("finalising");
    error = boot_call(BW_OP_launch_finalise, NULL);
    boot_fault(&report, "finalising: %s", boot_error(error));
}

bool boot_run(bool only_plan)
{
    if (boot_place() == NULL)
        return false;
    prepare();
    if (report.nr == 0 && !only_plan)
        boot_do_plan(&plan, &scene, &report);
    if (report.nr == 0 && !only_plan)
        finalise();
    say_faults();
    if (report.nr != 0 && !only_plan)
        give_up();
    return report.nr == 0;
}
