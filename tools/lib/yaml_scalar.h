/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a plain scalar of YAML stands for. */
#ifndef KVIP_LIB_YAML_SCALAR_H
#define KVIP_LIB_YAML_SCALAR_H

#include <stddef.h>

struct json_object;

/**
 * kvip_yaml_plain() - null, a boolean, a number or a string
 * @text: a scalar without quotes, terminated
 * @len: bytes of it
 *
 * As the YAML of kubectl has it: null is also ~ and nothing; true is also yes
 * and on, false also no and off; numbers may have 0x, 0o, 0b, an octal 0 in
 * front, and underscores. Dates, and numbers that JSON can't have (.inf), are
 * strings.
 *
 * Return: the value; NULL is null.
 */
struct json_object *kvip_yaml_plain(const char *text, size_t len);

#endif /* KVIP_LIB_YAML_SCALAR_H */
