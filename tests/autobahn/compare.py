"""Compares a report of the Autobahn suite with the verdicts that are expected.

    compare.py INDEX.json EXPECTED.json all|part|wss-all|wss-part
    compare.py --select EXPECTED.json all|part|wss-all|wss-part

EXPECTED names every case of the suite and the one verdict that both its exchange and its closing must have. `part` leaves
out most of sections 12 and 13, whose sizes take minutes; `wss-` leaves out the sections that TLS does not concern. The
second form prints the cases, one a line. Exit status 0 only if all that were selected have run, and the verdicts are the
same, case for case.
"""

import json
import sys
from collections import Counter
from pathlib import Path


def order(case):
    return [int(part) for part in case.split(".")]


def selected(case, selection):
    section, *_, last = order(case)
    if selection.startswith("wss-") and section not in (1, 2, 7, 9, 12, 13):
        return False
    return selection.endswith("all") or section not in (12, 13) or last in (1, 2, 3, 11)


def main(index, expected, selection):
    wanted = json.loads(Path(expected).read_text())
    wanted = {case: verdict for case, verdict in wanted.items() if selected(case, selection)}
    if index == "--select":
        print("\n".join(wanted))
        return 0
    (results,) = json.loads(Path(index).read_text()).values()

    sections = {}
    complaints = []
    for case in sorted(wanted.keys() | results.keys(), key=order):
        result = results.get(case)
        verdict = (result["behavior"], result["behaviorClose"]) if result else ("NOT RUN", "NOT RUN")
        sections.setdefault(order(case)[0], Counter())[verdict[0]] += 1
        want = wanted.get(case, "no such case")
        if verdict != (want, want):
            complaints.append((case, want, verdict, result))

    for section, verdicts in sorted(sections.items()):
        told = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())
        print(f"  section {section:2}: {told}")
    for case, want, (behavior, closing), result in complaints:
        print(f"  {case}: expected {want}, got {behavior}, closing {closing}")
        report = Path(index).parent / result["reportfile"] if result else None
        if report and report.is_file():
            details = json.loads(report.read_text())
            print(f"      {details.get('expectation', '')}")
            print(f"      {details.get('result', '')}")
    total = len(wanted.keys() | results.keys())
    print(f"{total - len(complaints)} passed, {len(complaints)} failed")
    return 1 if complaints or not results else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
