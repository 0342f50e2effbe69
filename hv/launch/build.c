/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hv/arch/arch.h"
#include "hv/gate/gate.h"
#include "hv/launch/boot_domain.h"
#include "hv/launch/plan.h"
#include "hv/machine/log.h"
#include "lcm/classic.h"

/* A kernel's whole command line, with its NUL. Linux on x86 takes 2048 bytes. */
#define MAX_ARGUMENTS (LCM_MAX_LINE + 2048u)

int build_assign(unsigned int number)
{
    struct roles_records records = {0};
    int error = roles_assign(&gate_engine, &plan.lcm.domain[number],
                             &plan.domain[number].assignment, &records, &plan.report);

    for (unsigned int i = 0; i < records.nr_records; i++)
        audit_record(&records.record[i]);
    return error;
}

static void add_module(struct guest_image *image, const void *data, size_t size)
{
    image->module[image->nr_modules++] = (struct guest_module){data, size};
}

static const char *boot_arguments(const struct lcm_domain *d)
{
    return d->kernel->bootargs != NULL
               ? d->kernel->bootargs
               : lcm_module_arguments(plan.module[d->kernel->boot_module].line);
}

/* NULL: they are too long. */
static const char *all_arguments(const struct lcm_domain *d, const char *more)
{
    static char text[MAX_ARGUMENTS];
    const char *own = boot_arguments(d);
    int length;

    if (more[0] == '\0')
        return own;
    length = snprintf(text, sizeof(text), "%s %s", own, more);
    return length >= 0 && (size_t)length < sizeof(text) ? text : NULL;
}

static const char *creation_error(int error)
{
    switch (error) {
    case -ENOSPC:
        return "more domains than this hypervisor was built for (MAX_DOMAINS)";
    case -EEXIST:
        return "its domid is taken";
    case -EBUSY:
        return "not enough CPUs";
    default:
        return "not enough memory: give it less, or the machine more";
    }
}

static const char *create(const struct lcm_domain *d, struct planned_domain *planned)
{
    xsm_sid sid = planned->assignment.sid;
    struct domain_config config = {.name = d->name,
                                   .domid = (uint16_t)d->domid,
                                   .sid = sid,
                                   .self_sid = xsm_self_sid(&gate_engine, sid),
                                   .roles = planned->assignment.roles,
                                   .memory_kib = d->memory_kib,
                                   .nr_vcpus = d->cpus,
                                   .dedicated = d->scheduling == LCM_DEDICATED,
                                   .weight = d->weight,
                                   .cap = d->cap};
    int error;

    if (xsm_channel_sid(&gate_engine, sid, sid, &config.channel_sid) != 0)
        return "the policy gives its event channels no valid label";
    memcpy(config.uuid, d->uuid, sizeof(config.uuid));
    error = domain_create(&config, &planned->domain);
    return error == 0 ? NULL : creation_error(error);
}

/*
 * A bzImage is no kernel yet: a loader starts in its place, in the domain, and finds it as module.
 * Nobody looks into it here.
 */
static const char *take_kernel(struct guest_image *image, const struct lcm_boot_module *kernel)
{
    const struct guest_module unpacker = arch_unpacker();

    if (!lcm_is_bzimage(kernel->data, kernel->size)) {
        image->kernel = kernel->data;
        image->kernel_size = kernel->size;
        return NULL;
    }
    if (unpacker.size == 0)
        return "it is a Linux bzImage, which this build doesn't unpack (LAUNCH_BZIMAGE): give it "
               "the ELF file in it (extract-vmlinux)";
    image->kernel = unpacker.data;
    image->kernel_size = unpacker.size;
    add_module(image, kernel->data, kernel->size);
    hv_log("    `%s` is a bzImage: the domain is started with a loader, which unpacks it",
           kernel->line);
    return NULL;
}

/* The LCM for the boot domain, behind the ramdisk, or what a guest would take for one. */
static const char *add_lcm(struct guest_image *image, const struct lcm_domain *d,
                           const struct planned_domain *planned)
{
    const char *why = boot_domain_copy_lcm(planned);
    size_t size;
    const void *lcm = boot_domain_lcm(&size);

    if (lcm == NULL)
        return why;
    if (d->ramdisk == NULL)
        add_module(image, lcm, 0);
    add_module(image, lcm, size);
    return NULL;
}

/* It is given the LCM. */
static bool gets_lcm(unsigned int number)
{
    return roles_find_boot(&plan.lcm) == (int)number;
}

static const char *load(unsigned int number, struct guest_image *image)
{
    const struct lcm_domain *d = &plan.lcm.domain[number];
    struct planned_domain *planned = &plan.domain[number];
    const char *why = take_kernel(image, &plan.module[d->kernel->boot_module]);

    if (why != NULL)
        return why;
    if (d->ramdisk != NULL)
        add_module(image, plan.module[d->ramdisk->boot_module].data,
                   plan.module[d->ramdisk->boot_module].size);
    if (gets_lcm(number))
        why = add_lcm(image, d, planned);
    if (why == NULL)
        (void)arch_load_guest(planned->domain, image, &why);
    return why;
}

/* Another CPU may be about to look at it: it is gone there before it is gone. */
void plan_destroy_domain(unsigned int number)
{
    struct domain *d = __atomic_exchange_n(&plan.domain[number].domain, NULL, __ATOMIC_SEQ_CST);

    domain_destroy(d);
}

const char *build_domain(unsigned int number, const char *more)
{
    const struct lcm_domain *d = &plan.lcm.domain[number];
    struct planned_domain *planned = &plan.domain[number];
    struct guest_image image = {.command_line = all_arguments(d, more),
                                .initial_domain_hint = d->initial_domain_hint};
    const char *why;

    if (image.command_line == NULL)
        return "its command line is too long";
    why = create(d, planned);
    if (why != NULL)
        return why;
    why = load(number, &image);
    if (why != NULL) {
        plan_destroy_domain(number);
        if (gets_lcm(number))
            boot_domain_forget_lcm();
    }
    return why;
}
