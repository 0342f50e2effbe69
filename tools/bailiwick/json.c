/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/bailiwick/json.h"

#include <stdio.h>
#include <stdlib.h>

json_t *json_must(json_t *json)
{
    if (json == NULL) {
        fprintf(stderr, "bailiwick: out of memory\n");
        exit(EXIT_FAILURE);
    }
    return json;
}

void json_print(json_t *json)
{
    json_dumpf(json, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(json);
}
