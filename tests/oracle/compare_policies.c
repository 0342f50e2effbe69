/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Usage: compare_policies CONTEXTS POLICY...
 *
 * Compare what we and libsepol say of each compiled policy, for at most CONTEXTS contexts, all with
 * all. Prints a line for each. Exits with 1 if there is any difference, or if we refuse one: what a
 * compiler makes must be taken.
 */
#include <stdio.h>
#include <stdlib.h>

#include "oracle.h"

#define MAX_IMAGE (1u << 20)

static unsigned char image[MAX_IMAGE];

/* 0 after a complaint, if there is no such policy. */
static size_t read_image(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t size = 0;

    if (file != NULL) {
        size = fread(image, 1, sizeof(image), file);
        fclose(file);
    }
    if (size == 0 || size == sizeof(image))
        fprintf(stderr, "compare_policies: %s can't be read, is empty or exceeds %u bytes\n", path,
                MAX_IMAGE - 1);
    return size == sizeof(image) ? 0 : size;
}

static int is_same(const char *path, size_t size, unsigned int contexts)
{
    static struct oracle_result result;

    oracle_compare(image, size, contexts, 1, &result);
    if (!result.taken)
        printf("%s: REFUSED: %s\n", path, result.refusal);
    else if (result.difference[0] != '\0')
        printf("%s: DIFFERENT: %s\n", path, result.difference);
    else
        printf("%s: same in %u contexts, %lu decisions, %u states of the booleans\n", path,
               result.contexts, result.decisions, result.states);
    return result.taken && result.difference[0] == '\0';
}

int main(int argc, char **argv)
{
    unsigned long contexts = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
    int status = 0;

    if (contexts == 0 || contexts > ORACLE_MAX_CONTEXTS) {
        fprintf(stderr,
                "Usage: compare_policies CONTEXTS POLICY...\n"
                "CONTEXTS is from 1 to %u.\n",
                ORACLE_MAX_CONTEXTS);
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        size_t size = read_image(argv[i]);

        if (size == 0)
            return 2;
        if (!is_same(argv[i], size, (unsigned int)contexts))
            status = 1;
    }
    return status;
}
