/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Base64 with + and /, as kubeconfigs and HTTP have it. */
#ifndef KVIP_API_BASE64_H
#define KVIP_API_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/**
 * kvip_base64_decode() - the bytes of a text
 * @text: padded; line ends in it are passed over, as Go does
 * @len: out: bytes
 *
 * Return: the bytes with a NUL behind them, to be freed; NULL if it is none.
 */
char *kvip_base64_decode(const char *text, size_t *len);

/* kvip_base64_encode() - the text of @len bytes; free() it */
char *kvip_base64_encode(const char *bytes, size_t len);

#endif /* KVIP_API_BASE64_H */
