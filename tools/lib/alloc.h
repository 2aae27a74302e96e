/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that is there or ends the program. The command holds nothing that a
 * clean-up could save, and the kernel drops its transaction with the socket.
 */
#ifndef KVIP_LIB_ALLOC_H
#define KVIP_LIB_ALLOC_H

#include <stddef.h>

/* kvip_alloc() - @size bytes of zeros; never NULL */
void *kvip_alloc(size_t size) __attribute__((malloc, returns_nonnull));

/* kvip_strdup() - a copy of @text; never NULL */
char *kvip_strdup(const char *text) __attribute__((malloc, returns_nonnull));

/**
 * kvip_grow() - room for one more element at the end of an array
 * @array: the array, or NULL
 * @n: elements that it holds; its room is the next power of two, at least 1
 * @size: bytes of an element
 *
 * Return: the array, moved perhaps, never NULL; element @n is zeroed.
 */
void *kvip_grow(void *array, size_t n, size_t size)
	__attribute__((returns_nonnull));

#endif /* KVIP_LIB_ALLOC_H */
