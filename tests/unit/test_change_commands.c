// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The commands that change objects, as people type them, with a store: what they
 * answer, and with which exit status. The kernel's table is left alone.
 */
#include "recorded.h"

#include <fcntl.h>
#include <getopt.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <json-c/json.h>

#include "access.h"
#include "command.h"
#include "object.h"

#define MAX_WORDS 24

static char folder[32];

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static char *read_file(const char *name)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = fopen(name, "r");

	assert_non_null(file);
	if (getdelim(&text, &size, '\0', file) < 0)
		text = strdup("");
	fclose(file);
	return text;
}

static const struct kvip_command *find_command(const char *name)
{
	static const struct kvip_command *const commands[] = {
		&kvip_cmd_apply, &kvip_cmd_create, &kvip_cmd_delete,
		&kvip_cmd_edit,	 &kvip_cmd_expose, &kvip_cmd_label,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	fail_msg("there is no command %s", name);
	return NULL;
}

/* Words are between blanks. What it says, on either stream, is in "said". */
static int run_line(const char *line)
{
	char *copy = strdup(line), *rest = copy, *argv[MAX_WORDS + 4];
	int argc = 0, out, saved_out, saved_err, ret;
	const struct kvip_command *command;
	struct kvip_options options = {};

	while (argc < MAX_WORDS && (argv[argc] = strsep(&rest, " ")))
		argc++;
	command = find_command(argv[0]);
	argv[argc++] = (char *)"--config=kvip.conf";
	argv[argc++] = (char *)"--no-commit";
	argv[argc] = NULL;

	fflush(stdout);
	fflush(stderr);
	saved_out = dup(1);
	saved_err = dup(2);
	out = open("said", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
	dup2(out, 1);
	dup2(out, 2);
	close(out);
	optind = 0;
	ret = command->run(argc, argv, &options);
	fflush(stdout);
	fflush(stderr);
	dup2(saved_out, 1);
	dup2(saved_err, 2);
	close(saved_out);
	close(saved_err);
	free(copy);
	return ret;
}

struct step {
	const char *line;
	int status;
	const char *said;
};

static void run_steps(const struct step *steps, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		int status = run_line(steps[i].line);
		char *said = read_file("said");

		if (strcmp(said, steps[i].said) || status != steps[i].status)
			fail_msg("kvip %s\n%s[%d], wanted\n%s[%d]",
				 steps[i].line, said, status, steps[i].said,
				 steps[i].status);
		free(said);
	}
}

static struct json_object *get(const char *ns, const char *name)
{
	struct kvip_access_options options = { .config = "kvip.conf",
					       .no_commit = true };
	struct json_object *object;
	struct kvip_access *access;
	struct kvip_err err;

	access = kvip_access_open(&options, 0, &err);
	if (!access)
		fail_msg("%s", err.text);
	if (kvip_access_get(access, KVIP_KIND_SERVICE, ns, name, &object, &err))
		fail_msg("%s", err.text);
	kvip_access_close(access, &err);
	return object;
}

static struct json_object *spec_of(struct json_object *object)
{
	return kvip_object_member(object, "spec");
}

/* A number of port @i of a Service. */
static int number_of(struct json_object *service, size_t i, const char *name)
{
	return json_object_get_int(kvip_object_member(
		json_object_array_get_idx(
			kvip_object_member(spec_of(service), "ports"), i),
		name));
}

static int begin(void **state)
{
	char text[128];

	(void)state;
	strcpy(folder, "/tmp/kvip-test-XXXXXX");
	if (!mkdtemp(folder) || chdir(folder))
		return -1;
	setenv("TMPDIR", folder, 1);
	snprintf(text, sizeof(text),
		 "[store]\npath = %s/store.db\nnode-name = node-a\n", folder);
	write_file("kvip.conf", text);
	return 0;
}

static int end(void **state)
{
	char line[64];

	(void)state;
	snprintf(line, sizeof(line), "rm -r %s", folder);
	return chdir("/") || system(line) ? -1 : 0;
}

static const char service[] = "apiVersion: v1\n"
			      "kind: Service\n"
			      "metadata: {name: web, labels: {a: b, c: d}}\n"
			      "spec:\n"
			      "  type: NodePort\n"
			      "  selector: {app: web}\n"
			      "  ports:\n"
			      "  - {name: http, port: 80, targetPort: 8080}\n"
			      "  - {name: https, port: 443}\n";

static const char less[] = "apiVersion: v1\n"
			   "kind: Service\n"
			   "metadata: {name: web, labels: {a: b}}\n"
			   "spec:\n"
			   "  type: NodePort\n"
			   "  selector: {app: web}\n"
			   "  ports:\n"
			   "  - {name: http, port: 80, targetPort: 9090}\n";

static void apply_keeps_what_was_given(void **state)
{
	static const struct step first[] = {
		{ "apply -f web.yaml", 0, "service/web created\n" },
		{ "apply -f web.yaml", 0, "service/web unchanged\n" },
	};
	static const struct step second[] = {
		{ "apply -f web.yaml --dry-run=client", 0,
		  "service/web configured (dry run)\n" },
		{ "apply -f web.yaml --dry-run=server", 0,
		  "service/web configured (server dry run)\n" },
		{ "apply -f web.yaml", 0, "service/web configured\n" },
		{ "apply -f web.yaml", 0, "service/web unchanged\n" },
		{ "apply -f web.yaml -o name", 0, "service/web\n" },
	};
	struct json_object *before, *after;

	(void)state;
	write_file("web.yaml", service);
	run_steps(first, ARRAY_SIZE(first));
	before = get("default", "web");
	write_file("web.yaml", less);
	run_steps(second, ARRAY_SIZE(second));
	after = get("default", "web");
	assert_string_equal(kvip_object_text(spec_of(before), "clusterIP"),
			    kvip_object_text(spec_of(after), "clusterIP"));
	assert_int_equal(number_of(before, 0, "nodePort"),
			 number_of(after, 0, "nodePort"));
	assert_int_equal(number_of(after, 0, "targetPort"), 9090);
	assert_int_equal(json_object_array_length(
				 kvip_object_member(spec_of(after), "ports")),
			 1);
	assert_null(kvip_object_member(
		kvip_object_member(kvip_object_member(after, "metadata"),
				   "labels"),
		"c"));
	json_object_put(before);
	json_object_put(after);
}

static void apply_goes_on_after_an_error(void **state)
{
	static const struct step steps[] = {
		{ "apply -f three.yaml", 1,
		  "service/a created\n"
		  "kvip: three.yaml:6: service default/b: spec.ports[0].nodePort: 30001 is taken by default/a\n"
		  "service/c created\n" },
		/* what is no object of ours stops it before anything is done */
		{ "apply -f ingress.yaml", 1,
		  "kvip: ingress.yaml:6: kind Ingress of networking.k8s.io/v1 is not one that kvip keeps\n" },
		{ "delete svc d", 1, "kvip: services \"d\" not found\n" },
		{ "apply -f generate.yaml", 1,
		  "kvip: generate.yaml:1: from x-: cannot use generate name with apply\n" },
		{ "apply -f name.yaml", 1,
		  "kvip: name.yaml:1: metadata.name: Required value: name or generateName is required\n" },
		{ "apply -f meta.yaml", 1,
		  "kvip: meta.yaml:1: metadata: expected an object\n" },
		{ "apply -f none.yaml", 1,
		  "kvip: none.yaml: No such file or directory\n" },
		{ "apply -f list.json", 1,
		  "kvip: no objects passed to apply\n" },
		{ "apply -f a.yaml -n other", 1,
		  "kvip: a.yaml:1: the namespace from the provided object \"demo\" does not match the namespace \"other\". You must pass '--namespace=demo' to perform this operation.\n" },
		{ "apply", 2,
		  "kvip: apply: -f FILE is missing (- is standard input) (see kvip apply --help)\n" },
		{ "apply web.yaml", 2,
		  "kvip: apply: what is \"web.yaml\"? (-f FILE) (see kvip apply --help)\n" },
		{ "apply -f a.yaml -4", 2,
		  "kvip: apply: -4 and -6 do not apply (see kvip apply --help)\n" },
		{ "apply -f made.yaml", 0,
		  "kvip: warning: service/made was not made by apply: what the file leaves out stays as it is\n"
		  "service/made configured\n" },
		{ "apply -f made.yaml", 0, "service/made unchanged\n" },
	};

	(void)state;
	write_file(
		"three.yaml",
		"apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"
		"spec: {type: NodePort, ports: [{port: 80, nodePort: 30001}]}\n"
		"---\n"
		"apiVersion: v1\nkind: Service\nmetadata: {name: b}\n"
		"spec: {type: NodePort, ports: [{port: 80, nodePort: 30001}]}\n"
		"---\n"
		"apiVersion: v1\nkind: Service\nmetadata: {name: c}\n"
		"spec: {ports: [{port: 80}]}\n");
	write_file(
		"ingress.yaml",
		"apiVersion: v1\nkind: Service\nmetadata: {name: d}\n"
		"spec: {ports: [{port: 80}]}\n"
		"---\n"
		"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: x}\n");
	write_file("generate.yaml", "apiVersion: v1\nkind: Service\n"
				    "metadata: {generateName: x-}\n");
	write_file("name.yaml", "apiVersion: v1\nkind: Service\n");
	write_file("meta.yaml", "apiVersion: v1\nkind: Service\nmetadata: 7\n");
	write_file("list.json",
		   "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[]}");
	write_file("a.yaml", "apiVersion: v1\nkind: Service\n"
			     "metadata: {name: a, namespace: demo}\n");
	write_file("made.yaml", "apiVersion: v1\nkind: Service\n"
				"metadata: {name: made}\n"
				"spec: {ports: [{port: 80, name: '80'}]}\n");
	assert_int_equal(run_line("create service clusterip made --tcp=80"), 0);
	run_steps(steps, ARRAY_SIZE(steps));
}

static void create_and_delete(void **state)
{
	static const struct step steps[] = {
		{ "create service nodeport np --tcp=80:8080 --node-port=30123",
		  0, "service/np created\n" },
		{ "create service nodeport np2 --tcp=80:8080 --node-port=30123",
		  1,
		  "kvip: Service \"np2\" is invalid: spec.ports[0].nodePort: 30123 is taken by default/np\n" },
		{ "create service clusterip np --tcp=80", 1,
		  "kvip: services \"np\" already exists\n" },
		{ "create svc externalname ext --external-name=x.example.com",
		  0, "service/ext created\n" },
		{ "create deployment web --image=nginx --port=80", 0,
		  "deployment.apps/web created\n" },
		{ "create deployment other -o name", 0,
		  "deployment.apps/other\n" },
		{ "create -f two.yaml", 0,
		  "pod/p1 created\nnode/n1 created\n" },
		{ "create -f two.yaml", 1,
		  "kvip: two.yaml:1: pods \"p1\" already exists\n"
		  "kvip: two.yaml:5: nodes \"n1\" already exists\n" },
		/* of the wrong kind */
		{ "create service nodeport x --tcp=80 --clusterip=None", 2,
		  "kvip: create service nodeport: --clusterip is for clusterip (see kvip create --help)\n" },
		{ "create service clusterip x --tcp=80 --node-port=30000", 2,
		  "kvip: create service clusterip: --node-port is for nodeport (see kvip create --help)\n" },
		{ "create service clusterip x --port=80", 2,
		  "kvip: create: --image, --port, --replicas and --selector are for a deployment (see kvip create --help)\n" },
		{ "create deployment x --tcp=80", 2,
		  "kvip: create: --tcp, --clusterip, --node-port and --external-name are for a service (see kvip create --help)\n" },
		{ "create deployment x --port=0", 2,
		  "kvip: create: --port 0: expected 1 to 65535 (see kvip create --help)\n" },
		{ "create service clusterip --tcp=80", 2,
		  "kvip: create service clusterip: exactly one NAME is required, got 0 (see kvip create --help)\n" },
		{ "create service x", 2,
		  "kvip: create service: clusterip, nodeport, loadbalancer or externalname, not \"x\" (see kvip create --help)\n" },
		{ "create ingress x", 2,
		  "kvip: create: service or deployment, not \"ingress\" (see kvip create --help)\n" },
		{ "create -f two.yaml x", 2,
		  "kvip: create: with -f, files say all that there is to say (see kvip create --help)\n" },
		{ "delete svc/np deployment/other", 0,
		  "service \"np\" deleted from default namespace\n"
		  "deployment.apps \"other\" deleted from default namespace\n" },
		{ "delete svc np ext", 1,
		  "kvip: services \"np\" not found\n"
		  "service \"ext\" deleted from default namespace\n" },
		{ "delete svc np --ignore-not-found", 0,
		  "No resources found\n" },
		{ "delete -f two.yaml --dry-run=client", 0,
		  "pod \"p1\" deleted (dry run) from default namespace\n"
		  "node \"n1\" deleted (dry run)\n" },
		{ "delete -f two.yaml --dry-run=server -o name", 0,
		  "pod/p1\nnode/n1\n" },
		{ "delete -f two.yaml", 0,
		  "pod \"p1\" deleted from default namespace\n"
		  "node \"n1\" deleted\n" },
		{ "delete -f two.yaml", 1,
		  "kvip: two.yaml:1: pods \"p1\" not found\n"
		  "kvip: two.yaml:5: nodes \"n1\" not found\n" },
		{ "delete deploy -l app=web", 0,
		  "deployment.apps \"web\" deleted from default namespace\n" },
		{ "delete deploy,svc -l app=web", 0, "No resources found\n" },
		{ "delete svc -l app=web,,", 1,
		  "kvip: unable to parse requirement: found ',', expected: identifier after ','\n" },
		{ "delete svc ../../nodes/n1", 2,
		  "kvip: delete: there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (\"svc\") (see kvip delete --help)\n" },
	};

	(void)state;
	write_file("two.yaml",
		   "apiVersion: v1\nkind: Pod\nmetadata: {name: p1}\n"
		   "---\n"
		   "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n");
	run_steps(steps, ARRAY_SIZE(steps));
}

static void objects_are_named_as_kubectl_has_it(void **state)
{
	static const struct step steps[] = {
		{ "delete", 2,
		  "kvip: delete: you must provide one or more resources by argument or filename (see kvip delete --help)\n" },
		{ "delete svc", 2,
		  "kvip: delete: resource(s) were provided, but no name was specified (see kvip delete --help)\n" },
		{ "delete svc/a b", 2,
		  "kvip: delete: there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (\"b\") (see kvip delete --help)\n" },
		{ "delete svc/", 2,
		  "kvip: delete: arguments in resource/name form must have a single resource and name, not \"svc/\" (see kvip delete --help)\n" },
		{ "delete svc a -l b=c", 2,
		  "kvip: delete: name cannot be provided when a selector is specified (see kvip delete --help)\n" },
		{ "delete svc/a --all", 2,
		  "kvip: delete: name cannot be provided when a selector is specified (see kvip delete --help)\n" },
		{ "delete svc --all -l b=c", 2,
		  "kvip: delete: cannot set --all and --selector at the same time (see kvip delete --help)\n" },
		{ "delete svc a -A", 2,
		  "kvip: delete: a resource cannot be retrieved by name across all namespaces (see kvip delete --help)\n" },
		{ "delete svc a -o yaml", 2,
		  "kvip: delete: -o name is all that there is (see kvip delete --help)\n" },
		{ "delete configmap a", 2,
		  "kvip: delete: there is no resource type \"configmap\" here: services, endpointslices, pods, deployments and nodes are what kvip keeps (see kvip delete --help)\n" },
		{ "delete \033[31m a", 2,
		  "kvip: delete: there is no resource type \"?[31m\" here: services, endpointslices, pods, deployments and nodes are what kvip keeps (see kvip delete --help)\n" },
		{ "delete svc \033[31m", 1,
		  "kvip: services \"?[31m\" not found\n" },
		{ "delete svc,pod a", 1,
		  "kvip: services \"a\" not found\n"
		  "kvip: pods \"a\" not found\n" },
		{ "delete -f x.yaml", 1,
		  "kvip: x.yaml: No such file or directory\n" },
	};

	(void)state;
	run_steps(steps, ARRAY_SIZE(steps));
}

static void labels_are_changed(void **state)
{
	static const struct step steps[] = {
		{ "create service clusterip l1 --tcp=80", 0,
		  "service/l1 created\n" },
		{ "create service clusterip l2 --tcp=80 -n demo", 0,
		  "service/l2 created\n" },
		{ "label svc l1 x=y", 0, "service/l1 labeled\n" },
		{ "label svc/l1 x=z", 1,
		  "kvip: 'x' already has a value (y), and --overwrite is false\n" },
		{ "label svc/l1 x=z --overwrite", 0, "service/l1 labeled\n" },
		{ "label svc l1 x=z --overwrite", 0,
		  "service/l1 not labeled\n" },
		{ "label svc l1 --list", 0, "app=l1\nx=z\n" },
		{ "label svc l1 x- q- --dry-run=server", 0,
		  "label \"q\" not found.\nservice/l1 unlabeled (server dry run)\n" },
		{ "label svc l1 x- q-", 0,
		  "label \"q\" not found.\nservice/l1 unlabeled\n" },
		{ "label svc -l app -A t=1", 0,
		  "service/l1 labeled\nservice/l2 labeled\n" },
		{ "label svc -l t=1 -A --list", 0,
		  "Listing labels for Service./l1:\n app=l1\n t=1\n"
		  "Listing labels for Service./l2:\n app=l2\n t=1\n" },
		{ "label svc nope l1 u=1", 1,
		  "kvip: services \"nope\" not found\nservice/l1 labeled\n" },
		{ "label svc l1 a=b c", 2,
		  "kvip: label: all resources must be specified before label changes: c (see kvip label --help)\n" },
		{ "label svc l1", 2,
		  "kvip: label: at least one label update is required (see kvip label --help)\n" },
		{ "label svc a=b", 2,
		  "kvip: label: resource(s) were provided, but no name was specified (see kvip label --help)\n" },
		{ "label svc l1 a=b a-", 2,
		  "kvip: label: can not both modify and remove a label in the same command (see kvip label --help)\n" },
		{ "delete svc -A -l t=1 -o name", 0,
		  "service/l1\nservice/l2\n" },
	};

	(void)state;
	run_steps(steps, ARRAY_SIZE(steps));
}

/* An editor that does this to its file. */
static void set_editor(const char *script)
{
	char text[512];

	snprintf(text, sizeof(text), "sh %s/editor", folder);
	setenv("EDITOR", text, 1);
	write_file("editor", script);
}

/* The only file that edit left, or NULL. */
static char *left_file(void)
{
	FILE *list = popen("ls kvip-edit-* 2>/dev/null", "r");
	char *line = NULL;
	size_t size = 0;

	assert_non_null(list);
	if (getline(&line, &size, list) < 0) {
		free(line);
		line = NULL;
	} else {
		line[strcspn(line, "\n")] = '\0';
		assert_int_equal(getc(list), EOF);
	}
	pclose(list);
	return line;
}

/* Edit says that it keeps a file; it is there, private, and holds @part. */
static void assert_kept(const char *said, const char *part)
{
	char *name = left_file(), *text, wanted[256];
	struct stat st;

	assert_non_null(name);
	assert_int_equal(stat(name, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	text = read_file(name);
	assert_non_null(strstr(text, part));
	snprintf(wanted, sizeof(wanted),
		 "kvip: A copy of your changes has been stored to \"%s/%s\"\n",
		 folder, name);
	if (!strstr(said, wanted))
		fail_msg("%s", said);
	unlink(name);
	free(name);
	free(text);
}

static void edits_are_made(void **state)
{
	static const struct step made[] = {
		{ "create service clusterip e --tcp=80:8080", 0,
		  "service/e created\n" },
		{ "edit svc e", 0, "service/e edited\n" },
		{ "edit svc e", 0, "Edit cancelled, no changes made.\n" },
	};
	static const struct step empty = {
		"edit svc e", 0, "Edit cancelled, saved file was empty.\n"
	};
	static const struct step again = { "edit svc/e -o name", 0,
					   "service/e\n" };
	static const struct step refusals[] = {
		{ "edit svc nope", 1, "kvip: services \"nope\" not found\n" },
		{ "edit svc", 2,
		  "kvip: edit: resource(s) were provided, but no name was specified (see kvip edit --help)\n" },
		{ "edit svc e --dry-run=client", 2,
		  "kvip: edit: --dry-run does not apply (see kvip edit --help)\n" },
	};
	struct json_object *object;

	(void)state;
	set_editor("sed -i 's/targetPort: 8080/targetPort: 9090/' $1\n");
	run_steps(made, ARRAY_SIZE(made));
	set_editor(": >$1\n");
	run_steps(&empty, 1);
	/* what was refused comes back with the reason, and is made right */
	set_editor(
		"if grep -q '^# Service \"e\" is invalid: .*must be between' $1\n"
		"then sed -i 's/port: 99999/port: 81/' $1\n"
		"else sed -i 's/ port: 80$/ port: 99999/' $1; fi\n");
	run_steps(&again, 1);
	run_steps(refusals, ARRAY_SIZE(refusals));
	assert_null(left_file());
	object = get("default", "e");
	assert_int_equal(number_of(object, 0, "targetPort"), 9090);
	assert_int_equal(number_of(object, 0, "port"), 81);
	json_object_put(object);
}

static void edits_are_not_lost(void **state)
{
	static const struct {
		const char *editor, *said, *part;
	} rows[] = {
		/* an editor that fails */
		{ "echo '# mine' >>$1; exit 1\n",
		  "kvip: there was a problem with the editor ", "# mine" },
		{ "kill -9 $$\n", "kvip: there was a problem with the editor ",
		  "kind: Service" },
		/* somebody who gives up */
		{ "sed -i 's/ port: 80$/ port: 99999/' $1\n",
		  "kvip: Service \"k\" is invalid: spec.ports[0].port: Invalid value: 99999: must be between 1 and 65535, inclusive\n"
		  "kvip: Edit cancelled, no valid changes were saved.\n",
		  "port: 99999" },
		{ "sed -i 's/^spec:$/spec: [/' $1\n",
		  "kvip: The edited file had a syntax error: edited file:",
		  "spec: [" },
		{ "grep -q second $1 || { echo ---; echo 'kind: Service'; echo 'apiVersion: v1 # second'; } >>$1\n",
		  "kvip: The edited file had a syntax error: edited file:",
		  "# second" },
		{ "sed -i 's/^  name: k$/  name: other/' $1\n",
		  "kvip: At least one of apiVersion, kind, name and namespace was changed: these have to stay\n",
		  "name: other" },
	};
	size_t i;

	(void)state;
	assert_int_equal(run_line("create service clusterip k --tcp=80"), 0);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		char *said;

		set_editor(rows[i].editor);
		assert_int_equal(run_line("edit svc k"), 1);
		said = read_file("said");
		if (!strstr(said, rows[i].said))
			fail_msg("row %zu: %s", i, said);
		assert_kept(said, rows[i].part);
		free(said);
	}
}

/* What an editor's user sees, another process writes. */
static void change_beside(const char *line)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(run_line(line));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/*
 * The editor waits until the test has changed the object, so that the edit is of
 * an old version: both changes are there then.
 */
static void edits_meet_others(void **state)
{
	struct json_object *object, *labels;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(run_line("create service clusterip m --tcp=80"), 0);
	assert_int_equal(mkfifo("begun", 0600), 0);
	assert_int_equal(mkfifo("go", 0600), 0);
	set_editor("echo >begun; read x <go\n"
		   "sed -i 's/ port: 80$/ port: 81/' $1\n");
	pid = fork();
	if (!pid)
		_exit(run_line("edit svc m"));
	/* so that nobody waits for an editor that never began */
	alarm(60);
	free(read_file("begun"));
	alarm(0);
	change_beside("label svc m other=change");
	write_file("go", "x\n");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	object = get("default", "m");
	labels = kvip_object_member(kvip_object_member(object, "metadata"),
				    "labels");
	assert_string_equal(kvip_object_text(labels, "other"), "change");
	assert_int_equal(number_of(object, 0, "port"), 81);
	json_object_put(object);
}

static void expose_checks_its_words(void **state)
{
	static const struct step steps[] = {
		{ "expose", 2,
		  "kvip: expose: what? A TYPE and a NAME, -f FILE, --endpoint or --external-name (see kvip expose --help)\n" },
		{ "expose svc a --endpoint=10.0.0.5:80 --port=80", 2,
		  "kvip: expose: --endpoint stands in the place of an object: either, not both (see kvip expose --help)\n" },
		{ "expose --name=a --endpoint=10.0.0.5:80", 2,
		  "kvip: expose: --endpoint needs one --port to be reached at (see kvip expose --help)\n" },
		{ "expose --name=a --endpoint=10.0.0.5:80 --port=80,81", 2,
		  "kvip: expose: --endpoint needs one --port to be reached at (see kvip expose --help)\n" },
		{ "expose --name=a --endpoint=10.0.0.5:80 --port=80 --target-port=81",
		  2,
		  "kvip: expose: --target-port, --selector and --external-name do not go with --endpoint (see kvip expose --help)\n" },
		{ "expose --endpoint=10.0.0.5:80 --port=80", 2,
		  "kvip: expose: --name is missing: there is no object to take it from (see kvip expose --help)\n" },
		{ "expose --name=a --endpoint=10.0.0.5", 2,
		  "kvip: expose: --endpoint 10.0.0.5: expected ADDRESS:PORT or [ADDRESS]:PORT (see kvip expose --help)\n" },
		{ "expose svc a -f x.yaml", 1,
		  "kvip: x.yaml: No such file or directory\n" },
		{ "expose svc a -o wide", 2,
		  "kvip: expose: -o takes json, yaml or name, not \"wide\" (see kvip expose --help)\n" },
		{ "expose svc a --dry-run", 2,
		  "kvip: expose: --dry-run needs a value: --dry-run=client, server or none (see kvip expose --help)\n" },
		{ "expose svc a --dry-run=yes", 2,
		  "kvip: expose: --dry-run is client, server or none, not \"yes\" (see kvip expose --help)\n" },
		{ "expose node node-a --port=80", 1,
		  "kvip: cannot expose a Node\n" },
		{ "expose -f pod.yaml --cluster-ip=10.96.0.77", 0,
		  "service/p exposed: 10.96.0.77:80, 0 endpoints\n" },
		{ "expose -f pod.yaml", 1,
		  "kvip: pod.yaml:1: services \"p\" already exists\n" },
		{ "expose svc p --name=q --type=NodePort --cluster-ip=10.96.0.78 -o name",
		  0, "service/q\n" },
		{ "expose svc p --name=lb --type=LoadBalancer --cluster-ip=10.96.0.79 --dry-run=server -o name",
		  0, "service/lb\n" },
		{ "expose --name=db --type=ExternalName --external-name=db.example.com",
		  0, "service/db exposed: db.example.com\n" },
		{ "expose --name=plain --port=53 --protocol=UDP --cluster-ip=10.96.0.80 --endpoint=10.0.0.5:53 --endpoint=10.0.0.6:5353",
		  0,
		  "service/plain exposed: 10.96.0.80:53/UDP, 2 endpoints\n" },
		{ "delete endpointslice -l kubernetes.io/service-name=plain --dry-run=client",
		  0,
		  "endpointslice.discovery.k8s.io \"plain-ipv4\" deleted (dry run) from default namespace\n"
		  "endpointslice.discovery.k8s.io \"plain-ipv4-2\" deleted (dry run) from default namespace\n" },
		/* all of it or nothing: a slice's name is taken */
		{ "apply -f slice.yaml", 0,
		  "endpointslice.discovery.k8s.io/half-ipv4 created\n" },
		{ "expose --name=half --port=80 --endpoint=10.0.0.5:80", 1,
		  "kvip: endpointslices.discovery.k8s.io \"half-ipv4\" already exists\n" },
		{ "delete svc half", 1, "kvip: services \"half\" not found\n" },
	};

	(void)state;
	write_file("pod.yaml",
		   "apiVersion: v1\nkind: Pod\n"
		   "metadata: {name: p, labels: {a: b}}\n"
		   "spec: {containers: [{ports: [{containerPort: 80}]}]}\n");
	write_file("slice.yaml",
		   "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
		   "metadata: {name: half-ipv4}\naddressType: IPv4\n"
		   "endpoints: []\nports: []\n");
	run_steps(steps, ARRAY_SIZE(steps));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(apply_keeps_what_was_given,
						begin, end),
		cmocka_unit_test_setup_teardown(apply_goes_on_after_an_error,
						begin, end),
		cmocka_unit_test_setup_teardown(create_and_delete, begin, end),
		cmocka_unit_test_setup_teardown(
			objects_are_named_as_kubectl_has_it, begin, end),
		cmocka_unit_test_setup_teardown(labels_are_changed, begin, end),
		cmocka_unit_test_setup_teardown(edits_are_made, begin, end),
		cmocka_unit_test_setup_teardown(edits_are_not_lost, begin, end),
		cmocka_unit_test_setup_teardown(edits_meet_others, begin, end),
		cmocka_unit_test_setup_teardown(expose_checks_its_words, begin,
						end),
	};

	unsetenv("KUBE_EDITOR");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
