/* SPDX-License-Identifier: BSD-2-Clause */
/* bw coverage: which decisions were made, in the order of their text. */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hv/public/bailiwick_op.h"
#include "tools/guests/bw/bw.h"
#include "tools/guests/bw/hypercall.h"
#include "tools/guests/bw/json.h"
#include "tools/guests/bw/refusal.h"

struct place { /* in bw_memory() */
    struct bw_coverage_read covered;
    char text[BW_TEXT];
};

struct lines {
    char **line;
    size_t count, room;
    uint32_t lost; /* decisions for which the hypervisor had no room */
};

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add(struct lines *lines, const char *text)
{
    char *copy = strdup(text);

    if (copy == NULL)
        return -ENOMEM;
    if (lines->count == lines->room) {
        size_t room = lines->room * 2 + 64;
        char **more = realloc(lines->line, room * sizeof(*more));

        if (more == NULL) {
            free(copy);
            return -ENOMEM;
        }
        lines->line = more;
        lines->room = room;
    }
    lines->line[lines->count++] = copy;
    return 0;
}

static void drop(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        free(lines->line[i]);
    free(lines->line);
}

/* All; 0 once there are no more. */
static int collect(struct place *place, struct lines *lines)
{
    uint64_t next = 0;
    int error;

    do {
        place->covered = (struct bw_coverage_read){
            .next = next, .text = (uintptr_t)place->text, .size = sizeof(place->text)};
        error = bw_call(BW_OP_coverage_read, &place->covered);
        if (error == 0 && place->covered.size != 0)
            error = add(lines, place->text);
        if (error == 0)
            lines->lost = place->covered.lost;
        next = place->covered.next;
    } while (error == 0);
    return error == -ENOENT ? 0 : error;
}

static void print(const struct bw *bw, const struct lines *lines)
{
    if (lines->count != 0)
        qsort(lines->line, lines->count, sizeof(lines->line[0]), compare);
    for (size_t i = 0; i < lines->count; i++) {
        if (bw->json)
            bw_json_covered(bw->out, lines->line[i]);
        else
            fprintf(bw->out, "%s\n", lines->line[i]);
    }
}

static int refused(const struct bw *bw, unsigned int operation, int error)
{
    fprintf(bw->err, "bw: %s\n", bw_refusal(operation, error));
    return BW_REFUSED;
}

static int show(const struct bw *bw)
{
    struct place *place = bw_memory(sizeof(*place));
    struct lines lines = {0};
    int error;

    if (place == NULL)
        return BW_REFUSED;
    error = collect(place, &lines);
    if (error == 0)
        print(bw, &lines);
    if (error == 0 && lines.lost != 0)
        fprintf(bw->err, "bw: there was no room for %" PRIu32 " decisions\n", lines.lost);
    drop(&lines);
    return error == 0 ? BW_DONE : refused(bw, BW_OP_coverage_read, error);
}

int bw_coverage(const struct bw *bw)
{
    int error;

    if (!bw->reset)
        return show(bw);
    error = bw_call(BW_OP_coverage_reset, NULL);
    return error == 0 ? BW_DONE : refused(bw, BW_OP_coverage_reset, error);
}
