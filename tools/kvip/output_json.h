/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON with the looks that kubectl -o json has. */
#ifndef KVIP_OUTPUT_JSON_H
#define KVIP_OUTPUT_JSON_H

#include <stdio.h>

struct json_object;

/**
 * kvip_output_json() - write a value, members in the order of their names
 * @to: where to; no newline stands behind it
 * @value: NULL is null
 * @indent: blanks before the lines behind its first
 *
 * Characters that mean something to a terminal are escaped.
 */
void kvip_output_json(FILE *to, struct json_object *value, unsigned int indent);

#endif /* KVIP_OUTPUT_JSON_H */
