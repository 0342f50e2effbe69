/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/gate/policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hv/gate/gate.h"
#include "hv/gate/permissive.h"
#include "hv/machine/log.h"
#include "hv/machine/memory.h"
#include "hv/machine/panic.h"
#include "hv/machine/quiesce.h"
#include "lcm/lcm.h"
#include "xsm/coverage.h"

/* What the engine decides by; the pending booleans are the policy's. */
static struct policy_block policy_memory, table_memory, coverage_memory;
static uint64_t pending[XSM_BOOLEAN_WORDS];
static uint32_t changes;
static bool busy;
/* The digests of the file that decides and, for who is still reading it, of the one before. */
static uint8_t digests[2][LCM_DIGEST_SIZE];
static const uint8_t *digest;

bool policy_begin(void)
{
    return !__atomic_exchange_n(&busy, true, __ATOMIC_ACQUIRE);
}

/* Who is at it may wait for this CPU. */
void policy_take_turn(void)
{
    while (!policy_begin()) {
        quiesce_begin(this_cpu(), NULL);
        arch_relax();
        quiesce_end(this_cpu());
    }
}

void policy_end(void)
{
    __atomic_store_n(&busy, false, __ATOMIC_RELEASE);
}

bool policy_is_loaded(void)
{
    return xsm_table(&gate_engine) != NULL;
}

/* Of the block that holds so many bytes. */
static unsigned int order_of(size_t size)
{
    unsigned int order = 0;

    while (order < MAX_ORDER && (PAGE_SIZE << order) < size)
        order++;
    return order;
}

bool policy_block_make(struct policy_block *block, size_t size)
{
    unsigned int order = order_of(size);
    mfn_t frame = (PAGE_SIZE << order) < size ? INVALID_MFN : memory_alloc(order, OWNER_HYPERVISOR);

    *block = (struct policy_block){0};
    if (frame.m == INVALID_MFN.m)
        return false;
    *block = (struct policy_block){map_mfn(frame), (size_t)1 << order};
    return true;
}

/* Give back what lies beyond the first `kept` bytes. */
static void shrink(struct policy_block *block, size_t kept)
{
    size_t frames = align_up(kept, PAGE_SIZE) / PAGE_SIZE;
    mfn_t first;

    if (block->memory == NULL)
        return;
    first = paddr_to_mfn(physical(block->memory));
    for (size_t i = frames; i < block->frames; i++)
        memory_free(mfn(first.m + i), ORDER_4K);
    block->frames = frames;
}

void policy_block_free(struct policy_block *block)
{
    shrink(block, 0);
    *block = (struct policy_block){0};
}

static int no_memory(struct xsm_error *error, size_t size)
{
    error->offset = SIZE_MAX;
    (void)snprintf(error->text, sizeof(error->text), "there are no %zu KiB of memory for it",
                   size / KIB);
    return -ENOMEM;
}

/* The values that the policy's own booleans have now, where it has one of the same name. */
static void keep_booleans(const struct xsm_engine *next, uint64_t *booleans)
{
    for (unsigned int i = 0; i < xsm_nr_booleans(next); i++) {
        unsigned int old;

        if (xsm_find_boolean(&gate_engine, xsm_boolean_name(next, i), &old) != 0)
            continue;
        booleans[i / 64] &= ~((uint64_t)1 << (i % 64));
        booleans[i / 64] |= (uint64_t)xsm_boolean(&gate_engine, old) << (i % 64);
    }
}

/* The boolean of the hypervisor's own has the value that it says, whatever was asked for. */
static void put_own_boolean(const struct xsm_engine *of, uint64_t *booleans)
{
    unsigned int own;

    if (xsm_find_boolean(of, POLICY_OWN_BOOLEAN, &own) != 0)
        return;
    booleans[own / 64] &= ~((uint64_t)1 << (own % 64));
    booleans[own / 64] |= (uint64_t)gate_is_finalised() << (own % 64);
}

static int build_table(struct flask_policy *policy, const uint64_t *booleans,
                       struct policy_block *block, struct flask_table **table,
                       struct xsm_error *error)
{
    size_t room = xsm_table_room(policy);
    int status;

    if (!policy_block_make(block, room))
        return no_memory(error, room);
    status = xsm_build_table(policy, booleans, block->memory, room, table, error);
    if (status != 0) {
        policy_block_free(block);
        return status;
    }
    shrink(block, xsm_table_kept(*table));
    if (gate_engine.coverage != NULL)
        xsm_ask_in_full(*table);
    return 0;
}

/* Publish; when it returns, `old` memory is nobody's. */
static void replace(struct flask_table *table, const struct policy_block *block)
{
    struct policy_block old = table_memory;

    xsm_publish(&gate_engine, table);
    permissive_forget();
    changes++;
    table_memory = *block;
    if (old.memory != NULL)
        quiesce_wait();
    policy_block_free(&old);
}

/* A second table if booleans of the present policy had other values than the file's. */
static int build_with_kept_booleans(struct flask_policy *policy, struct policy_block *block,
                                    struct flask_table **table, struct xsm_error *error)
{
    uint64_t booleans[XSM_BOOLEAN_WORDS], before[XSM_BOOLEAN_WORDS];
    struct xsm_engine next = {0};
    int status = build_table(policy, NULL, block, table, error);

    if (status != 0)
        return status;
    xsm_publish(&next, *table);
    xsm_get_booleans(&next, booleans);
    memcpy(before, booleans, sizeof(before));
    keep_booleans(&next, booleans);
    put_own_boolean(&next, booleans);
    if (memcmp(before, booleans, sizeof(before)) == 0)
        return 0;
    policy_block_free(block);
    return build_table(policy, booleans, block, table, error);
}

void policy_note_labels(void)
{
    xsm_forget_domain_labels(&gate_engine);
    for (unsigned int slot = 0; slot < CONFIG_MAX_DOMAINS; slot++) {
        const struct domain *d = domain_in_slot(slot);

        if (d != NULL)
            xsm_note_domain_label(&gate_engine, domain_sid(d));
    }
}

static int prepare_labels(struct flask_table *table, struct xsm_error *error)
{
    struct xsm_engine next = {0};
    int status;

    xsm_publish(&next, table);
    status = xsm_prepare_domains(&next);
    if (status != 0)
        (void)snprintf(error->text, sizeof(error->text),
                       "its event channels need more labels than there can be");
    return status;
}

/* Before replace(), which waits for those who read the other one. */
static void put_digest(const void *image, size_t size)
{
    uint8_t *next = digests[digest == digests[0] ? 1 : 0];

    lcm_sha256(image, size, next);
    __atomic_store_n(&digest, next, __ATOMIC_RELEASE);
}

const uint8_t *policy_digest(void)
{
    return __atomic_load_n(&digest, __ATOMIC_ACQUIRE);
}

int policy_load(const void *image, size_t size, struct xsm_error *error)
{
    struct policy_block memory, tables, old = policy_memory;
    size_t room = xsm_policy_room(size);
    struct flask_policy *policy;
    struct flask_table *table;
    int status;

    error->offset = SIZE_MAX;
    if (!policy_block_make(&memory, room))
        return no_memory(error, room);
    status = xsm_read_policy(image, size, memory.memory, room, &policy, error);
    if (status == 0) {
        policy_note_labels();
        status = xsm_keep_sids(&gate_engine, policy, error);
    }
    if (status == 0)
        status = build_with_kept_booleans(policy, &tables, &table, error);
    if (status != 0) {
        policy_block_free(&memory);
        return status;
    }
    status = prepare_labels(table, error);
    if (status != 0) {
        policy_block_free(&tables);
        policy_block_free(&memory);
        return status;
    }
    shrink(&memory, xsm_policy_kept(policy));
    put_digest(image, size);
    replace(table, &tables);
    policy_memory = memory;
    policy_block_free(&old);
    xsm_get_booleans(&gate_engine, pending);
    return 0;
}

bool policy_pending(unsigned int boolean)
{
    return boolean < xsm_nr_booleans(&gate_engine) &&
           (pending[boolean / 64] >> (boolean % 64) & 1u) != 0;
}

int policy_set_pending(unsigned int boolean, bool value)
{
    uint64_t bit = (uint64_t)1 << (boolean % 64);

    if (boolean >= xsm_nr_booleans(&gate_engine))
        return -ENOENT;
    pending[boolean / 64] = value ? pending[boolean / 64] | bit : pending[boolean / 64] & ~bit;
    return 0;
}

/* Another table for the same policy. */
static int rebuild(const uint64_t *wanted, bool in_full, struct xsm_error *error)
{
    struct flask_table *old = xsm_table(&gate_engine), *table;
    uint64_t booleans[XSM_BOOLEAN_WORDS];
    struct policy_block tables;
    int status;

    assert(old != NULL);
    error->offset = SIZE_MAX;
    memcpy(booleans, wanted, sizeof(booleans));
    put_own_boolean(&gate_engine, booleans);
    status = build_table(xsm_table_policy(old), booleans, &tables, &table, error);
    if (status != 0)
        return status;
    if (in_full)
        xsm_ask_in_full(table);
    status = prepare_labels(table, error);
    if (status == 0)
        replace(table, &tables);
    else
        policy_block_free(&tables);
    return status;
}

int policy_set_booleans(const uint64_t *booleans, struct xsm_error *error)
{
    return rebuild(booleans, false, error);
}

int policy_commit(struct xsm_error *error)
{
    return policy_set_booleans(pending, error);
}

bool policy_is_own(unsigned int boolean)
{
    unsigned int own;

    return xsm_find_boolean(&gate_engine, POLICY_OWN_BOOLEAN, &own) == 0 && own == boolean;
}

int policy_finalise(struct xsm_error *error)
{
    uint64_t booleans[XSM_BOOLEAN_WORDS];
    unsigned int own;
    int status;

    __atomic_store_n(&gate_finalised, true, __ATOMIC_SEQ_CST);
    if (xsm_table(&gate_engine) == NULL ||
        xsm_find_boolean(&gate_engine, POLICY_OWN_BOOLEAN, &own) != 0)
        return 0;
    xsm_get_booleans(&gate_engine, booleans);
    status = policy_set_booleans(booleans, error);
    if (status == 0)
        xsm_get_booleans(&gate_engine, pending);
    return status;
}

#ifdef CONFIG_RELEASE

int policy_collect(struct xsm_error *error)
{
    error->text[0] = '\0';
    return -EOPNOTSUPP;
}

#else

/* The present table again, but that all is asked in full. */
static int ask_all_in_full(struct xsm_error *error)
{
    uint64_t booleans[XSM_BOOLEAN_WORDS];

    if (xsm_table(&gate_engine) == NULL)
        return 0;
    xsm_get_booleans(&gate_engine, booleans);
    return rebuild(booleans, true, error);
}

int policy_collect(struct xsm_error *error)
{
    struct policy_block block;
    int status;

    if (gate_engine.coverage != NULL) {
        xsm_forget_covered(gate_engine.coverage);
        return 0;
    }
    if (!policy_block_make(&block, sizeof(struct xsm_coverage)))
        return no_memory(error, sizeof(struct xsm_coverage));
    status = ask_all_in_full(error);
    if (status != 0) {
        policy_block_free(&block);
        return status;
    }
    coverage_memory = block;
    __atomic_store_n(&gate_engine.coverage, block.memory, __ATOMIC_RELEASE);
    return 0;
}

#endif

#ifdef CONFIG_COVERAGE
void policy_print_collected(void)
{
    struct xsm_covered covered;
    char text[XSM_MAX_AUDIT];
    uint64_t next = 0;

    if (gate_engine.coverage == NULL)
        return;
    while (xsm_next_covered(gate_engine.coverage, &next, &covered)) {
        (void)xsm_format_covered(&gate_engine, &covered, text, sizeof(text));
        hv_log("%s", text);
    }
    if (gate_engine.coverage->lost > 0)
        hv_log("covered: %u found no room", gate_engine.coverage->lost);
}
#endif

int policy_seal(void)
{
    if (gate_sealed)
        return -EEXIST;
    if (!xsm_refuses_all(&gate_engine))
        return -EBUSY;
    __atomic_store_n(&gate_sealed, true, __ATOMIC_SEQ_CST);
    return 0;
}

size_t policy_frames(void)
{
    return policy_memory.frames + table_memory.frames + coverage_memory.frames;
}

uint32_t policy_changes(void)
{
    return changes;
}
