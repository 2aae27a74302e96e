// SPDX-License-Identifier: GPL-2.0-or-later
/* What kvip expose says of the Service that it made. */
#include "recorded.h"

#include <json-c/json.h>

#include "service_report.h"

static void services_are_told(void **state)
{
	static const struct {
		const char *service;
		long n;
		const char *text;
	} rows[] = {
		{ "{\"spec\":{\"type\":\"ClusterIP\",\"clusterIP\":\"10.96.14.7\",\"clusterIPs\":[\"10.96.14.7\"],\"ports\":[{\"port\":80,\"protocol\":\"TCP\"}]}}",
		  3, "10.96.14.7:80, 3 endpoints" },
		{ "{\"spec\":{\"type\":\"NodePort\",\"clusterIP\":\"10.96.14.7\",\"ports\":[{\"port\":80,\"nodePort\":30080}]}}",
		  1, "10.96.14.7:80, node port 30080, 1 endpoint" },
		{ "{\"spec\":{\"type\":\"NodePort\",\"clusterIP\":\"10.96.14.7\",\"ports\":[{\"port\":80,\"nodePort\":30080},{\"port\":443,\"nodePort\":30443}]}}",
		  0, "10.96.14.7:80,443, node ports 30080,30443, 0 endpoints" },
		/* one number for two protocols */
		{ "{\"spec\":{\"type\":\"NodePort\",\"clusterIP\":\"10.96.0.10\",\"ports\":[{\"port\":53,\"nodePort\":30053},{\"port\":53,\"protocol\":\"UDP\",\"nodePort\":30053}]}}",
		  -1, "10.96.0.10:53,53/UDP, node ports 30053" },
		{ "{\"spec\":{\"clusterIP\":\"10.96.14.7\",\"clusterIPs\":[\"10.96.14.7\",\"fd00:10:96::7\"],\"ports\":[{\"port\":80}]}}",
		  2, "10.96.14.7:80 [fd00:10:96::7]:80, 2 endpoints" },
		{ "{\"spec\":{\"type\":\"ClusterIP\",\"clusterIP\":\"None\",\"clusterIPs\":[\"None\"],\"ports\":[{\"port\":80}]}}",
		  2, "headless, 2 endpoints" },
		{ "{\"spec\":{\"type\":\"ExternalName\",\"externalName\":\"db.example.com\"}}",
		  0, "db.example.com" },
		{ "{\"spec\":{\"type\":\"LoadBalancer\",\"clusterIP\":\"10.96.14.7\",\"ports\":[{\"port\":80,\"nodePort\":30080}]},\"status\":{\"loadBalancer\":{\"ingress\":[{\"ip\":\"203.0.113.10\"},{\"hostname\":\"lb.example.com\"}]}}}",
		  -1,
		  "10.96.14.7:80, node port 30080, load balancer 203.0.113.10 lb.example.com" },
		{ "{\"spec\":{\"type\":\"LoadBalancer\",\"clusterIP\":\"10.96.14.7\",\"ports\":[{\"port\":80}]},\"status\":{\"loadBalancer\":{}}}",
		  -1, "10.96.14.7:80, load balancer <pending> (no pool)" },
		{ "{\"spec\":{\"type\":\"LoadBalancer\",\"clusterIP\":\"10.96.14.7\",\"ports\":[{\"port\":80}]},\"status\":{\"loadBalancer\":{},\"conditions\":[{\"type\":\"kvip/LoadBalancer\",\"status\":\"False\",\"reason\":\"PoolEmpty\",\"message\":\"no address is free\"}]}}",
		  -1,
		  "10.96.14.7:80, load balancer <pending> (no address is free)" },
		{ "{\"spec\":{\"clusterIP\":\"10.96.14.7\",\"ports\":[{\"port\":80}],\"externalIPs\":[\"198.51.100.5\",\"198.51.100.6\"]}}",
		  -1, "10.96.14.7:80, external 198.51.100.5 198.51.100.6" },
		/* what a server could send, and should not */
		{ "{}", -1, "" },
		{ "{\"spec\":7}", 1, "1 endpoint" },
		{ "{\"spec\":{\"clusterIP\":\"x\",\"clusterIPs\":[1,null],\"ports\":[null,7],\"externalIPs\":[null]}}",
		  -1, "x:0,0, external ?" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct json_object *service =
			json_tokener_parse(rows[i].service);
		char text[KVIP_SERVICE_REPORT_LEN];

		assert_non_null(service);
		assert_string_equal(kvip_service_report(service, "no pool",
							rows[i].n, text),
				    rows[i].text);
		json_object_put(service);
	}
}

static void a_long_one_is_cut(void **state)
{
	struct json_object *service = json_tokener_parse(
		"{\"spec\":{\"clusterIP\":\"10.96.14.7\",\"ports\":[]}}");
	struct json_object *ports, *spec;
	char text[KVIP_SERVICE_REPORT_LEN];
	int i;

	(void)state;
	json_object_object_get_ex(service, "spec", &spec);
	json_object_object_get_ex(spec, "ports", &ports);
	for (i = 10000; i < 11000; i++) {
		struct json_object *port = json_object_new_object();

		json_object_object_add(port, "port", json_object_new_int(i));
		json_object_array_add(ports, port);
	}
	kvip_service_report(service, NULL, 3, text);
	assert_int_equal(strlen(text), KVIP_SERVICE_REPORT_LEN - 1);
	json_object_put(service);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(services_are_told),
		cmocka_unit_test(a_long_one_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
