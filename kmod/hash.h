/* SPDX-License-Identifier: GPL-2.0 */
/* What every resizable hash of the tables needs beside <linux/rhashtable.h>. */
#ifndef KVIP_HASH_H
#define KVIP_HASH_H

#include <linux/delay.h>
#include <linux/rhashtable.h>

/**
 * kvip_hash_insert() - insert, waiting for a resize if need be
 * @hash: the hash
 * @head: the new object's head; its key must not be in @hash
 * @params: those of @hash
 *
 * While the hash grows in its worker, rhashtable_insert_fast() answers -EBUSY
 * when a chain gets long, and -ENOMEM when it can't grow at once without
 * sleeping. Both pass. A hundred thousand inserts in a row do meet them.
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
static inline int kvip_hash_insert(struct rhashtable *hash,
				   struct rhash_head *head,
				   const struct rhashtable_params params)
{
	int err, tries;

	for (tries = 0; tries < 1000; tries++) {
		err = rhashtable_insert_fast(hash, head, params);
		if (err != -EBUSY && err != -ENOMEM && err != -EAGAIN)
			break;
		usleep_range(100, 1000);
	}
	if (!err)
		return 0;
	WARN_ON_ONCE(err == -EEXIST);
	return -ENOMEM;
}

#endif /* KVIP_HASH_H */
