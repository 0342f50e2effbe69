/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that start other vCPUs and give them something to do. */
#include <xen/errno.h>

#include "command.h"
#include "console.h"
#include "text.h"
#include "vcpus.h"
#include "xen.h"

#define WORD(i) (arguments->value[i])
#define NS_PER_MS 1000000u
#define BOOT_PATIENCE_MS 10000u

static bool is_other(uint64_t vcpu, struct result *result)
{
    if (vcpu > 0 && vcpu < NR_VCPUS)
        return true;
    result->value = -XEN_EINVAL;
    return false;
}

void command_vcpu_boot(const struct arguments *arguments, struct result *result)
{
    if (is_other(WORD(0), result) && !vcpu_boot((unsigned int)WORD(0), BOOT_PATIENCE_MS))
        result->value = -XEN_ETIMEDOUT;
}

void command_vcpu_reset(const struct arguments *arguments, struct result *result)
{
    if (is_other(WORD(0), result))
        vcpu_reset((unsigned int)WORD(0));
}

/* The work that words name from the second on, and its argument; NULL: the words are wrong. */
static const struct work *named_work(const struct arguments *arguments, uint64_t *argument)
{
    *argument = arguments->nr > 2 ? WORD(2) : 0;
    if (!arguments->is_number[0] || (arguments->nr > 2 && !arguments->is_number[2]))
        return NULL;
    return find_work(arguments->word[1]);
}

void command_vcpu_work(const struct arguments *arguments, struct result *result)
{
    uint64_t argument;
    const struct work *work = named_work(arguments, &argument);

    if (!work && !text_equal(arguments->word[1], "nothing"))
        result->usage = "vcpu_work VCPU WORK [ARGUMENT]";
    else if (is_other(WORD(0), result))
        vcpu_give((unsigned int)WORD(0), work, argument);
}

void command_vcpu_done(const struct arguments *arguments, struct result *result)
{
    if (!is_other(WORD(0), result))
        return;
    result->value = (int64_t)vcpu_done((unsigned int)WORD(0));
    result_note(result, "interrupts", vcpu_interrupts((unsigned int)WORD(0)));
}

void command_sleep_until(const struct arguments *arguments, struct result *result)
{
    uint64_t time = clock_ns(), until = WORD(0) * NS_PER_MS;

    if (until > time)
        sleep_ms((until - time + NS_PER_MS - 1) / NS_PER_MS);
    result->silent = true;
}

void command_work_until(const struct arguments *arguments, struct result *result)
{
    uint64_t argument;
    const struct work *work = named_work(arguments, &argument);

    if (!work) {
        result->usage = "work_until MS WORK [ARGUMENT]";
        return;
    }
    while (clock_ns() < WORD(0) * NS_PER_MS)
        result->value += work->step(argument);
    __asm__ volatile("cli");
}
