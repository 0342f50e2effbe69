/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Object contexts: the initial SIDs, which are kept, and the labels of interrupts, ports, memory,
 * PCI devices and device tree nodes, which no row of hooks.def asks about; they must be sound all
 * the same, so that a policy means the same on a hypervisor that does ask.
 */
#include "xsm/flask/policydb.h"

#include <inttypes.h>
#include <string.h>

#define CONTEXT_BYTES 32u
#define MAX_OCONTEXTS 2048u
#define MAX_PATH 1024u

/* What one label covers, first to last. */
struct range {
    uint64_t low, high;
};

static void read_initial_sids(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    uint32_t count;

    reader->section = "initial SIDs";
    load->sids_at = reader->offset;
    count = flask_count(reader, FLASK_INITIAL_SIDS_READ, 4 + CONTEXT_BYTES, "initial SIDs");
    for (uint32_t i = 0; i < count && reader->status == 0; i++) {
        size_t at = reader->offset;
        uint32_t sid = flask_number(reader, 1, FLASK_INITIAL_SIDS_READ - 1, "an initial SID");
        struct flask_context context = flask_read_context(load);

        if (reader->status != 0)
            return;
        if ((policy->initial_sids >> sid & 1u) != 0)
            flask_fail_at(reader, at, "initial SID %u has two contexts", sid);
        policy->initial_sids |= (uint64_t)1 << sid;
        if (sid < XSM_INITIAL_END)
            policy->sid[sid - 1] = flask_pack(context);
    }
}

static uint64_t read_bound(struct flask_reader *reader, unsigned int width)
{
    return width == sizeof(uint64_t) ? flask_u64(reader) : flask_u32(reader);
}

static void check_range(struct flask_reader *reader, size_t at, const struct range *range,
                        uint32_t index)
{
    if (range[index].low > range[index].high)
        flask_fail_at(reader, at, "a label's range ends before it begins");
    for (uint32_t i = 0; i < index; i++)
        if (range[index].low <= range[i].high && range[i].low <= range[index].high)
            flask_fail_at(reader, at, "two labels cover 0x%" PRIx64, range[index].low);
}

/* Labels of single numbers (`bounds` 1) or of ranges (2), each bound of `width` bytes. */
static void read_ranges(struct flask_load *load, const char *section, unsigned int bounds,
                        unsigned int width)
{
    struct flask_reader *reader = &load->reader;
    size_t scratch = load->arena.high;
    struct range *range;
    uint32_t count;

    reader->section = section;
    count = flask_count(reader, MAX_OCONTEXTS, bounds * width + CONTEXT_BYTES, "labels");
    range = flask_reader_scratch(reader, count, sizeof(*range));
    for (uint32_t i = 0; i < count && reader->status == 0; i++) {
        size_t at = reader->offset;

        range[i].low = read_bound(reader, width);
        range[i].high = bounds == 2 ? read_bound(reader, width) : range[i].low;
        check_range(reader, at, range, i);
        flask_read_context(load);
    }
    load->arena.high = scratch;
}

static void read_paths(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    uint32_t count;

    reader->section = "device tree labels";
    count = flask_count(reader, MAX_OCONTEXTS, 4 + 1 + CONTEXT_BYTES, "labels");
    for (uint32_t i = 0; i < count && reader->status == 0; i++) {
        uint32_t length = flask_number(reader, 1, MAX_PATH, "the length of a path");
        const unsigned char *path = flask_bytes(reader, length);

        if (path != NULL && memchr(path, '\0', length) != NULL)
            flask_fail(reader, "a path has a NUL in it");
        flask_read_context(load);
    }
}

void flask_read_ocontexts(struct flask_load *load)
{
    bool devicetree = load->policy->version >= FLASK_VERSION_30;

    read_initial_sids(load);
    read_ranges(load, "interrupt labels", 1, sizeof(uint32_t));
    read_ranges(load, "I/O port labels", 2, sizeof(uint32_t));
    read_ranges(load, "I/O memory labels", 2, devicetree ? sizeof(uint64_t) : sizeof(uint32_t));
    read_ranges(load, "PCI device labels", 1, sizeof(uint32_t));
    if (devicetree)
        read_paths(load);
}
