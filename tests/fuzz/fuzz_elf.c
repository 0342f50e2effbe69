/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel from a stranger. Each loadable segment that it is said to have must lie within the file
 * and not wrap around memory, or be marked as one that no memory holds.
 */
#include <string.h>

#include "hv/domain/elf.h"
#include "tests/fuzz/fuzz.h"

#define PHYS32_ENTRY 18u
#define NO_SUCH_NOTE 0x1234u

static unsigned int sum;

static void check_segment(const struct elf *elf, const struct elf_segment *segment)
{
    must(segment->size > 0);
    if (segment->address == UINT64_MAX) {
        must(segment->size == UINT64_MAX);
        return;
    }
    must(segment->file_size <= segment->size);
    must(segment->size <= UINT64_MAX - segment->address);
    must(segment->offset <= elf->size && segment->file_size <= elf->size - segment->offset);
    for (uint64_t i = 0; i < segment->file_size; i++)
        sum += elf->image[segment->offset + i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t none;
    struct elf elf;
    struct elf_segment segment;
    uint64_t value;
    const char *problem = elf_open(&elf, size ? data : &none, size);

    if (problem) {
        must(problem[0] != '\0');
        return 0;
    }
    for (unsigned int i = 0; i < elf.nr_headers; i++) {
        if (elf_segment(&elf, i, &segment))
            check_segment(&elf, &segment);
    }
    elf_note(&elf, "Xen", PHYS32_ENTRY, &value);
    must(!elf_note(&elf, "another owner", NO_SUCH_NOTE, &value) || value <= UINT64_MAX);
    return 0;
}
