/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON for programs, by jansson. */
#ifndef BAILIWICK_JSON_H
#define BAILIWICK_JSON_H

#include <jansson.h>

#include "xsm/flask/flask.h"

/* What jansson gives; when there is no memory left, the program ends here. */
json_t *json_must(json_t *json);
/* On stdout, with a line feed; gives it back. */
void json_print(json_t *json);

/* The names of permissions (decisions_json.c). */
json_t *decisions_permissions_json(const struct flask_class *class, uint32_t permissions);

#endif
