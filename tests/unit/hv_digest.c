/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "arch_layout.h"
#include "hv/arch/arch.h"
#include "hv/domain/p2m.h"
#include "hv/gate/policy.h"
#include "hv/machine/cpu.h"
#include "hv/machine/memory.h"
#include "hv_digest.h"
#include "hv_scene.h"
#include "xsm/flask/flask.h"

#define NO_PLACE UINT64_MAX
#define FACTOR 0x9e3779b97f4a7c15
#define PAGE_WORDS (PAGE_SIZE / sizeof(uint64_t))
#define LANES 8u

static void add(uint64_t *hash, uint64_t value)
{
    *hash = (*hash ^ value) * FACTOR;
    *hash ^= *hash >> 29;
}

/*
 * Pages are nearly all that there is to hash, so this is fast: lanes that don't wait for each
 * other, and no sanitizer, since a page is read whole. With one word changed the lane always ends
 * differently.
 */
__attribute__((no_sanitize("address", "thread", "undefined"))) static void
add_page(uint64_t *hash, const void *page)
{
    const uint64_t *word = page;
    uint64_t lane[LANES] = {0};

    for (size_t i = 0; i < PAGE_WORDS; i += LANES) {
        for (size_t l = 0; l < LANES; l++)
            lane[l] = ((lane[l] << 29 | lane[l] >> 35) ^ word[i + l]) * FACTOR;
    }
    for (size_t l = 0; l < LANES; l++)
        add(hash, lane[l]);
}

/* Where a pointer leads, in terms that are the same in every run. */
static uint64_t place(const void *pointer)
{
    return pointer == NULL ? NO_PLACE : physical(pointer).a;
}

static void add_bytes(uint64_t *hash, const void *from, size_t size)
{
    const uint8_t *bytes = from;
    uint64_t word;

    for (; size >= sizeof(word); bytes += sizeof(word), size -= sizeof(word)) {
        memcpy(&word, bytes, sizeof(word));
        add(hash, word);
    }
    for (; size > 0; bytes++, size--)
        add(hash, *bytes);
}

static void add_machine(struct digest *digest)
{
    uint64_t *hash = &digest->part[DIGEST_MACHINE];

    add(hash, gate_finalised);
    add(hash, boot_cpu.slice_end);
    add(hash, boot_cpu.armed);
    add(hash, place(boot_cpu.current));
}

/* What its state is, and who has been given which SID. */
static void add_policy(uint64_t *hash)
{
    const struct flask_table *table = xsm_table(&gate_engine);

    add(hash, (uintptr_t)table);
    add(hash, gate_sealed);
    add(hash, !xsm_enforces(&gate_engine));
    if (table == NULL)
        return;
    add_bytes(hash, table->boolean, sizeof(table->boolean));
    for (unsigned int i = 0; i < table->policy->nr_booleans; i++)
        add(hash, policy_pending(i));
    add_bytes(hash, table->policy->sid, FLASK_MAX_SIDS * sizeof(*table->policy->sid));
    add_bytes(hash, table->policy->domain_label,
              FLASK_LABEL_WORDS * sizeof(*table->policy->domain_label));
    add(hash, table->policy->nr_added);
    for (uint32_t i = 0; i < table->policy->nr_added; i++)
        add(hash, table->policy->added[i].label.context);
    add(hash, table->policy->nr_added_paths);
}

static void add_domain(uint64_t *hash, const struct domain *d)
{
    add(hash, d->domid);
    add(hash, d->generation);
    add_bytes(hash, d->name, strlen(d->name));
    add_bytes(hash, d->uuid, sizeof(d->uuid));
    add(hash, d->state);
    add(hash, d->shutdown_code);
    add(hash, d->sid);
    add(hash, d->self_sid);
    add(hash, d->channel_sid);
    add(hash, d->roles);
    add(hash, d->sids_left);
    add(hash, d->ram_frames);
    add(hash, d->table_frames);
    add(hash, d->max_table_frames);
    add(hash, place(d->shared_info));
    add(hash, place(d->console_ring));
    add_bytes(hash, d->typed.text, d->typed.length);
    add(hash, d->shared_info_gfn.g);
    add(hash, d->share.weight);
    add(hash, d->share.cap);
    add(hash, __atomic_load_n(&d->nr_polling, __ATOMIC_RELAXED));
    add(hash, __atomic_load_n(&d->nr_up, __ATOMIC_RELAXED));
    for (unsigned int i = 0; i < GRANT_FRAMES; i++) {
        add(hash, d->grant_frame[i].m);
        add(hash, d->grant_gfn[i].g);
    }
    add(hash, d->line.length);
    add(hash, d->line.after_return);
    add(hash, d->line.escape);
    add_bytes(hash, d->line.text, d->line.length);
}

static void add_vcpu(uint64_t *hash, const struct vcpu *v)
{
    add(hash, v->id);
    add(hash, v->state);
    add(hash, v->queued);
    add(hash, v->queued && v->next != NULL ? v->next->domain->domid : NO_PLACE);
    for (unsigned int i = 0; i < NR_DEADLINES; i++)
        add(hash, v->deadline[i]);
    add(hash, v->initialised);
    add(hash, place(v->info));
    for (unsigned int i = 0; i < NR_BOUND_VIRQS; i++)
        add(hash, v->virq_port[i]);
    add(hash, v->poll_port);
    add(hash, v->arch.entry);
    add(hash, v->arch.start_info);
    add(hash, v->arch.interrupts_on);
    add(hash, v->arch.timer_interrupts);
    add(hash, v->runstate_area.v);
    add(hash, (uint64_t)v->runstate.state);
    add(hash, v->runstate.state_entry_time);
}

/* The table has pages of its own, and nothing between the members. */
_Static_assert(sizeof(struct evtchn) == 24, "every byte of a channel means something");

static void add_channels(uint64_t *hash, const struct domain *d)
{
    const uint8_t *table = (const uint8_t *)d->evtchn;

    for (size_t at = 0; at < CONFIG_MAX_EVENT_CHANNELS * sizeof(struct evtchn); at += PAGE_SIZE)
        add_page(hash, table + at);
}

/* The mappings that a domain can have: its RAM's places, and where special frames are. */
static void add_p2m(uint64_t *hash, const struct domain *d)
{
    gfn_t last = arch_ram_gfn(d->ram_frames - 1);

    for (gfn_t at = {0}; at.g <= last.g; at.g++)
        add(hash, p2m_lookup(d, at).m);
    add(hash, p2m_lookup(d, arch_special_gfn(SPECIAL_CONSOLE)).m);
    add(hash, p2m_lookup(d, d->shared_info_gfn).m);
    for (unsigned int i = 0; i < GRANT_FRAMES; i++)
        add(hash, p2m_lookup(d, d->grant_gfn[i]).m);
}

/* Frames with arguments and results are marked. */
static uint8_t is_argument[DIRECT_MAP_SIZE / PAGE_SIZE];

static void mark_arguments(uint8_t mark)
{
    for (unsigned int i = 0; i < DOMAIN_SLOTS; i++) {
        const struct domain *d = domain_in_slot(i);

        for (uint64_t at = ARGUMENTS; d != NULL && at < ARGUMENTS_END; at += PAGE_SIZE) {
            mfn_t frame = p2m_lookup(d, gfn(at >> PAGE_SHIFT));

            if (frame.m != INVALID_MFN.m)
                is_argument[frame.m] = mark;
        }
    }
}

static void add_frames(struct digest *digest)
{
    mark_arguments(1);
    for (uint64_t frame = 0; frame < memory_end() >> PAGE_SHIFT; frame++) {
        uint16_t owner = memory_owner(mfn(frame));

        add(&digest->part[DIGEST_OWNERS], owner);
        if (owner < OWNER_BOOT && !is_argument[frame])
            add_page(&digest->part[DIGEST_CONTENTS], map_mfn(mfn(frame)));
    }
    add(&digest->part[DIGEST_OWNERS], memory_free_frames());
    mark_arguments(0);
}

struct digest digest_take(void)
{
    struct digest digest = {0};

    add_machine(&digest);
    add_policy(&digest.part[DIGEST_POLICY]);
    for (unsigned int i = 0; i < DOMAIN_SLOTS; i++) {
        const struct domain *d = domain_in_slot(i);

        if (d == NULL)
            continue;
        add_domain(&digest.part[DIGEST_DOMAINS], d);
        for (unsigned int id = 0; id < d->nr_vcpus; id++)
            add_vcpu(&digest.part[DIGEST_VCPUS], d->vcpu[id]);
        add_bytes(&digest.part[DIGEST_PARAMETERS], d->param, sizeof(d->param));
        add(&digest.part[DIGEST_PARAMETERS], d->arch.callback_vector);
        add_channels(&digest.part[DIGEST_CHANNELS], d);
        add_p2m(&digest.part[DIGEST_P2M], d);
    }
    add_frames(&digest);
    return digest;
}

const char *digest_difference(const struct digest *a, const struct digest *b)
{
    static const char *const names[DIGEST_PARTS] = {
        [DIGEST_MACHINE] = "machine",
        [DIGEST_POLICY] = "policy",
        [DIGEST_DOMAINS] = "domains",
        [DIGEST_VCPUS] = "vCPUs",
        [DIGEST_PARAMETERS] = "parameters",
        [DIGEST_OWNERS] = "owners",
        [DIGEST_P2M] = "p2m",
        [DIGEST_CHANNELS] = "channels",
        [DIGEST_CONTENTS] = "contents of memory",
    };

    for (unsigned int i = 0; i < DIGEST_PARTS; i++) {
        if (a->part[i] != b->part[i])
            return names[i];
    }
    return NULL;
}
