// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The local store under kill -9, and under many at once: nothing is lost, nothing
 * is given out twice.
 */
#include "store_scene.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

/* What has to happen at least. */
#define OPERATIONS 500
#define KILLS 60

/* A killer's longest patience, in microseconds. */
#define LIFE_MAX 25000

#define NAMES 12

/* What a process tells of itself, whatever becomes of it. */
struct shared {
	unsigned int operations;
	unsigned int made; /* Services that came to be */
	unsigned int refused;
	uint64_t version; /* the last one that is known to be stored */
	char error[256];
};

static struct shared *share(void)
{
	void *memory = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(memory != MAP_FAILED);
	return memory;
}

/* Small enough for everything to run out. */
static int begin(void **state)
{
	struct scene *scene = scene_make();
	struct kvip_lb_config *lb = &scene->lb;

	assert_true(kvip_prefix_parse("10.96.0.0/29", &scene->config.cidrs[0]));
	assert_true(kvip_prefix_parse("fd00::/125", &scene->config.cidrs[1]));
	scene->config.port_min = 30000;
	scene->config.port_max = 30005;
	lb->pools = kvip_alloc(sizeof(*lb->pools));
	lb->n_pools = 1;
	lb->pools->name = kvip_strdup("public");
	lb->pools->automatic = true;
	lb->pools->ranges = kvip_alloc(sizeof(*lb->pools->ranges));
	lb->pools->n_ranges = 1;
	assert_true(kvip_addr_parse("203.0.113.1", &lb->pools->ranges->first));
	assert_true(kvip_addr_parse("203.0.113.2", &lb->pools->ranges->last));
	scene->config.lb = lb;
	*state = scene;
	return 0;
}

static unsigned int roll(unsigned int n)
{
	return (unsigned int)random() % n;
}

static char *make_service(void)
{
	static const char *const specs[] = {
		"type: ClusterIP",
		"type: NodePort",
		"type: LoadBalancer",
		"type: LoadBalancer, externalTrafficPolicy: Local",
		"clusterIP: None",
		"type: ExternalName, externalName: example.com",
		"ipFamilyPolicy: PreferDualStack",
		"ipFamilies: [IPv6]",
	};
	char *text;

	if (asprintf(&text,
		     "{apiVersion: v1, kind: Service, metadata: {name: s%u}, "
		     "spec: {selector: {app: a%u}, ports: [{port: 80}], %s}}",
		     roll(NAMES), roll(3), specs[roll(ARRAY_SIZE(specs))]) < 0)
		abort();
	return text;
}

static char *make_pod(void)
{
	unsigned int i = roll(NAMES);
	char *text;

	if (asprintf(&text,
		     "{apiVersion: v1, kind: Pod, metadata: {name: p%u, "
		     "labels: {app: a%u}}, spec: {nodeName: node-a, containers:"
		     " [{name: c, image: i}]}, status: {phase: Running, podIP: "
		     "10.244.0.%u, podIPs: [{ip: 10.244.0.%u}, "
		     "{ip: 'fd01::%u'}]}}",
		     i, roll(3), i + 1, i + 1, i + 1) < 0)
		abort();
	return text;
}

static char *make_slice(void)
{
	unsigned int service = roll(NAMES);
	char *text;

	if (asprintf(&text,
		     "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, "
		     "metadata: {name: e%u, labels: "
		     "{kubernetes.io/service-name: s%u}, ownerReferences: "
		     "[{apiVersion: v1, kind: Service, name: s%u}]}, "
		     "addressType: IPv4, endpoints: [{addresses: "
		     "[192.0.2.1]}]}",
		     roll(NAMES), service, service) < 0)
		abort();
	return text;
}

/* What is there is replaced, what is not is made. */
static int put(struct scene *scene, char *text)
{
	struct json_object *object;
	enum kvip_kind kind;
	int ret;

	object = scene_object(text, &kind);
	ret = kvip_store_create(scene->store, kind, object, false, NULL,
				&scene->err);
	if (ret == KVIP_STORE_EXISTS)
		ret = kvip_store_update(scene->store, kind, object, false, NULL,
					&scene->err);
	json_object_put(object);
	free(text);
	return ret;
}

static int drop(struct scene *scene)
{
	static const enum kvip_kind kinds[] = { KVIP_KIND_SERVICE,
						KVIP_KIND_POD,
						KVIP_KIND_ENDPOINT_SLICE };
	static const char letters[] = "spe";
	unsigned int i = roll(3);
	char name[8];

	snprintf(name, sizeof(name), "%c%u", letters[i], roll(NAMES));
	return kvip_store_delete(scene->store, kinds[i], NULL, name, false,
				 &scene->err);
}

static int operate(struct scene *scene)
{
	switch (roll(8)) {
	case 0:
	case 1:
	case 2:
		return put(scene, make_service());
	case 3:
	case 4:
		return put(scene, make_pod());
	case 5:
		return put(scene, make_slice());
	default:
		return drop(scene);
	}
}

/* Several at once, whatever becomes of each; now and then none of them. */
static int operate_often(struct kvip_store *store, void *ctx,
			 struct kvip_err *err)
{
	struct scene *scene = ctx;
	unsigned int i;

	(void)store;
	(void)err;
	for (i = 0; i < 4; i++)
		if (operate(scene) == KVIP_STORE_ERROR)
			return KVIP_STORE_ERROR;
	return roll(4) ? 0 : 1;
}

/* What a process does until it is killed. */
static void live(struct scene *scene, struct shared *shared)
{
	uint64_t version;
	int ret;

	scene->store = kvip_store_open(&scene->config, 0, &scene->err);
	ret = scene->store ? 0 : KVIP_STORE_ERROR;
	while (ret != KVIP_STORE_ERROR) {
		if (roll(6))
			ret = operate(scene);
		else
			ret = kvip_store_transaction(scene->store,
						     operate_often, scene,
						     &scene->err);
		if (ret != KVIP_STORE_ERROR &&
		    kvip_store_version(scene->store, &version, &scene->err))
			ret = KVIP_STORE_ERROR;
		if (ret != KVIP_STORE_ERROR)
			shared->version = version;
		shared->operations++;
	}
	snprintf(shared->error, sizeof(shared->error), "%.255s",
		 scene->err.text);
	_exit(1);
}

/* A life that ends at a moment that nobody knows. */
static void kill_one(struct scene *scene, struct shared *shared,
		     unsigned int seed)
{
	struct timespec life = { .tv_nsec = roll(LIFE_MAX) * 1000L };
	int status;
	pid_t pid;

	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		srandom(seed);
		live(scene, shared);
	}
	nanosleep(&life, NULL);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFSIGNALED(status))
		fail_msg("seed %u: %s", seed, shared->error);
}

static void test_killed(void **state)
{
	struct scene *scene = *state;
	struct shared *shared = share();
	unsigned int kills = 0, seed = (unsigned int)time(NULL);

	srandom(seed);
	while (kills < KILLS || shared->operations < OPERATIONS) {
		kill_one(scene, shared, seed + ++kills);
		scene_open(scene);
		if (kvip_store_check(scene->store, &scene->err))
			fail_msg("seed %u: %s", seed + kills, scene->err.text);
		/* what a call has told to be done is */
		assert_true(scene_version(scene) >= shared->version);
		assert_int_equal(scene_count(scene, KVIP_KIND_NODE), 1);
		scene_close(scene);
	}
	print_message("%u operations, %u kills, version %llu\n",
		      shared->operations, kills,
		      (unsigned long long)shared->version);
	munmap(shared, sizeof(*shared));
}

/* Killed while the store is being made, again and again. */
static void test_killed_at_birth(void **state)
{
	struct scene *scene = *state;
	struct shared *shared = share();
	char path[128];
	unsigned int i;

	srandom((unsigned int)time(NULL));
	for (i = 0; i < 30; i++) {
		struct timespec life = { .tv_nsec = roll(4000) * 1000L };
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (!pid)
			live(scene, shared);
		nanosleep(&life, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		scene_open(scene);
		scene_check(scene);
		assert_int_equal(scene_count(scene, KVIP_KIND_NODE), 1);
		scene_close(scene);
		unlink(scene->config.path);
		snprintf(path, sizeof(path), "%s-wal", scene->config.path);
		unlink(path);
		snprintf(path, sizeof(path), "%s-shm", scene->config.path);
		unlink(path);
	}
	munmap(shared, sizeof(*shared));
}

#define RACERS 8
#define TRIES 8

/* Services of one racer; it is none of its business who gets what. */
static void race(struct scene *scene, struct shared *shared, unsigned int racer)
{
	char yaml[256];
	unsigned int i;
	int ret;

	scene->store = kvip_store_open(&scene->config, 0, &scene->err);
	if (!scene->store) {
		snprintf(shared->error, sizeof(shared->error), "%.255s",
			 scene->err.text);
		_exit(1);
	}
	for (i = 0; i < TRIES; i++) {
		snprintf(yaml, sizeof(yaml),
			 "{apiVersion: v1, kind: Service, metadata: {name: "
			 "r%u-%u}, spec: {ports: [{port: 80}]}}",
			 racer, i);
		ret = scene_try(scene, yaml, NULL);
		if (!ret)
			__sync_add_and_fetch(&shared->made, 1);
		else if (ret == KVIP_STORE_INVALID &&
			 strstr(scene->err.text, "no address is free within"))
			__sync_add_and_fetch(&shared->refused, 1);
		else
			snprintf(shared->error, sizeof(shared->error), "%.255s",
				 scene->err.text);
	}
	kvip_store_close(scene->store);
	_exit(0);
}

/* Eight at once that make the store, and want 64 of the 30 addresses that are
 * there.
 */
static void test_race(void **state)
{
	struct scene *scene = *state;
	struct shared *shared = share();
	unsigned int i;
	int64_t n;

	assert_true(kvip_prefix_parse("10.96.0.0/27", &scene->config.cidrs[0]));
	for (i = 0; i < RACERS; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (!pid)
			race(scene, shared, i);
	}
	while (wait(NULL) > 0)
		;
	assert_string_equal(shared->error, "");
	assert_int_equal(shared->made, 30);
	assert_int_equal(shared->refused, RACERS * TRIES - 30);
	scene_open(scene);
	scene_check(scene);
	assert_int_equal(scene_count(scene, KVIP_KIND_SERVICE), 30);
	assert_int_equal(scene_count(scene, KVIP_KIND_NODE), 1);
	assert_int_equal(kvip_db_number(&scene->store->db, &scene->err, NULL,
					&n,
					"SELECT count(DISTINCT address)"
					" FROM cluster_ips",
					""),
			 0);
	assert_int_equal(n, 30);
	munmap(shared, sizeof(*shared));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, scene_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_killed),
		TEST(test_killed_at_birth),
		TEST(test_race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
