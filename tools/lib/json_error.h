/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What json-c did not find, in words. */
#ifndef KVIP_LIB_JSON_ERROR_H
#define KVIP_LIB_JSON_ERROR_H

#include <json-c/json.h>

/**
 * kvip_json_expected() - what json-c would have gone on with
 * @why: why it stopped
 * @found: the character that it stopped at, if that is a hint; or NUL
 *
 * Return: "a number".
 */
const char *kvip_json_expected(enum json_tokener_error why, char found);

#endif /* KVIP_LIB_JSON_ERROR_H */
