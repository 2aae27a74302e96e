# SPDX-License-Identifier: GPL-2.0-or-later
"""A CA and what it signs, made by openssl."""

import os
import ssl
import subprocess

CONFIG = "[req]\ndistinguished_name = dn\nprompt = no\n[dn]\nCN = unused\n"


class Certificates:
    """Files in a folder: ca, server, client-ca and client, .crt and .key."""

    def __init__(self, folder, names, clients):
        self.folder = folder
        self.names = names
        with open(self.file("openssl.cnf"), "w", encoding="ascii") as out:
            out.write(CONFIG)
        self.authority("ca")
        self.server()
        self.clients = clients
        if clients:
            self.authority("client-ca")
            self.signed("client", "client-ca", "clientAuth", subject="/O=kvip/CN=kvipd")

    def file(self, name):
        return os.path.join(self.folder, name)

    def openssl(self, name, subject, *more):
        subprocess.run(
            ["openssl", "req", "-x509", "-config", self.file("openssl.cnf"),
             "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-keyout", self.file(f"{name}.key"), "-out", self.file(f"{name}.crt"),
             "-subj", subject, "-days", "30", *more],
            check=True, capture_output=True,
        )  # fmt: skip

    def authority(self, name):
        self.openssl(
            name,
            f"/CN=test {name}",
            "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,keyCertSign",
        )  # fmt: skip

    def signed(self, name, by, usage, *more, subject):
        self.openssl(
            name,
            subject,
            "-CA", self.file(f"{by}.crt"), "-CAkey", self.file(f"{by}.key"),
            "-addext", "basicConstraints=critical,CA:FALSE",
            "-addext", f"extendedKeyUsage={usage}",
            *more,
        )  # fmt: skip

    def server(self, names=None):
        """A new certificate for the server, with those names."""
        names = ",".join(
            ("IP:" if name.count(":") or name.replace(".", "").isdigit() else "DNS:")
            + name
            for name in names or self.names
        )
        self.signed(
            "server", "ca", "serverAuth",
            "-addext", f"subjectAltName={names}",
            subject="/CN=kube-apiserver",
        )  # fmt: skip

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file("server.crt"), self.file("server.key"))
        context.set_alpn_protocols(["http/1.1"])
        if self.clients:
            context.load_verify_locations(self.file("client-ca.crt"))
            context.verify_mode = ssl.CERT_OPTIONAL
        return context
