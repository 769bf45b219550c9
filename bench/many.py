"""1,000 files of 100 KB and 1,000 controls, each of which judges one of them."""
import json, os, sys
TARGET = sys.argv[1]
COUNT = int(os.environ.get("COUNT", "1000"))
os.makedirs(TARGET + "/evidence/inbox")
for area in range(10):
    os.makedirs(f"{TARGET}/templates/controls/B{chr(65 + area)}")
controls = []


def name(n):
    return f"B{chr(65 + n // 100)}-{n % 100:02}"


for n in range(COUNT):
    rows = [{"host": f"h{n:04}-{k:03}", "key": "PermitRootLogin", "value": "passed" if (n + k) % 997 else "failed",
             "note": f"Made-up setting {k} of file {n}, read on the host itself."} for k in range(735)]
    with open(f"{TARGET}/evidence/inbox/settings-{n:04}-2026-09-30.json", "w") as out:
        json.dump(rows, out)
    controls.append(f"  {name(n)}: {{owner: p-1}}")
    with open(f"{TARGET}/templates/controls/{name(n)[:2]}/{name(n)}.yaml", "w") as out:
        out.write(f"""id: {name(n)}
title: Made-up control {n}
activity: Hosts of file {n} refuse root at their remote shell.
category: security
criteria: [CC6.1]
automation: full
nature: preventive
frequency: quarterly
sources: [settings]
requires: [compliance_check]
population:
  of: compliance_check
  where: every host of file {n}
  sql: SELECT asset_id AS item, evidence, place, result FROM compliance_check WHERE asset_id >= 'h{n:04}-' AND asset_id < 'h{n:04}.'
completeness: {{text: the file lists every host, by_construction: true}}
mode: full_population
attributes:
  - {{key: A, text: Root cannot log in, expr: result = 'passed'}}
empty: insufficient_evidence
max_gap_days: 100
means: Root can log in from outside.
fix: Set PermitRootLogin to no.
""")
open(TARGET + "/vouch.yaml", "w").write(
    "organization:\n  name: Many Files\nsystem:\n  name: Many Files\n  description: Everything in it is invented.\n"
    "zone: UTC\nperiod: 2026-Q3\ncategories: [security]\ncontrols:\n" + "\n".join(controls) +
    "\nsources:\n  settings:\n    file: evidence/inbox/*.json\n    format: table\n    record: compliance_check\n    zone: UTC\n"
    "    columns:\n      asset_id: host\n      check_id: key\n      result: value\n    constant: {scan_id: settings, source: openscap}\n")
