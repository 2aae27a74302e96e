/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a provider program printed. */
#ifndef KVIP_LB_PROVIDER_ANSWER_H
#define KVIP_LB_PROVIDER_ANSWER_H

#include <stddef.h>

#include "provider.h"

/* Bytes of an answer at most, and addresses in it. */
#define KVIP_PROVIDER_ANSWER_MAX 1048576
#define KVIP_PROVIDER_INGRESS_MAX 64

/* Seconds within which it may ask to be asked again. */
#define KVIP_PROVIDER_RETRY_MIN 1
#define KVIP_PROVIDER_RETRY_MAX 86400

/**
 * kvip_provider_answer_read() - understand an answer; pure
 * @text: JSON
 * @len: bytes of it
 * @action: to what it answers: to a delete no ingress is expected
 * @answer: filled in: ingress with canonical addresses and fields that the API
 *	has, json_object_put() it; or the error that the program told of
 * @err: what is wrong with the answer: "printed nonsense: ingress[0].ip: expected
 *	an IP address, found "web""
 *
 * Return: 0 or -1.
 */
int kvip_provider_answer_read(const char *text, size_t len,
			      enum kvip_provider_action action,
			      struct kvip_provider_answer *answer,
			      struct kvip_err *err);

#endif /* KVIP_LB_PROVIDER_ANSWER_H */
