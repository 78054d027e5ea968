#!/usr/bin/env python3
"""Makes each fault of a list in a copy of the tree, and sees whether the test that is named fails.

    tests/mutants/run.py            all of tests/mutants/host.toml
    tests/mutants/run.py WORD…      those whose names or files contain one of the words

The copy lies in target/mutants and is built in target/, where the crates that it needs are built anyway. Before anything is changed each of the tests has to pass. A test
that still runs after two minutes has not seen the fault: a program that hangs says less than one that fails. Exit 0 if all
were seen.
"""

import os
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
TREE = TARGET / "mutants"
SECONDS = 120

CORE = ["cargo", "test", "--offline", "--quiet", "-p", "connect-socket-core", "--no-default-features", "--features", "tasks"]


def content(name):
    """A file of the copy. Its crates have another version: cargo takes two of one name, version and place in their
    workspaces for the same, and would give whoever tests the tree itself what was built of a fault."""
    data = (ROOT / name).read_bytes()
    if name != "Cargo.toml":
        return data
    changed = re.sub(rb'(?m)^version = "(\d+)\.(\d+)\.\d+"$', rb'version = "\1.\2.999"', data, count=1)
    assert changed != data, "the workspace has a version"
    return changed


def copy_tree():
    """What git knows of, as it is now. Files that are as they were keep their times, so that little is built."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True,
                            capture_output=True, text=True).stdout
    names = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
    for old in [path for path in TREE.rglob("*") if path.is_file()]:
        if str(old.relative_to(TREE)) not in names:
            old.unlink()
    for name in names:
        data, copy = content(name), TREE / name
        if not copy.exists() or copy.read_bytes() != data:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(data)


def test(caught_by):
    """Runs one test. Says whether it passed, and what it printed; no answer where it was not built, not found or hangs."""
    kind, name = caught_by.split(" ")
    env = dict(os.environ, CARGO_INCREMENTAL="1", CARGO_TARGET_DIR=str(TARGET))
    match kind:
        case "loom":
            which, name = ["--lib"], f"host::tasks::models::{name}"
            env |= {"RUSTFLAGS": "--cfg loom", "CARGO_TARGET_DIR": str(TARGET / "loom")}
        case "shuttle":
            which, name = ["--lib"], f"host::tasks::schedules::{name}"
            env |= {"RUSTFLAGS": "--cfg shuttle", "CARGO_TARGET_DIR": str(TARGET / "shuttle"), "SCHEDULES": "200"}
        case "lib":
            which = ["--lib"]
        case _:
            which = ["--test", kind]
    built = subprocess.run([*CORE, *which, "--no-run"], cwd=TREE, env=env, capture_output=True, text=True)
    if built.returncode != 0:
        return None, built.stderr
    try:
        ran = subprocess.run([*CORE, *which, "--", "--exact", name], cwd=TREE, env=env, capture_output=True, text=True,
                             timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return None, f"it still runs after {SECONDS} s"
    output = ran.stdout + ran.stderr
    if ran.returncode == 0:
        return (True, output) if "1 passed" in output else (None, "there is no such test")
    return False, output


def check(mutant):
    """Makes one fault and takes it back. Says what is wrong, if anything is."""
    file = TREE / mutant["file"]
    sound = file.read_text()
    if sound.count(mutant["replace"]) != 1:
        return f"what is replaced stands in {mutant['file']} {sound.count(mutant['replace'])} times"
    file.write_text(sound.replace(mutant["replace"], mutant["by"]))
    try:
        passed, output = test(mutant["caught_by"])
    finally:
        file.write_text(sound)
    match passed:
        case True:
            return "it passed"
        case None:
            return output
        case False:
            return None


def main():
    with open(ROOT / "tests/mutants/host.toml", "rb") as file:
        mutants = tomllib.load(file)["mutant"]
    words = sys.argv[1:]
    if words:
        mutants = [it for it in mutants if any(word in it["name"] or word in it["file"] for word in words)]
    copy_tree()
    wrong = 0
    for caught_by in sorted({mutant["caught_by"] for mutant in mutants}):
        passed, output = test(caught_by)
        if not passed:
            wrong += 1
            print(f"{caught_by} does not pass by itself:\n{output}", flush=True)
    for mutant in mutants:
        began = time.monotonic()
        answer = check(mutant)
        wrong += answer is not None
        verdict = "seen" if answer is None else "NOT SEEN"
        print(f"{verdict:<8} {time.monotonic() - began:5.1f} s  {mutant['name']}: {mutant['caught_by']}", flush=True)
        if answer is not None:
            print(answer, flush=True)
    print(f"{len(mutants)} faults, {wrong} not as they should be")
    return 1 if wrong or not mutants else 0


if __name__ == "__main__":
    sys.exit(main())
