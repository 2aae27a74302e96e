// SPDX-License-Identifier: GPL-2.0
/*
 * A hash of entries, and a list of them in the order of use, whose head goes
 * when the bound is reached. An entry that has expired stays until it is met or
 * becomes the oldest. Entries of a service that has lost its affinity can't be
 * found any more: it gets a new number with the next one.
 */
#include <linux/jhash.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include <linux/kvip.h>

#include "affinity.h"
#include "backend.h"
#include "service.h"

/* Two entries in a bucket at the default bound, sixteen at the highest. */
#define BUCKETS 65536

/* Entries that go in one hold of the lock. */
#define BATCH 256

/**
 * struct entry - which backend a client got last
 * @bucket: in the hash
 * @age: in &kvip_affinity.oldest
 * @used: when, in nanoseconds since boot
 * @owner: number of the service or group
 * @client: the client's address
 * @addr: the backend's address
 * @port: the backend's port
 * @family: of both
 */
struct entry {
	struct hlist_node bucket;
	struct list_head age;
	u64 used;
	u64 owner;
	union nf_inet_addr client;
	union nf_inet_addr addr;
	__be16 port;
	u8 family;
};

static struct kmem_cache *entry_cache;

static struct hlist_head *bucket_of(const struct kvip_affinity *affinity,
				    u64 owner, u8 family,
				    const union nf_inet_addr *client)
{
	u32 hash = jhash2(client->all, ARRAY_SIZE(client->all),
			  affinity->seed ^ (u32)owner ^ (u32)family << 24);

	return &affinity->buckets[hash % BUCKETS];
}

static struct entry *find(const struct kvip_affinity *affinity, u64 owner,
			  u8 family, const union nf_inet_addr *client)
{
	struct entry *entry;

	hlist_for_each_entry(entry, bucket_of(affinity, owner, family, client),
			     bucket)
		if (entry->owner == owner && entry->family == family &&
		    nf_inet_addr_cmp(&entry->client, client))
			return entry;
	return NULL;
}

/* S50: the entry's backend, if it is in the list that applies. */
static struct kvip_backend *consult(const struct entry *entry,
				    const struct kvip_conf *conf,
				    const struct kvip_list *list, u64 now,
				    struct kvip_affinity_finding *finding)
{
	u64 life = (u64)conf->affinity * NSEC_PER_SEC;
	struct kvip_backend *backend;

	/* S51: exact, whatever the timeout was when the entry was made */
	finding->state = KVIP_AFFINITY_NEW;
	if (!entry || now - entry->used >= life)
		return NULL;
	finding->left = entry->used + life - now;
	backend = conf->group ? kvip_list_find_addr(list, &entry->addr) :
				kvip_list_find(list, &entry->addr, entry->port);
	finding->state = backend ? KVIP_AFFINITY_HIT : KVIP_AFFINITY_GONE;
	return backend;
}

static void remove(struct kvip_affinity *affinity, struct entry *entry)
{
	hlist_del(&entry->bucket);
	list_del(&entry->age);
	affinity->n--;
	kmem_cache_free(entry_cache, entry);
}

/* S52: the oldest goes. */
static void evict(struct kvip_affinity *affinity)
{
	remove(affinity,
	       list_first_entry(&affinity->oldest, struct entry, age));
	affinity->evicted++;
}

static struct entry *add(struct kvip_affinity *affinity, u64 owner, u8 family,
			 const union nf_inet_addr *client)
{
	struct entry *entry;

	while (affinity->n && affinity->n >= affinity->max)
		evict(affinity);
	entry = kmem_cache_alloc(entry_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!entry) {
		/* The connection is made; the next one may go elsewhere. */
		affinity->evicted++;
		return NULL;
	}
	entry->owner = owner;
	entry->family = family;
	entry->client = *client;
	hlist_add_head(&entry->bucket,
		       bucket_of(affinity, owner, family, client));
	list_add_tail(&entry->age, &affinity->oldest);
	affinity->n++;
	return entry;
}

struct kvip_backend *
kvip_affinity_choose(struct kvip_affinity *affinity,
		     const struct kvip_conf *conf, const struct kvip_list *list,
		     u8 family, const union nf_inet_addr *client,
		     struct kvip_backend *(*pick)(const struct kvip_list *list),
		     struct kvip_affinity_finding *finding)
{
	struct kvip_backend *backend;
	struct entry *entry;
	u64 now;

	/*
	 * Two connections of a client at once must come to one decision, and
	 * the order of use is global: one lock. In softirq or with it off.
	 */
	spin_lock_bh(&affinity->lock);
	now = ktime_get_ns();
	entry = find(affinity, conf->affinity_id, family, client);
	backend = consult(entry, conf, list, now, finding);
	if (!backend)
		backend = pick(list);
	if (!entry)
		entry = add(affinity, conf->affinity_id, family, client);
	if (entry) {
		entry->used = now;
		entry->addr = backend->addr;
		entry->port = backend->port;
		list_move_tail(&entry->age, &affinity->oldest);
	}
	spin_unlock_bh(&affinity->lock);
	return backend;
}

struct kvip_backend *kvip_affinity_peek(struct kvip_affinity *affinity,
					const struct kvip_conf *conf,
					const struct kvip_list *list, u8 family,
					const union nf_inet_addr *client,
					struct kvip_affinity_finding *finding)
{
	struct kvip_backend *backend;

	spin_lock_bh(&affinity->lock);
	backend = consult(find(affinity, conf->affinity_id, family, client),
			  conf, list, ktime_get_ns(), finding);
	spin_unlock_bh(&affinity->lock);
	return backend;
}

static void evict_down_to(struct kvip_affinity *affinity, u32 max)
{
	bool more = true;
	int i;

	while (more) {
		spin_lock_bh(&affinity->lock);
		for (i = 0; i < BATCH && affinity->n > max; i++)
			evict(affinity);
		more = affinity->n > max;
		spin_unlock_bh(&affinity->lock);
		cond_resched();
	}
}

void kvip_affinity_limit(struct kvip_affinity *affinity, u32 max)
{
	spin_lock_bh(&affinity->lock);
	affinity->max = max;
	spin_unlock_bh(&affinity->lock);
	evict_down_to(affinity, max);
}

void kvip_affinity_setup(struct kvip_affinity *affinity)
{
	spin_lock_init(&affinity->lock);
	INIT_LIST_HEAD(&affinity->oldest);
	affinity->max = KVIP_AFFINITY_ENTRIES_DEFAULT;
}

int kvip_affinity_prepare(struct kvip_affinity *affinity)
{
	struct hlist_head *buckets;

	if (affinity->buckets)
		return 0;
	buckets = kvcalloc(BUCKETS, sizeof(*buckets), GFP_KERNEL_ACCOUNT);
	if (!buckets)
		return -ENOMEM;
	affinity->seed = get_random_u32();
	/* A packet finds it by way of a conf that is published after this. */
	affinity->buckets = buckets;
	return 0;
}

void kvip_affinity_free(struct kvip_affinity *affinity)
{
	evict_down_to(affinity, 0);
	kvfree(affinity->buckets);
}

int __init kvip_affinity_init(void)
{
	entry_cache = kmem_cache_create("kvip_affinity", sizeof(struct entry),
					0, 0, NULL);
	return entry_cache ? 0 : -ENOMEM;
}

void kvip_affinity_exit(void)
{
	kmem_cache_destroy(entry_cache);
}
