"""Echoes over compressed connections to servers of others, with each parameter of RFC 7692 and without.

    run.py CLIENT

CLIENT is the binary `compressed`. Exit status 0 only if everything passed.
"""

import itertools
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
LIMIT = 60

OFFERS = [
    [],
    ["any"],
    ["server=9"],
    ["client=8"],
    ["client=9"],
    ["server-alone"],
    ["client-alone"],
    ["server=10,client=10,server-alone,client-alone"],
    ["server=15,client=15"],
    ["server=9,server-alone", "any"],
]

FLAGS = ["serverNoContextTakeover", "clientNoContextTakeover"]


def parameters(least):
    """Every combination of the flags, with and without bounds."""
    for flags in itertools.product([False, True], repeat=2):
        for bounds in ({}, {"serverMaxWindowBits": least}, {"clientMaxWindowBits": least}, {"serverMaxWindowBits": least, "clientMaxWindowBits": 10}):
            yield {**{name: True for name, flag in zip(FLAGS, flags) if flag}, **bounds}


# Tornado accepts this offer and does not say so (RFC 7692 section 7.1.1.1), which is code 8 by U5. With another offer
# behind it, that is what it has accepted.
NOT_SAID = {"tornado": ["server-alone"]}

SERVERS = {
    "npm ws": (["node", str(HERE / "npm_ws.js")], list(parameters(9))),
    "Python websockets": ([sys.executable, str(HERE / "server.py"), "websockets"], list(parameters(9))),
    "aiohttp": ([sys.executable, str(HERE / "server.py"), "aiohttp"], [{}]),
    "tornado": ([sys.executable, str(HERE / "server.py"), "tornado"], [{}]),
}


def main(client):
    passed, complaints = 0, []
    for name, (command, variants) in SERVERS.items():
        agreed = refused = 0
        for given in variants:
            server = subprocess.Popen(
                [*command, json.dumps(given)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            port = server.stdout.readline().strip()
            # All offers where the server asks for nothing, and the usual ones where it does.
            for offer in OFFERS if not given else OFFERS[:2]:
                if len(offer) == 1 and any(word in offer[0] for word in NOT_SAID.get(name, [])):
                    continue
                ran = subprocess.run(
                    [client, f"ws://127.0.0.1:{port}/", *offer], capture_output=True, text=True, timeout=LIMIT
                )
                if ran.returncode:
                    complaints.append(f"{name} {given} {offer}: {ran.stderr.strip()}")
                    continue
                passed += 1
                agreed += "Some" in ran.stdout
                refused += "None" in ran.stdout
            server.communicate()
        print(f"{name}: {agreed} compressed, {refused} not", flush=True)
        if not agreed:
            complaints.append(f"{name} took no offer")
    print("\n".join(complaints))
    print(f"{passed} passed, {len(complaints)} failed")
    return 1 if complaints else 0


sys.exit(main(*sys.argv[1:]))
