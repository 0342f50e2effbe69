/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/arch/x86/microcode_container.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define MAGIC 0x00414d44u
#define SECTION_TABLE 0u
#define SECTION_PATCH 1u
#define ROW_SIZE 16u
#define PATCH_HEADER 64u
#define INTEL_HEADER_VERSION 1u

/* What is left to read, and what it is read for. */
struct search {
    const uint8_t *at;
    size_t left;
    uint32_t signature;
    uint16_t number; /* of patches for the signature, by the last table; 0: there are none */
    struct microcode_patch *patch;
    const char *why; /* NULL: nothing is wrong so far */
};

static uint32_t u32_at(const uint8_t *data)
{
    uint32_t value;

    memcpy(&value, data, sizeof(value));
    return value;
}

static uint16_t u16_at(const uint8_t *data)
{
    uint16_t value;

    memcpy(&value, data, sizeof(value));
    return value;
}

static const uint8_t *take(struct search *search, size_t size)
{
    const uint8_t *taken = search->at;

    if (size > search->left) {
        search->why = "it is shorter than it says";
        return NULL;
    }
    search->at += size;
    search->left -= size;
    return taken;
}

static void read_table(struct search *search, const uint8_t *table, uint32_t size)
{
    search->number = 0;
    if (size == 0 || size % ROW_SIZE != 0 || u32_at(table + size - ROW_SIZE) != 0)
        search->why = "its table of CPUs has no end";
    for (uint32_t i = 0; search->why == NULL && i + ROW_SIZE < size; i += ROW_SIZE)
        if (u32_at(table + i) == search->signature)
            search->number = u16_at(table + i + 12);
}

static void read_patch(struct search *search, const uint8_t *patch, uint32_t size)
{
    uint32_t revision;

    if (size < PATCH_HEADER) {
        search->why = "one of its patches is shorter than a patch's header";
        return;
    }
    if (search->number == 0 || u16_at(patch + 24) != search->number || u32_at(patch + 16) != 0 ||
        u32_at(patch + 20) != 0)
        return;
    revision = u32_at(patch + 4);
    if (search->patch->data == NULL || revision > search->patch->revision)
        *search->patch = (struct microcode_patch){patch, size, revision};
}

/* Its kind and size, then its content. */
static void read_section(struct search *search, uint32_t wanted)
{
    const uint8_t *header = take(search, 8), *content;
    uint32_t size = header != NULL ? u32_at(header + 4) : 0;

    if (header != NULL && u32_at(header) != wanted) {
        search->why = "a section is of another kind than stands there in a container";
        return;
    }
    content = header != NULL ? take(search, size) : NULL;
    if (content == NULL)
        return;
    if (wanted == SECTION_TABLE)
        read_table(search, content, size);
    else
        read_patch(search, content, size);
}

static bool begins_container(const struct search *search)
{
    return search->left >= 4 && u32_at(search->at) == MAGIC;
}

static const char *no_container(const uint8_t *data, size_t size)
{
    if (size >= 6 && memcmp(data, "07070", 5) == 0)
        return "it is a cpio archive: load the container in it, microcode_amd_fam*.bin, by itself";
    if (size >= 4 && u32_at(data) == INTEL_HEADER_VERSION)
        return "it seems to be for Intel's CPUs";
    return "it is no container of microcode for AMD's CPUs, which begins 44 4d 41 00";
}

int microcode_find(const void *data, size_t size, uint32_t signature, struct microcode_patch *patch,
                   const char **why)
{
    struct search search = {
        .at = data, .left = size, .signature = signature, .patch = patch, .why = NULL};

    *patch = (struct microcode_patch){0};
    if (!begins_container(&search))
        search.why = no_container(data, size);
    while (search.why == NULL && search.left > 0) {
        if (begins_container(&search)) {
            (void)take(&search, 4);
            read_section(&search, SECTION_TABLE);
        } else {
            read_section(&search, SECTION_PATCH);
        }
    }
    *why = search.why;
    if (search.why != NULL)
        *patch = (struct microcode_patch){0};
    return search.why == NULL ? 0 : -EINVAL;
}
