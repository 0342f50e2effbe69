/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the boot domain asks of the launch itself: how it stands, the boot modules, and its end.
 * hv/public/bailiwick_op.h says what each does; what it does to staged domains is staged.c's.
 */
#include <errno.h>
#include <string.h>

#include "hv/gate/ops.h"
#include "hv/launch/boot_domain.h"
#include "hv/ops/text.h"

int64_t launch_info_act(struct call *call)
{
    struct bw_launch_info *i = (void *)call->header;

    boot_domain_came_up(call->d);
    *i = (struct bw_launch_info){.nr_modules = plan.boot->nr_modules,
                                 .nr_domains = plan.lcm.nr_domains,
                                 .time_left = boot_domain_time_left()};
    return 0;
}

/* There is no more to a module's name than its number; what doesn't exist is unlabeled. */
static int name_module(struct call *call, uint32_t index)
{
    call->query.sid[XSM_PARTY_module] =
        index < plan.boot->nr_modules ? plan.module_sid[index] : XSM_INITIAL_UNLABELED;
    return 0;
}

int module_stat_decode(struct call *call)
{
    return name_module(call, ((const struct bw_module_stat *)(void *)call->header)->index);
}

int module_read_decode(struct call *call)
{
    return name_module(call, ((const struct bw_module_read *)(void *)call->header)->index);
}

static uint32_t type_of(uint32_t index)
{
    static const uint32_t types[LCM_NR_MODULE_TYPES] = {
        [LCM_KERNEL] = BW_MODULE_kernel,           [LCM_RAMDISK] = BW_MODULE_ramdisk,
        [LCM_DEVICE_TREE] = BW_MODULE_device_tree, [LCM_MICROCODE] = BW_MODULE_microcode,
        [LCM_XSM_POLICY] = BW_MODULE_xsm_policy,   [LCM_CONFIG] = BW_MODULE_config,
    };

    if (index == 0)
        return BW_MODULE_lcm;
    for (unsigned int i = 0; i < plan.lcm.nr_modules; i++)
        if (plan.lcm.module[i].boot_module == (int)index)
            return types[plan.lcm.module[i].type];
    return BW_MODULE_unnamed;
}

int64_t module_stat_act(struct call *call)
{
    struct bw_module_stat *m = (void *)call->header;
    char label[XSM_MAX_CONTEXT] = "";
    int error = 0;

    if (m->index >= plan.boot->nr_modules)
        return -ENOENT;
    m->type = type_of(m->index);
    m->size = plan.module[m->index].size;
    (void)xsm_sid_to_context(&gate_engine, plan.module_sid[m->index], label, sizeof(label));
    if (m->digest != 0)
        error = gate_copy_to(call->v, (gva_t){m->digest}, plan.digest[m->index], BW_DIGEST_SIZE);
    if (error == 0)
        error = text_put(call, m->line, &m->line_size, plan.module[m->index].line);
    return error != 0 ? error : text_put(call, m->label, &m->label_size, label);
}

int64_t module_read_act(struct call *call)
{
    struct bw_module_read *m = (void *)call->header;
    const uint8_t *data;
    size_t size;

    if (m->index >= plan.boot->nr_modules)
        return -ENOENT;
    if (m->size > BW_MOST_BYTES)
        return -E2BIG;
    data = plan.module[m->index].data;
    size = plan.module[m->index].size;
    if (m->index == 0)
        data = boot_domain_lcm(&size);
    m->size = m->offset >= size ? 0 : (uint32_t)min_u64(m->size, size - m->offset);
    return m->size == 0 ? 0 : gate_copy_to(call->v, (gva_t){m->buffer}, data + m->offset, m->size);
}

int64_t launch_finalise_act(struct call *call)
{
    boot_domain_finalises(call->d);
    return 0;
}

/* It goes to the console and to a command line: one line that can be shown. */
static void make_printable(char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] < ' ' || text[i] > '~')
            text[i] = '?';
}

int64_t launch_fail_act(struct call *call)
{
    const struct bw_launch_fail *f = (const void *)call->header;
    char text[BW_MOST_REASON + 1] = "";

    if (f->size > BW_MOST_REASON)
        return -E2BIG;
    if (gate_copy_from(call->v, text, (gva_t){f->text}, f->size) != 0)
        return -EFAULT;
    make_printable(text, strnlen(text, f->size));
    boot_domain_gives_up(call->d, text);
    return 0;
}
