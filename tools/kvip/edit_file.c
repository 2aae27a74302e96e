// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "document.h"
#include "edit_file.h"
#include "yaml_writer.h"

/* Objects are far smaller: etcd takes 1.5 MiB. */
#define FILE_MAX (16L << 20)

static const char head[] =
	"# Please edit the object below. Lines beginning with a '#' will be ignored,\n"
	"# and an empty file will abort the edit. If an error occurs while saving this file will be\n"
	"# reopened with the relevant failures.\n"
	"#\n";

char *kvip_edit_text(struct json_object *object, const char *text,
		     const char *reason)
{
	char *made = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&made, &size);

	if (!file)
		abort();
	fputs(head, file);
	if (reason)
		fprintf(file, "# %s\n#\n", reason);
	if (object)
		kvip_yaml_write(file, object);
	else
		fputs(kvip_edit_body(text), file);
	if (fclose(file))
		abort();
	return made;
}

const char *kvip_edit_body(const char *text)
{
	while (*text == '#') {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return text;
}

bool kvip_edit_is_empty(const char *text)
{
	while (*text) {
		text += strspn(text, " \t\r\n");
		if (*text && *text != '#')
			return false;
		text += strcspn(text, "\n");
	}
	return true;
}

static int take(struct json_object *object, const struct kvip_origin *origin,
		void *ctx, struct kvip_err *err)
{
	struct json_object **taken = ctx;

	(void)origin;
	if (*taken)
		return kvip_err_set(err, "a second object: it was one");
	*taken = json_object_get(object);
	return 0;
}

struct json_object *kvip_edit_parse(const char *text, struct kvip_err *err)
{
	struct json_object *object = NULL;

	if (kvip_document_parse("edited file", text, strlen(text), take,
				&object, err)) {
		json_object_put(object);
		return NULL;
	}
	if (!object)
		kvip_err_set(err, "edited file: there is no object");
	return object;
}

static int write_all(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

char *kvip_edit_write(const char *text, struct kvip_err *err)
{
	const char *dir = getenv("TMPDIR");
	char *path;
	int fd, ret;

	if (!dir || !*dir)
		dir = "/tmp";
	if (asprintf(&path, "%s/kvip-edit-XXXXXX.yaml", dir) < 0)
		abort();
	/* of mode 0600 */
	fd = mkostemps(path, (int)strlen(".yaml"), O_CLOEXEC);
	if (fd < 0) {
		kvip_err_set(err, "can't make a file in %s: %s", dir,
			     strerror(errno));
		free(path);
		return NULL;
	}
	ret = write_all(fd, text);
	if (close(fd))
		ret = -1;
	if (!ret)
		return path;
	kvip_err_set(err, "%s: can't write it: %s", path, strerror(errno));
	unlink(path);
	free(path);
	return NULL;
}

char *kvip_edit_read(const char *path, struct kvip_err *err)
{
	FILE *file = fopen(path, "re");
	struct stat st;
	size_t n;
	char *text;

	if (!file || fstat(fileno(file), &st)) {
		kvip_err_set(err, "%s: can't read it: %s", path,
			     strerror(errno));
		if (file)
			fclose(file);
		return NULL;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
		kvip_err_set(err, "%s: it is no file of an object's size",
			     path);
		fclose(file);
		return NULL;
	}
	text = kvip_alloc((size_t)st.st_size + 1);
	n = fread(text, 1, (size_t)st.st_size, file);
	text[n] = '\0';
	fclose(file);
	if (strlen(text) == n)
		return text;
	kvip_err_set(err, "%s: there is a NUL in it", path);
	free(text);
	return NULL;
}

static const char *editor_of(void)
{
	static const char *const names[] = { "KUBE_EDITOR", "EDITOR" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *editor = getenv(names[i]);

		if (editor && *editor)
			return editor;
	}
	return "vi";
}

/* A key that ends the editor's work is no reason to end us. */
static int wait_for(pid_t pid)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction old_int, old_quit;
	int status;
	pid_t ended;

	sigaction(SIGINT, &ignore, &old_int);
	sigaction(SIGQUIT, &ignore, &old_quit);
	do {
		ended = waitpid(pid, &status, 0);
	} while (ended < 0 && errno == EINTR);
	sigaction(SIGINT, &old_int, NULL);
	sigaction(SIGQUIT, &old_quit, NULL);
	return ended == pid && WIFEXITED(status) && !WEXITSTATUS(status) ? 0 :
									   -1;
}

int kvip_edit_run(const char *path, struct kvip_err *err)
{
	const char *editor = editor_of();
	char *line;
	pid_t pid;
	int ret;

	/* "vi -u NONE" is an editor, too */
	if (asprintf(&line, "%s \"$@\"", editor) < 0)
		abort();
	fflush(stdout);
	fflush(stderr);
	pid = fork();
	if (!pid) {
		execl("/bin/sh", "sh", "-c", line, editor, path, (char *)NULL);
		_exit(127);
	}
	free(line);
	ret = pid < 0 ? -1 : wait_for(pid);
	if (ret)
		kvip_err_set(err, "there was a problem with the editor \"%s\"",
			     editor);
	return ret;
}
