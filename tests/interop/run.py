"""Drives the example client against servers of other languages, over ws and wss, and checks what it tells.

    run.py CLIENT CERTIFICATES NAME=COMMAND…

CLIENT is the example's binary; CERTIFICATES the folder that the `certificates` binary has filled; each COMMAND
starts a server (see npm_ws.js and python_websockets.py). Exit status 0 only if everything passed.
"""

import base64
import json
import shlex
import subprocess
import sys

# Nothing here takes a second; whatever takes this long hangs.
LIMIT = 30

LONG = "".join(chr(0x4E00 + i % 5000) if i % 7 == 0 else chr(97 + i % 26) for i in range(70_000))


class Server:
    """A server process, and the url that it serves."""

    def __init__(self, command, certificates=None):
        self.tls = certificates is not None
        files = [f"{certificates}/server.pem", f"{certificates}/server.key"] if self.tls else []
        self.process = subprocess.Popen(
            command + files, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        port = self.process.stdout.readline().strip()
        if not port:
            raise RuntimeError(f"{command} did not start:\n{self.process.communicate()[1]}")
        self.url = f"{'wss' if self.tls else 'ws'}://localhost:{port}"

    def stop(self):
        """Ends it and gives what it told."""
        try:
            return self.process.communicate(timeout=LIMIT)[1]
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.communicate()[1]


class Ran:
    """One run of the client, with its lines of JSON by kind."""

    def __init__(self, command, text):
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=LIMIT)
        self.status = done.returncode
        self.lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
        self.stderr = done.stderr.decode()

    def only(self, event):
        return [line for line in self.lines if line.get("event") == event]

    @property
    def messages(self):
        return [
            base64.b64decode(line["data"]) if line["isBuffer"] else line["data"] for line in self.only("message")
        ]

    @property
    def close(self):
        (close,) = self.only("close")
        return close["code"], close["reason"], close["cause"]

    @property
    def calls(self):
        return {line["error"] if line["result"] == "fail" else 0 for line in self.lines if "result" in line}


def equal(name, got, want):
    if got != want:
        raise AssertionError(f"{name}: got {got!r:.300}, expected {want!r:.300}")


CLEAN = (1000, "", "local")


def check_text(run):
    """Texts of every kind come back as they went."""
    ran = run("echo", text="hello\n\ngr\u00fc\u00df \U0001f600\n")
    equal("messages", ran.messages, ["hello", "", "gr\u00fc\u00df \U0001f600"])
    equal("close", ran.close, CLEAN)
    equal("status", ran.status, 0)


def check_binary(run):
    """Bytes come back as bytes."""
    ran = run("echo", "--binary", text="a\u00e9\n\n")
    equal("messages", ran.messages, ["a\u00e9".encode(), b""])
    equal("status", ran.status, 0)


def check_long(run):
    """70,000 characters, in one frame of more than 64 KiB."""
    ran = run("echo", text=LONG + "\n")
    equal("messages", ran.messages, [LONG])
    equal("status", ran.status, 0)


def check_many(run):
    """A thousand messages stay in order."""
    lines = [str(number) for number in range(1000)]
    ran = run("echo", text="\n".join(lines))
    equal("messages", ran.messages, lines)
    equal("calls", ran.calls, {0})


def check_subprotocol(run):
    """The server chooses from the offer."""
    ran = run("echo", "--protocol", "first", "--protocol", "second")
    equal("protocol", ran.only("open")[0]["protocol"], "second")
    equal("status", ran.status, 0)


def check_no_subprotocol(run):
    """Nothing offered, nothing chosen; and nothing of the offer chosen opens too (U4)."""
    for offer in ([], ["--protocol", "unheard-of"]):
        ran = run("echo", *offer)
        equal("protocol", ran.only("open")[0]["protocol"], "")
        equal("status", ran.status, 0)


def check_close_codes(run):
    """What the server closes with is told."""
    for code, reason in ((1000, ""), (1001, "going"), (1011, "oh"), (3000, "x" * 123), (4999, "gr\u00fc\u00df")):
        ran = run(f"close/{code}/{reason}", "--listen")
        equal("close", ran.close, (code, reason, "remote"))
        equal("status", ran.status, 0)


def check_fragments(run):
    """Fragments become one message, wherever they were cut."""
    ran = run("fragments", text=f"hello\ngr\u00fc\u00df \U0001f600\n{LONG}\n")
    equal("messages", ran.messages, ["hello", "gr\u00fc\u00df \U0001f600", LONG])
    ran = run("fragments", "--binary", text="hello\n")
    equal("messages", ran.messages, [b"hello"])
    equal("status", ran.status, 0)


def check_ping(run):
    """A ping between two fragments is answered, and the message is whole."""
    ran = run("ping", text="hello\n")
    equal("messages", sorted(ran.messages), ["hello", "pong between"])
    equal("status", ran.status, 0)


def check_drop(run):
    """A stream that ends without a close frame is 1006, and no success."""
    ran = run("drop", "--listen", text="hello\n")
    equal("messages", ran.messages, [])
    equal("close", ran.close, (1006, "", "abnormal"))
    equal("status", ran.status, 1)


def check_certificate(run):
    """An authority that is not trusted is 7, and nothing is sent."""
    ran = run("echo", trust="other.pem", text="secret\n")
    equal("calls", ran.calls, {7})
    equal("open", ran.only("open"), [])
    equal("status", ran.status, 7)


def check_tls(run):
    """The TLS version is told."""
    ran = run("echo")
    equal("tls", ran.only("open")[0]["tls"], "TLSv1_3")


PLAIN = [
    check_text,
    check_binary,
    check_long,
    check_many,
    check_subprotocol,
    check_no_subprotocol,
    check_close_codes,
    check_fragments,
    check_ping,
    check_drop,
]


def main(client, certificates, *servers):
    passed = failed = 0
    for definition in servers:
        name, command = definition.split("=", 1)
        for tls in (False, True):
            server = Server(shlex.split(command), certificates if tls else None)
            complaints = []

            def run(path, *options, text="", trust="ca.pem"):
                trusted = ["--ca", f"{certificates}/{trust}"] if tls else []
                return Ran([client, "--json", "--wait", "0.3", *trusted, *options, f"{server.url}/{path}"], text)

            for check in PLAIN + ([check_certificate, check_tls] if tls else []):
                try:
                    check(run)
                    passed += 1
                except Exception as error:
                    failed += 1
                    complaints.append(f"  FAILED {check.__name__}: {type(error).__name__}: {error}")
            told = server.stop()
            # Our side of a clean close, as the server saw it.
            if "/echo closed 1000" in told:
                passed += 1
            else:
                failed += 1
                complaints.append("  FAILED: the server has not seen our close frame")
            scheme = "wss" if tls else "ws"
            print(f"{name} over {scheme}: {'failed' if complaints else 'ok'}", flush=True)
            if complaints:
                print("\n".join(complaints), f"the server said:\n{told[-2000:]}", sep="\n", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
