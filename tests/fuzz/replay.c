/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fuzz target's corpus, once, without libFuzzer: for builds that its compiler can't make.
 * Usage: PROGRAM FOLDER...
 */
#include <dirent.h>
#include <stdio.h>

#include "tests/fuzz/fuzz.h"

#define MOST_BYTES (1u << 20)

static uint8_t bytes[MOST_BYTES];

static void replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t size;
    uint8_t *copy;

    must(file != NULL);
    size = fread(bytes, 1, sizeof(bytes), file);
    must(fclose(file) == 0);
    copy = malloc(size + 1);
    must(copy != NULL);
    for (size_t i = 0; i < size; i++)
        copy[i] = bytes[i];
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static unsigned int replay_all(const char *folder)
{
    DIR *stream = opendir(folder);
    struct dirent *entry;
    char path[512];
    unsigned int n = 0;

    must(stream != NULL);
    while ((entry = readdir(stream)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        must(snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) < (int)sizeof(path));
        replay(path);
        n++;
    }
    must(closedir(stream) == 0);
    return n;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        unsigned int n = replay_all(argv[i]);

        must(n > 0);
        printf("%s: %u\n", argv[i], n);
    }
    return 0;
}
