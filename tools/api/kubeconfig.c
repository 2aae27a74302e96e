// SPDX-License-Identifier: GPL-2.0-or-later
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "base64.h"
#include "field.h"
#include "file_text.h"
#include "kubeconfig.h"
#include "yaml_tree.h"

/* The extension of a cluster whose contents a plugin is given. */
#define EXEC_EXTENSION "client.authentication.k8s.io/exec"

/* One entry of clusters, users or contexts, with its way from the root. */
struct place {
	struct kvip_field list;
	struct kvip_field element;
	struct kvip_field body; /* .cluster, .user or .context */
};

struct reading {
	struct kvip_kubeconfig *config;
	char *dir; /* of the file, absolute */
	struct kvip_err *err;
};

static char *print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static char *print(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = kvip_strdup("");
	va_end(args);
	return text;
}

/* The folder of @path, absolute: an agent may change its own folder. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	int len = slash ? (int)(slash - path) : 0;
	char *cwd, *dir;

	if (*path == '/')
		return print("%.*s", len, path);
	cwd = getcwd(NULL, 0);
	dir = print("%s%s%.*s", cwd ? cwd : "", len ? "/" : "", len, path);
	free(cwd);
	return dir;
}

static char *absolute(const struct reading *reading, const char *path)
{
	if (*path == '/')
		return kvip_strdup(path);
	return print("%s/%s", reading->dir, path);
}

/* Member @name of @parent into @text; one that is empty is none, as in Go. */
static int take_text(const struct reading *reading,
		     const struct kvip_field *parent, const char *name,
		     char **text)
{
	struct kvip_field field = kvip_field_member(parent, name);
	const char *words;

	if (kvip_field_text(&field, &words, reading->err))
		return -1;
	if (words && *words)
		*text = kvip_strdup(words);
	return 0;
}

static int take_path(const struct reading *reading,
		     const struct kvip_field *parent, const char *name,
		     char **path)
{
	char *words = NULL;

	if (take_text(reading, parent, name, &words))
		return -1;
	if (words)
		*path = absolute(reading, words);
	free(words);
	return 0;
}

static int take_bool(const struct reading *reading,
		     const struct kvip_field *parent, const char *name,
		     bool *value)
{
	struct kvip_field field = kvip_field_member(parent, name);
	bool told;

	return kvip_field_bool(&field, &told, value, reading->err);
}

/* @name and @name-data, which wins. */
static int take_pem(const struct reading *reading,
		    const struct kvip_field *parent, const char *name,
		    struct kvip_pem *pem)
{
	char data_name[64];
	struct kvip_field field;
	const char *text;

	snprintf(data_name, sizeof(data_name), "%s-data", name);
	field = kvip_field_member(parent, data_name);
	if (kvip_field_text(&field, &text, reading->err))
		return -1;
	if (!text || !*text)
		return take_path(reading, parent, name, &pem->file);
	pem->data = kvip_base64_decode(text, &pem->len);
	if (!pem->data)
		return kvip_field_fail(&field, reading->err,
				       "this is not base64");
	if (!strstr(pem->data, "-----BEGIN "))
		return kvip_field_fail(&field, reading->err,
				       "there is no PEM block in it");
	return 0;
}

static void list_names(const struct kvip_field *list, uint32_t n, char *text,
		       size_t size)
{
	size_t used = 0;
	uint32_t i;

	*text = '\0';
	for (i = 0; i < n && used < size; i++) {
		struct kvip_field element = kvip_field_element(list, i);
		struct kvip_field name = kvip_field_member(&element, "name");

		used += (size_t)snprintf(text + used, size - used, "%s%s",
					 i ? ", " : "",
					 json_object_get_string(name.value));
	}
}

/* Entry @name of @list_name; of several, the first. */
static int find(const struct reading *reading, const struct kvip_field *root,
		const char *list_name, const char *noun, const char *name,
		struct place *place)
{
	char names[512];
	uint32_t i, n;

	if (kvip_field_list(root, list_name, &place->list, &n, reading->err))
		return -1;
	for (i = 0; i < n; i++) {
		struct kvip_field field;
		const char *text;

		place->element = kvip_field_element(&place->list, i);
		field = kvip_field_member(&place->element, "name");
		if (kvip_field_need_object(&place->element, reading->err) ||
		    kvip_field_text(&field, &text, reading->err))
			return -1;
		if (text && !strcmp(text, name))
			return kvip_field_object(&place->element, noun,
						 &place->body, reading->err);
	}
	list_names(&place->list, n, names, sizeof(names));
	return kvip_err_set(reading->err, "there is no %s \"%s\"%s%s", noun,
			    name, n ? "; there are: " : "", names);
}

static bool is_proxy_scheme(const char *scheme)
{
	static const char *const schemes[] = { "http", "https", "socks5",
					       "socks5h" };
	size_t i;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (!strcmp(scheme, schemes[i]))
			return true;
	return false;
}

static bool has_part(CURLU *url, CURLUPart part)
{
	char *text;

	if (curl_url_get(url, part, &text, 0))
		return false;
	curl_free(text);
	return true;
}

static bool check_url(const char *text, bool proxy)
{
	CURLU *url = curl_url();
	char *scheme = NULL;
	bool right;

	right = url &&
		!curl_url_set(url, CURLUPART_URL, text,
			      CURLU_NON_SUPPORT_SCHEME) &&
		!curl_url_get(url, CURLUPART_SCHEME, &scheme, 0);
	if (right && proxy)
		right = is_proxy_scheme(scheme);
	else if (right)
		right = (!strcmp(scheme, "http") || !strcmp(scheme, "https")) &&
			!has_part(url, CURLUPART_USER) &&
			!has_part(url, CURLUPART_QUERY) &&
			!has_part(url, CURLUPART_FRAGMENT);
	curl_free(scheme);
	curl_url_cleanup(url);
	return right;
}

static int take_server(const struct reading *reading,
		       const struct kvip_field *cluster)
{
	struct kvip_kubeconfig *config = reading->config;
	struct kvip_field field;
	size_t len;

	field = kvip_field_member(cluster, "server");
	if (take_text(reading, cluster, "server", &config->server))
		return -1;
	if (!config->server || !check_url(config->server, false))
		return kvip_field_expected(
			&field, "a URL such as https://192.0.2.1:6443",
			reading->err);
	len = strlen(config->server);
	while (config->server[len - 1] == '/')
		config->server[--len] = '\0';

	field = kvip_field_member(cluster, "proxy-url");
	if (take_text(reading, cluster, "proxy-url", &config->proxy))
		return -1;
	if (config->proxy && !check_url(config->proxy, true))
		return kvip_field_expected(&field,
					   "a URL with http, https or socks5",
					   reading->err);
	return 0;
}

static int take_cluster(const struct reading *reading,
			const struct kvip_field *cluster)
{
	struct kvip_kubeconfig *config = reading->config;

	if (take_server(reading, cluster) ||
	    take_text(reading, cluster, "tls-server-name", &config->tls_name) ||
	    take_bool(reading, cluster, "insecure-skip-tls-verify",
		      &config->insecure) ||
	    take_pem(reading, cluster, "certificate-authority", &config->ca))
		return -1;
	if (config->insecure && (config->ca.file || config->ca.data))
		return kvip_field_fail(
			cluster, reading->err,
			"there is a certificate-authority, and insecure-skip-tls-verify is true");
	return 0;
}

static int take_args(const struct reading *reading,
		     const struct kvip_field *parent, struct kvip_exec *exec)
{
	struct kvip_field list;
	uint32_t i, n;

	if (kvip_field_list(parent, "args", &list, &n, reading->err))
		return -1;
	exec->args = kvip_alloc((n + 1) * sizeof(*exec->args));
	for (i = 0; i < n; i++) {
		struct kvip_field element = kvip_field_element(&list, i);
		const char *text;

		if (kvip_field_text(&element, &text, reading->err))
			return -1;
		exec->args[i] = kvip_strdup(text ? text : "");
	}
	return 0;
}

static int take_env(const struct reading *reading,
		    const struct kvip_field *parent, struct kvip_exec *exec)
{
	struct kvip_field list;
	uint32_t i, n;

	if (kvip_field_list(parent, "env", &list, &n, reading->err))
		return -1;
	exec->env = kvip_alloc((n + 1) * sizeof(*exec->env));
	for (i = 0; i < n; i++) {
		struct kvip_field element = kvip_field_element(&list, i);
		struct kvip_field name, value;
		const char *name_text, *value_text;

		if (kvip_field_need_object(&element, reading->err))
			return -1;
		name = kvip_field_member(&element, "name");
		value = kvip_field_member(&element, "value");
		if (kvip_field_text(&name, &name_text, reading->err) ||
		    kvip_field_text(&value, &value_text, reading->err))
			return -1;
		if (!name_text || !*name_text || strchr(name_text, '='))
			return kvip_field_expected(&name, "a variable's name",
						   reading->err);
		exec->env[i] =
			print("%s=%s", name_text, value_text ? value_text : "");
	}
	return 0;
}

static int check_exec(const struct reading *reading,
		      const struct kvip_field *parent,
		      const struct kvip_exec *exec)
{
	static const char *const modes[] = { "IfAvailable", "Never", "Always",
					     NULL };
	struct kvip_field field = kvip_field_member(parent, "apiVersion");
	unsigned int mode;

	if (!exec->version ||
	    (strcmp(exec->version, "client.authentication.k8s.io/v1") &&
	     strcmp(exec->version, "client.authentication.k8s.io/v1beta1")))
		return kvip_field_expected(
			&field,
			"client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1",
			reading->err);
	field = kvip_field_member(parent, "interactiveMode");
	if (kvip_field_choice(&field, modes, &mode, reading->err))
		return -1;
	if (mode == 2)
		return kvip_field_fail(
			&field, reading->err,
			"the plugin asks for a terminal, and there is none");
	return 0;
}

static int take_exec(const struct reading *reading,
		     const struct kvip_field *user)
{
	struct kvip_exec *exec = &reading->config->exec;
	struct kvip_field parent, field;
	char *command = NULL;

	if (kvip_field_object(user, "exec", &parent, reading->err))
		return -1;
	if (!parent.value)
		return 0;
	field = kvip_field_member(&parent, "command");
	if (take_text(reading, &parent, "command", &command))
		return -1;
	if (!command)
		return kvip_field_expected(&field, "a command", reading->err);
	exec->command = strchr(command, '/') ? absolute(reading, command) :
					       kvip_strdup(command);
	free(command);
	if (take_args(reading, &parent, exec) ||
	    take_env(reading, &parent, exec) ||
	    take_text(reading, &parent, "apiVersion", &exec->version) ||
	    take_text(reading, &parent, "installHint", &exec->hint) ||
	    take_bool(reading, &parent, "provideClusterInfo",
		      &exec->cluster_info))
		return -1;
	return check_exec(reading, &parent, exec);
}

static int take_extension(const struct reading *reading,
			  const struct kvip_field *cluster)
{
	struct kvip_field list, body;
	uint32_t i, n;

	if (kvip_field_list(cluster, "extensions", &list, &n, reading->err))
		return -1;
	for (i = 0; i < n; i++) {
		struct kvip_field element = kvip_field_element(&list, i);
		struct kvip_field name = kvip_field_member(&element, "name");
		const char *text;

		if (kvip_field_need_object(&element, reading->err) ||
		    kvip_field_text(&name, &text, reading->err))
			return -1;
		body = kvip_field_member(&element, "extension");
		if (!text || strcmp(text, EXEC_EXTENSION) || !body.value)
			continue;
		reading->config->exec.cluster_config = kvip_strdup(
			json_object_to_json_string_ext(body.value,
						       JSON_C_TO_STRING_PLAIN));
		return 0;
	}
	return 0;
}

static int check_user(const struct reading *reading,
		      const struct kvip_field *user)
{
	struct kvip_kubeconfig *config = reading->config;
	bool cert = config->cert.file || config->cert.data;
	bool key = config->key.file || config->key.data;

	if (cert != key)
		return kvip_field_fail(
			user, reading->err,
			"there is a client-%s without a client-%s",
			cert ? "certificate" : "key",
			cert ? "key" : "certificate");
	if ((config->token || config->token_file) &&
	    (config->username || config->password))
		return kvip_field_fail(
			user, reading->err,
			"there is a token, and a username with a password: one of them is too many");
	return 0;
}

static int take_user(const struct reading *reading,
		     const struct kvip_field *user)
{
	struct kvip_kubeconfig *config = reading->config;
	struct kvip_field provider, name;
	const char *text;

	if (kvip_field_object(user, "auth-provider", &provider, reading->err))
		return -1;
	if (provider.value) {
		name = kvip_field_member(&provider, "name");
		if (kvip_field_text(&name, &text, reading->err))
			return -1;
		return kvip_field_fail(
			&provider, reading->err,
			"\"%s\" is an auth-provider, which Kubernetes 1.26 removed for exec plugins",
			text ? text : "");
	}
	if (take_pem(reading, user, "client-certificate", &config->cert) ||
	    take_pem(reading, user, "client-key", &config->key) ||
	    take_text(reading, user, "token", &config->token) ||
	    take_path(reading, user, "tokenFile", &config->token_file) ||
	    take_text(reading, user, "username", &config->username) ||
	    take_text(reading, user, "password", &config->password) ||
	    take_exec(reading, user))
		return -1;
	return check_user(reading, user);
}

static int take_context(const struct reading *reading,
			const struct kvip_field *root, const char *name)
{
	struct place context = { 0 }, cluster = { 0 }, user = { 0 };
	struct kvip_kubeconfig *config = reading->config;
	struct kvip_field field;
	const char *cluster_name, *user_name;

	config->context = kvip_strdup(name);
	if (find(reading, root, "contexts", "context", name, &context) ||
	    take_text(reading, &context.body, "namespace", &config->ns))
		return -1;
	field = kvip_field_member(&context.body, "user");
	if (kvip_field_text(&field, &user_name, reading->err))
		return -1;
	field = kvip_field_member(&context.body, "cluster");
	if (kvip_field_text(&field, &cluster_name, reading->err))
		return -1;
	if (!cluster_name || !*cluster_name)
		return kvip_field_expected(&field, "a cluster's name",
					   reading->err);
	if (find(reading, root, "clusters", "cluster", cluster_name,
		 &cluster) ||
	    take_cluster(reading, &cluster.body))
		return -1;
	/* a context without a user is nobody's */
	if (user_name && *user_name &&
	    (find(reading, root, "users", "user", user_name, &user) ||
	     take_user(reading, &user.body)))
		return -1;
	if (config->exec.command && config->exec.cluster_info)
		return take_extension(reading, &cluster.body);
	return 0;
}

static int check_kind(const struct reading *reading,
		      const struct kvip_field *root)
{
	struct kvip_field field = kvip_field_member(root, "kind");
	const char *text;

	if (kvip_field_text(&field, &text, reading->err))
		return -1;
	if (text && *text && strcmp(text, "Config"))
		return kvip_field_expected(&field, "Config", reading->err);
	field = kvip_field_member(root, "apiVersion");
	if (kvip_field_text(&field, &text, reading->err))
		return -1;
	if (text && *text && strcmp(text, "v1"))
		return kvip_field_expected(&field, "v1", reading->err);
	return 0;
}

static int take_root(const struct reading *reading,
		     const struct kvip_field *root, const char *context)
{
	struct place place;
	char names[512];
	uint32_t n;

	if (check_kind(reading, root))
		return -1;
	if (!context) {
		struct kvip_field field =
			kvip_field_member(root, "current-context");

		if (kvip_field_text(&field, &context, reading->err))
			return -1;
	}
	if (context && *context)
		return take_context(reading, root, context);
	if (kvip_field_list(root, "contexts", &place.list, &n, reading->err))
		return -1;
	list_names(&place.list, n, names, sizeof(names));
	return kvip_err_set(
		reading->err,
		"there is no current-context, and none was named%s%s",
		n ? "; there are: " : "", names);
}

int kvip_kubeconfig_read(const char *path, const char *context,
			 struct kvip_kubeconfig *config, struct kvip_err *err)
{
	struct reading reading = { .config = config, .err = err };
	struct kvip_field root = { 0 };
	char *text;
	size_t len;
	int ret;

	memset(config, 0, sizeof(*config));
	if (kvip_file_text_read(path, &text, &len, err))
		return -1;
	config->name = kvip_strdup(path);
	reading.dir = folder_of(path);
	root.value = kvip_yaml_tree_parse(text, len, err);
	ret = root.value ? take_root(&reading, &root, context) : -1;
	explicit_bzero(text, len);
	free(text);
	free(reading.dir);
	json_object_put(root.value);
	if (!ret && !config->ns)
		config->ns = kvip_strdup("default");
	if (ret) {
		kvip_err_prefix(err, "%s: ", path);
		kvip_kubeconfig_free(config);
	}
	return ret;
}

static char *namespace_of(const char *root)
{
	struct kvip_err ignored;
	char *path = print("%s/namespace", root), *text = NULL;
	size_t len = 0;

	if (kvip_file_text_read(path, &text, &len, &ignored))
		text = NULL;
	free(path);
	if (text)
		text[strcspn(text, " \t\r\n")] = '\0';
	if (text && *text)
		return text;
	free(text);
	return kvip_strdup("default");
}

int kvip_kubeconfig_in_cluster(const char *root, struct kvip_kubeconfig *config,
			       struct kvip_err *err)
{
	const char *host = getenv("KUBERNETES_SERVICE_HOST");
	const char *port = getenv("KUBERNETES_SERVICE_PORT");
	bool v6;

	memset(config, 0, sizeof(*config));
	if (!host || !*host || !port || !*port)
		return kvip_err_set(
			err,
			"this is no pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set");
	if (!root)
		root = KVIP_SERVICE_ACCOUNT;
	v6 = strchr(host, ':');
	config->name = kvip_strdup("in-cluster");
	config->server = print("https://%s%s%s:%s", v6 ? "[" : "", host,
			       v6 ? "]" : "", port);
	config->token_file = print("%s/token", root);
	config->ca.file = print("%s/ca.crt", root);
	config->ns = namespace_of(root);
	if (!check_url(config->server, false))
		kvip_err_set(
			err,
			"KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT make no URL: %s",
			config->server);
	else if (access(config->token_file, R_OK))
		kvip_err_set(err, "%s: %s", config->token_file,
			     strerror(errno));
	else if (access(config->ca.file, R_OK))
		kvip_err_set(err, "%s: %s", config->ca.file, strerror(errno));
	else
		return 0;
	kvip_kubeconfig_free(config);
	return -1;
}

static void free_secret(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

static void free_pem(struct kvip_pem *pem)
{
	free_secret(pem->data);
	free(pem->file);
}

static void free_list(char **list)
{
	size_t i;

	for (i = 0; list && list[i]; i++)
		free_secret(list[i]);
	free(list);
}

void kvip_kubeconfig_free(struct kvip_kubeconfig *config)
{
	free(config->name);
	free(config->context);
	free(config->server);
	free(config->tls_name);
	free_secret(config->proxy);
	free_pem(&config->ca);
	free_pem(&config->cert);
	free_pem(&config->key);
	free_secret(config->token);
	free(config->token_file);
	free(config->username);
	free_secret(config->password);
	free(config->exec.command);
	free_list(config->exec.args);
	free_list(config->exec.env);
	free(config->exec.version);
	free(config->exec.hint);
	free(config->exec.cluster_config);
	free(config->ns);
	memset(config, 0, sizeof(*config));
}
