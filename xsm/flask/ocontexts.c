/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Object contexts: the initial SIDs, and the labels of interrupts, ports, memory, PCI devices and
 * device tree nodes. Under Xen's old target name there are those of SELinux for files and networks
 * in their place, which must be empty.
 */
#include "xsm/flask/policydb.h"

#include <inttypes.h>

#define CONTEXT_BYTES 32u
#define MAX_OCONTEXTS 4096u                  /* their indices have 12 bits of a sort key */
#define MAX_NUMBER (((uint64_t)1 << 52) - 1) /* page frames up to the end of any address space */

#define OLD_LISTS 6u /* file systems, ports, interfaces, nodes, fs_use, IPv6 nodes */

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

/* Ascending, so that one is found by halving; none may overlap. */
static void sort_labels(struct flask_load *load, size_t at, struct flask_object_label *label,
                        uint32_t count)
{
    struct flask_reader *reader = &load->reader;
    uint64_t *key = flask_reader_scratch(reader, count, sizeof(*key));
    struct flask_object_label *copy = flask_reader_scratch(reader, count, sizeof(*copy));

    for (uint32_t i = 0; i < count && reader->status == 0; i++) {
        copy[i] = label[i];
        key[i] = label[i].low << 12 | i;
        if (label[i].low > MAX_NUMBER || label[i].high > MAX_NUMBER)
            flask_fail_at(reader, at, "a label's range goes to 0x%" PRIx64, label[i].high);
        else if (label[i].low > label[i].high)
            flask_fail_at(reader, at, "a label's range ends before it begins");
    }
    if (reader->status != 0)
        return;
    flask_sort(key, count);
    for (uint32_t i = 0; i < count; i++) {
        label[i] = copy[key[i] & 0xfffu];
        if (i > 0 && label[i].low <= label[i - 1].high)
            flask_fail_at(reader, at, "two labels cover 0x%" PRIx64, label[i].low);
    }
}

/* Labels of single numbers (`bounds` 1) or of ranges (2), each bound of `width` bytes. */
static void read_ranges(struct flask_load *load, enum flask_object object, const char *section,
                        unsigned int bounds, unsigned int width)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    size_t scratch = load->arena.high, at = reader->offset;
    struct flask_object_label *label;
    uint32_t count;

    reader->section = section;
    count = flask_count(reader, MAX_OCONTEXTS, bounds * width + CONTEXT_BYTES, "labels");
    label = flask_reader_keep(reader, count, sizeof(*label));
    policy->object_label[object] = label;
    policy->nr_object_labels[object] = count;
    for (uint32_t i = 0; i < count && reader->status == 0; i++) {
        label[i].low = read_bound(reader, width);
        label[i].high = bounds == 2 ? read_bound(reader, width) : label[i].low;
        label[i].context = flask_pack(flask_read_context(load));
    }
    if (reader->status == 0)
        sort_labels(load, at, label, count);
    load->arena.high = scratch;
}

static void read_paths(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    size_t at = reader->offset;
    uint32_t count;

    reader->section = "device tree labels";
    count = flask_count(reader, MAX_OCONTEXTS, 4 + 1 + CONTEXT_BYTES, "labels");
    policy->path_label = flask_reader_keep(reader, count, sizeof(*policy->path_label));
    policy->nr_path_labels = count;
    for (uint32_t i = 0; i < count && reader->status == 0; i++) {
        policy->path_label[i].path = flask_text(reader, flask_u32(reader));
        policy->path_label[i].context = flask_pack(flask_read_context(load));
    }
    if (reader->status == 0)
        flask_check_unique(reader, at, &policy->path_label[0].path, count,
                           sizeof(*policy->path_label));
}

static void read_old_lists(struct flask_reader *reader)
{
    reader->section = "labels of files and networks";
    for (unsigned int i = 0; i < OLD_LISTS; i++)
        flask_number(reader, 0, 0, "the number of labels that a hypervisor has no use for");
}

void flask_read_ocontexts(struct flask_load *load)
{
    bool devicetree = load->policy->version >= FLASK_VERSION_30;

    read_initial_sids(load);
    if (load->policy->old_target) {
        read_old_lists(&load->reader);
        return;
    }
    read_ranges(load, FLASK_OBJECT_IRQ, "interrupt labels", 1, sizeof(uint32_t));
    read_ranges(load, FLASK_OBJECT_IOPORT, "I/O port labels", 2, sizeof(uint32_t));
    read_ranges(load, FLASK_OBJECT_IOMEM, "I/O memory labels", 2,
                devicetree ? sizeof(uint64_t) : sizeof(uint32_t));
    read_ranges(load, FLASK_OBJECT_DEVICE, "PCI device labels", 1, sizeof(uint32_t));
    if (devicetree)
        read_paths(load);
}
