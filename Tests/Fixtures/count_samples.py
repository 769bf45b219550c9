#!/usr/bin/env python3
"""Counts what stands in real exports, with nothing of Vouch: python's own JSON, CSV and XML, and the tools' own words.

count_samples.py FOLDER   prints 'path|record type|number', a line each; 'observation' counts what a scanner saw.
"""
import csv
import io
import json
import os
import re
import sys
import xml.etree.ElementTree as ElementTree

ROOT = sys.argv[1]


def text(path):
    with open(os.path.join(ROOT, path), "rb") as file:
        return file.read().decode("utf-8-sig", "replace")


def load(path):
    return json.loads(text(path))


def rows(path):
    return list(csv.DictReader(io.StringIO(text(path))))


def tree(path):
    """All elements, names without their namespaces."""
    root = ElementTree.fromstring(text(path).encode())
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def count(path, kind, number):
    if os.path.exists(os.path.join(ROOT, path)):
        print(f"{path}|{kind}|{number()}")


def credential_report(path):
    return list(csv.DictReader(io.StringIO(load(path)["data"]["Content"])))


# Access
path = "access/aws-iam-account-authorization-details.json"
count(path, "account", lambda: len(load(path)["UserDetailList"]))
report = "access/aws-iam-credential-report.json"
count(report, "account", lambda: len(credential_report(report)))
count(report, "key", lambda: sum(r[f"access_key_{n}_last_rotated"] != "N/A" for r in credential_report(report) for n in (1, 2)))
users = "access/aws-iam-list-users.json"
count(users, "account", lambda: len(load(users)["data"]["Users"]))
virtual = "access/aws-iam-virtual-mfa-devices.json"
count(virtual, "account", lambda: len({d["User"]["Arn"] for d in load(virtual)["data"]["VirtualMFADevices"] if "User" in d}))
bamboo = "access/bamboohr-custom-report.json"
count(bamboo, "person", lambda: len({e["id"] for e in load(bamboo)["employees"]}))
scuba = "access/entra-scubagear-results.csv"
count(scuba, "compliance_check", lambda: len({r["Control ID"] for r in rows(scuba)}))
leavers = "access/hr-terminations.csv"
count(leavers, "person", lambda: len(rows(leavers)))
passwd = "access/passwd-centos7.txt"
count(passwd, "account", lambda: sum(line.count(":") == 6 for line in text(passwd).splitlines()))
people = "access/servicenow-sys_user-page2.json"
count(people, "account", lambda: len({u["sys_id"] for u in load(people)["result"]}))

# Backup
jobs = "backup/aws-backup-list-backup-jobs.json"
count(jobs, "backup_job", lambda: len(load(jobs)["BackupJobs"]))
points = "backup/aws-backup-recovery-points.json"
count(points, "backup_job", lambda: len(load(points).get("data", load(points))["RecoveryPoints"]))
pgbackrest = "backup/pgbackrest-info.json"
count(pgbackrest, "backup_job", lambda: sum(len(stanza["backup"]) for stanza in load(pgbackrest)))

# Firewalls and sensors
groups = "crypto-firewall-ids/aws-ec2-describe-security-groups.json"
count(
    groups,
    "rule",
    lambda: sum(
        len(p["IpRanges"]) + len(p.get("Ipv6Ranges", [])) + len(p["UserIdGroupPairs"]) + len(p.get("PrefixListIds", []))
        for g in load(groups).get("data", load(groups))["SecurityGroups"]
        for p in g["IpPermissions"] + g["IpPermissionsEgress"]
    ),
)
volumes = "crypto-firewall-ids/aws-ec2-describe-volumes.json"
count(volumes, "data_store", lambda: len(load(volumes).get("data", load(volumes))["Volumes"]))
listed = "crypto-firewall-ids/iptables-L-centos7.txt"


def verdicts():
    """Rules that decide, each as often as packets come to it from a chain of the kernel."""
    chains, name = {}, ""
    for line in text(listed).splitlines():
        if line.startswith("Chain "):
            name = line.split()[1]
            chains[name] = []
        elif line.strip() and not line.startswith("target "):
            chains[name].append(line.split()[0])

    def below(chain):
        return sum(1 if target in ("ACCEPT", "DROP", "REJECT") else below(target) if target in chains else 0 for target in chains[chain])

    return below("INPUT") + below("FORWARD") + below("OUTPUT")


count(listed, "rule", verdicts)
eve = "crypto-firewall-ids/suricata-eve.json"
count(eve, "alert", lambda: sum(json.loads(line)["event_type"] == "alert" for line in text(eve).splitlines() if line))
fast = "crypto-firewall-ids/suricata-fast.log"
count(fast, "alert", lambda: sum("[**]" in line for line in text(fast).splitlines()))
for name in ("nmap-1-host", "nmap-fullscan"):
    nmap = f"crypto-firewall-ids/{name}.xml"
    count(nmap, "host_sighting", lambda: sum(h.find("status").get("state") == "up" for h in tree(nmap).iter("host")))

# Nessus
def is_compliance(item):
    """One without an id cannot be told from others: it is refused, and counts nowhere."""
    return any(child.tag == "compliance-check-id" for child in item)


for name in (
    "compliance-stig-minimal",
    "compliance-tags-minimal",
    "defectdojo-with-cvssv3",
    "heimdall2-home-network",
    "ruby-nessus-example_v2",
    "ruby-nessus-example_v3",
):
    scan = f"nessus/{name}.nessus"
    count(scan, "scan_host", lambda: len({h.get("name") for h in tree(scan).iter("ReportHost")}))
    count(scan, "observation", lambda: sum(i.find("compliance-result") is None for i in tree(scan).iter("ReportItem")))
    count(scan, "compliance_check", lambda: sum(is_compliance(i) for i in tree(scan).iter("ReportItem")))
default = "nessus/csv-nessus-default.csv"
count(default, "observation", lambda: len({(r["Host"], r["Plugin ID"], r["Protocol"], r["Port"]) for r in rows(default)}))
count(default, "scan_host", lambda: len({r["Host"] for r in rows(default)}))
assets = "nessus/tenable-io-assets-chunk.json"
count(assets, "host_sighting", lambda: len(load(assets)))
vulns = "nessus/tenable-io-vulns-chunk.json"
count(vulns, "finding", lambda: sum(v["severity"] != "info" for v in load(vulns)))

# Development
merges = "sdlc/gitlab-merge-requests.json"
count(merges, "change", lambda: len(load(merges)))
junit = "sdlc/junit-nested-testsuites.xml"
count(junit, "test_run", lambda: sum(s.find("testcase") is not None for s in tree(junit).iter("testsuite")))


def place(result):
    where = (result.get("locations") or [{}])[0].get("physicalLocation", {})
    return where.get("artifactLocation", where.get("fileLocation", {})).get("uri")


for name in ("appendix_k", "bash-report", "dependency-check"):
    sarif = f"sdlc/sarif-{name}.sarif"
    # A rule counts once a file.
    count(sarif, "observation", lambda: len({(r.get("ruleId"), place(r)) for run in load(sarif)["runs"] for r in run.get("results") or []}))

# Tickets
issues = "ticketing/github-issues-pages.json"
count(issues, "ticket", lambda: len({i["number"] for page in load(issues) for i in (page if isinstance(page, list) else page.get("response", [])) if "pull_request" not in i}))
jira = "ticketing/jira-dc-search.json"
count(jira, "ticket", lambda: len(load(jira)["issues"]))
cloud = "ticketing/jira-cloud-export.csv"
count(cloud, "ticket", lambda: len(list(csv.reader(io.StringIO(text(cloud))))) - 1)
incidents = "ticketing/servicenow-incident.json"
count(incidents, "ticket", lambda: len(load(incidents)["result"]))
zendesk = "ticketing/zendesk-tickets.json"
count(zendesk, "ticket", lambda: len(load(zendesk)["tickets"]))

# Uptime
ranged = "uptime/prometheus-query_range.json"
count(ranged, "probe", lambda: sum(len(s["values"]) for s in load(ranged)["data"]["result"]))
instant = "uptime/prometheus-query.json"
count(instant, "probe", lambda: len(load(instant)["data"]["result"]))
for name in ("centos7", "centos7-wF", "ubuntu20-F"):
    last = f"uptime/last-{name}.txt"
    count(last, "reboot", lambda: sum(line.startswith("reboot ") for line in text(last).splitlines()))

# Scanners
for name in ("all-statuses", "alpine-310", "centos-7"):
    trivy = f"vulnerabilities/trivy-{name}.json"
    count(trivy, "observation", lambda: sum(len(r.get("Vulnerabilities") or []) for r in load(trivy)["Results"]))
legacy = "vulnerabilities/trivy-legacy.json"
count(legacy, "observation", lambda: sum(len(r.get("Vulnerabilities") or []) for r in load(legacy)))
for name in ("grype", "grype-epss"):
    grype = f"vulnerabilities/{name}.json"
    count(grype, "observation", lambda: len(load(grype)["matches"]))
wazuh = "vulnerabilities/wazuh-vulnerabilities-4.8.json"
count(wazuh, "observation", lambda: len(load(wazuh)["hits"]["hits"]))
ocsf = "vulnerabilities/prowler-aws.ocsf.json"
count(ocsf, "compliance_check", lambda: sum(len(f["resources"]) for f in load(ocsf)))
prowler = "vulnerabilities/prowler-aws.csv"
count(prowler, "compliance_check", lambda: len(list(csv.DictReader(io.StringIO(text(prowler)), delimiter=";"))))
for name in ("openvas-report", "openvas-report-v2"):
    openvas = f"vulnerabilities/{name}.xml"
    count(openvas, "observation", lambda: sum(r.find("nvt") is not None for r in tree(openvas).iter("result")))
table = "vulnerabilities/openvas.csv"
count(table, "observation", lambda: len(rows(table)))
xccdf = "vulnerabilities/xccdf-results-rhel7.xml"
count(xccdf, "compliance_check", lambda: sum(r.findtext("result") != "notselected" for r in tree(xccdf).iter("rule-result")))
lynis = "vulnerabilities/lynis-report.dat"
count(
    lynis,
    "compliance_check",
    # Tests that ran, were skipped or complain, each once.
    lambda: len(
        {t for line in text(lynis).splitlines() if re.match(r"tests_(executed|skipped)=", line) for t in line.partition("=")[2].split("|") if t}
        | {line.partition("=")[2].split("|")[0] for line in text(lynis).splitlines() if re.match(r"(warning|suggestion)\[\]=", line)}
    ),
)
inspec = "vulnerabilities/chef-inspec.log"
count(inspec, "compliance_check", lambda: sum(line.lstrip().startswith("{") for line in text(inspec).splitlines()))
qualys = "vulnerabilities/qualys-report.xml"
count(qualys, "scan_host", lambda: len({h.findtext("IP") for h in tree(qualys).iter("HOST")}))
count(qualys, "observation", lambda: sum(v.findtext("TYPE") != "Ig" for v in tree(qualys).iter("VULN_INFO")))
inspector = "vulnerabilities/securityhub-inspector.json"
count(inspector, "observation", lambda: len(load(inspector)["findings" if "findings" in load(inspector) else "Findings"]))
