"""Certificates for tests, made with the openssl program."""
import pathlib
import subprocess


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


class Authority:
    """A certificate authority in a folder; `file` is what a client has to trust."""

    def __init__(self, folder, parent=None):
        """With a parent: an intermediate one, which that one has signed."""
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file, self.key = self.folder / "ca.pem", self.folder / "ca.key"
        self.count = 0
        if parent is None:
            openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test authority",
                    "-keyout", self.key, "-out", self.file)
            return
        request, extra = self.folder / "ca.csr", self.folder / "ca.ext"
        extra.write_text("basicConstraints=critical,CA:TRUE\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test intermediate", "-keyout", self.key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", parent.file, "-CAkey", parent.key, "-set_serial", 77, "-days", 2,
                "-extfile", extra, "-out", self.file)

    def issue(self, name, days=2):
        """(certificate, key) for a host name or an IPv4 address. Negative days: expired since."""
        self.count += 1
        stem = self.folder / f"leaf{self.count}"
        request, key, certificate, extra = (stem.with_suffix(s) for s in (".csr", ".key", ".pem", ".ext"))
        kind = "IP" if name.replace(".", "").isdigit() else "DNS"
        extra.write_text(f"subjectAltName={kind}:{name}\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        if days > 0:
            openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.key, "-set_serial", 1000 + self.count,
                    "-days", days, "-extfile", extra, "-out", certificate)
        else:
            self._expired(request, certificate, extra)
        return str(certificate), str(key)

    def self_signed(self, name):
        """(certificate, key) that vouches for itself alone."""
        self.count += 1
        stem = self.folder / f"leaf{self.count}"
        kind = "IP" if name.replace(".", "").isdigit() else "DNS"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                "-addext", f"subjectAltName={kind}:{name}", "-keyout", stem.with_suffix(".key"), "-out", stem.with_suffix(".pem"))
        return str(stem.with_suffix(".pem")), str(stem.with_suffix(".key"))

    def _expired(self, request, certificate, extra):
        """`openssl x509` cannot date back; `openssl ca` can."""
        (self.folder / "index.txt").write_text("")
        (self.folder / "serial").write_text("01\n")
        settings = self.folder / "ca.cnf"
        settings.write_text(f"[ca]\ndefault_ca=a\n[a]\ndatabase={self.folder}/index.txt\nserial={self.folder}/serial\n"
                            f"new_certs_dir={self.folder}\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n")
        openssl("ca", "-batch", "-notext", "-config", settings, "-cert", self.file, "-keyfile", self.key, "-in", request,
                "-out", certificate, "-startdate", "20200101000000Z", "-enddate", "20200201000000Z", "-extfile", extra)
