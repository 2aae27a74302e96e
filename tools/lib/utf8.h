/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Characters of a text in UTF-8, which may not be UTF-8 after all. */
#ifndef KVIP_LIB_UTF8_H
#define KVIP_LIB_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stands for bytes that are none. */
#define KVIP_UTF8_BAD 0xfffdu

/**
 * kvip_utf8_next() - read a character
 * @text: not terminated
 * @len: bytes of it, at least 1
 * @code: out: its code point; %KVIP_UTF8_BAD for a byte that begins no character
 *
 * Return: the bytes it took: 1 of what is no character.
 */
size_t kvip_utf8_next(const char *text, size_t len, uint32_t *code);

/* kvip_utf8_put() - write a character; returns the bytes it took, at most 4 */
size_t kvip_utf8_put(char *text, uint32_t code);

/* kvip_utf8_is_control() - whether it could drive a terminal: C0, DEL, C1 */
bool kvip_utf8_is_control(uint32_t code);

#endif /* KVIP_LIB_UTF8_H */
