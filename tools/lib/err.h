/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One sentence about what went wrong.
 *
 * Every function of libkvip that can fail takes a struct kvip_err, fills in one
 * line without a newline, and returns a negative value (or NULL). The command
 * prints it behind "kvip: ".
 */
#ifndef KVIP_LIB_ERR_H
#define KVIP_LIB_ERR_H

struct kvip_err {
	char text[1024];
};

/**
 * kvip_err_set() - fill in the sentence
 * @err: where to; what it held is replaced
 * @fmt: printf format, without a newline at the end; control characters in
 *	what it prints become '?', so that input cannot drive a terminal
 *
 * Return: -1, so that a caller can "return kvip_err_set(...)".
 */
int kvip_err_set(struct kvip_err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * kvip_err_prefix() - put words in front of the sentence
 * @err: a sentence already set
 * @fmt: printf format of the words, such as "%s:%d: "
 *
 * Return: -1.
 */
int kvip_err_prefix(struct kvip_err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* KVIP_LIB_ERR_H */
