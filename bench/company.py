"""Writes a large made-up company for measuring: HOSTS hosts, FINDINGS findings in weekly scans,
OTHERS other records, every control adopted. The same arguments give the same bytes."""
import os, random, sys, time, calendar

TARGET = sys.argv[1]
HOSTS = int(os.environ.get("HOSTS", "10000"))
FINDINGS = int(os.environ.get("FINDINGS", "1000000"))
OTHERS = int(os.environ.get("OTHERS", "100000"))
rng = random.Random(7)
START, END = calendar.timegm((2026, 7, 1, 0, 0, 0)), calendar.timegm((2026, 10, 1, 0, 0, 0))
PLUGINS = 5000


def iso(t):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))


def ctime(t):
    return time.strftime("%a %b %d %H:%M:%S %Y", time.gmtime(t))


WORDS = ("the remote host is missing security update for package that was found to be affected by several flaws when it "
         "parses crafted input an attacker could use to read memory cause crash or run code with rights of service "
         "vendor advisory lists versions which hold fix local user may also gain privileges through race in kernel "
         "handling of sockets files names and certificates note scanner relies on version number reported").split()


def prose(number, words):
    """Sentences that differ from plugin to plugin, as descriptions do."""
    own = random.Random(number)
    return " ".join(own.choice(WORDS) for _ in range(words)).capitalize() + "."


def plugin(number):
    """A ReportItem behind its port: the fields of a patch plugin, 1.4 kB (real exports have 4 to 12 kB an item)."""
    severity = 1 + number % 4
    cves = "".join(f"<cve>CVE-2026-{number * 3 + k:05}</cve>\n" for k in range(1 + number % 3))
    score, day = f"{2 * severity + 1}.0", f"2026/0{1 + number % 6}/{1 + number % 28:02}"
    return (f'protocol="tcp" severity="{severity}" pluginID="{200000 + number}" pluginName="Made-up weakness {number}" '
            f'pluginFamily="Ubuntu Local Security Checks">\n<agent>unix</agent>\n<cpe>p-cpe:/a:example:linux:pkg{number % 300}</cpe>\n{cves}'
            f"<cvss3_base_score>{score}</cvss3_base_score>\n<cvss3_vector>CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H</cvss3_vector>\n"
            f"<cvss_base_score>{score}</cvss_base_score>\n<description>{prose(number, 42)}</description>\n"
            f"<exploit_available>false</exploit_available>\n<fname>made_up_{200000 + number}.nasl</fname>\n"
            f"<patch_publication_date>{day}</patch_publication_date>\n<plugin_modification_date>{day}</plugin_modification_date>\n"
            f"<plugin_name>Made-up weakness {number}</plugin_name>\n<plugin_publication_date>{day}</plugin_publication_date>\n"
            f"<plugin_type>local</plugin_type>\n<risk_factor>High</risk_factor>\n<script_version>1.{number % 9}</script_version>\n"
            f"<see_also>https://advisories.example/USN-{number}</see_also>\n<solution>Update the package.</solution>\n"
            f"<synopsis>{prose(-number - 1, 12)}</synopsis>\n<xref>USN:{number}-1</xref>\n"
            f"<plugin_output>\n  - Installed package : pkg{number % 300}_1.{number % 17}.0-1ubuntu1\n"
            f"    Fixed package     : pkg{number % 300}_1.{number % 17}.0-1ubuntu1.{1 + number % 5}\n</plugin_output>\n</ReportItem>\n")


def scan(path, at, share):
    kinds = [plugin(n) for n in range(PLUGINS)]
    each = FINDINGS // HOSTS
    with open(path, "w") as out:
        out.write('<?xml version="1.0" ?>\n<NessusClientData_v2><Policy><policyName>weekly</policyName></Policy>\n'
                  '<Report name="all" xmlns:cm="http://www.nessus.org/cm">\n')
        for host in range(HOSTS):
            begin = at + host * 2
            out.write(f'<ReportHost name="h{host:05}.example"><HostProperties><tag name="Credentialed_Scan">true</tag>'
                      f'<tag name="HOST_START">{ctime(begin)}</tag><tag name="HOST_END">{ctime(begin + 600)}</tag></HostProperties>\n'
                      '<ReportItem port="0" protocol="tcp" severity="0" pluginID="19506" pluginName="Nessus Scan Information" '
                      'pluginFamily="Settings"><plugin_output>Information about this scan :\n\nNessus version : 10.8.3\n'
                      f"Plugin feed version : {time.strftime('%Y%m%d%H%M', time.gmtime(at - 86400))}\nScan policy used : weekly\n"
                      'Credentialed checks : yes</plugin_output></ReportItem>\n')
            for n in range(int(each * share)):
                out.write(f'<ReportItem port="{n % 3 * 443}" svc_name="www" {kinds[(host * 37 + n * 11) % PLUGINS]}')
            out.write("</ReportHost>\n")
        out.write("</Report></NessusClientData_v2>\n")


def register(name, columns, rows):
    with open(f"{TARGET}/evidence/inbox/{name}-2026-10-01.csv", "w") as out:
        out.write(",".join(columns) + "\n")
        for row in rows:
            out.write(",".join(str(x) for x in row) + "\n")


def moment(earliest=START - 40 * 86400):
    return rng.randrange(earliest, END)


def main():
    os.makedirs(TARGET + "/evidence/inbox")
    # Every host once a week. Most findings are fixed before the next scan, some late, a few are
    # open at the end; the shares make FINDINGS in all.
    shares = [0.60, 0.12, 0.07, 0.05, 0.035, 0.025, 0.02, 0.015, 0.015, 0.01, 0.01, 0.01, 0.01, 0.01]
    for week, share in enumerate(shares):
        scan(f"{TARGET}/evidence/inbox/scan-{week + 1:02}.nessus", START + (7 * week - 2) * 86400, share)
    part = OTHERS // 10
    register("asset", ["asset_id", "hostname", "kind", "environment", "in_scope", "owner_id", "first_seen"],
             ((f"h{n:05}", f"h{n:05}.example", "server", "production", "true", f"p-{n % 200}", "2025-01-01") for n in range(HOSTS)))
    register("person", ["person_id", "status", "hired_at"], ((f"p-{n}", "active", "2024-01-01") for n in range(part // 4)))
    register("account", ["source", "account_id", "person_id", "kind", "status", "interactive", "mfa_enrolled", "mfa_enforced", "privileged"],
             (("okta", f"u{n}", f"p-{n % (part // 4)}", "human", "active", "true", "true", "true", str(n % 40 == 0).lower()) for n in range(part)))
    def ticket(n):
        t = moment()
        done = t + rng.randrange(900, 12000 if n % 50 else 2000000)
        return ("jira", f"OPS-{n}", "issue", rng.choice(["critical", "high", "medium", "low"]), iso(t), iso(t + 600), iso(done) if done < END else "", "Done", "api", "[]")
    register("ticket", ["source", "ticket_id", "kind", "severity", "created_at", "acknowledged_at", "resolved_at", "status", "service", "severity_changes"],
             (ticket(n) for n in range(2 * part)))
    def patch(n):
        t = moment()
        return (f"h{n % HOSTS:05}", f"pkg{n % 300}", f"USN-{n // HOSTS}-{n % 300}", iso(t - 900000), iso(t), "package", "true", "true", "ivanti", f"CVE-2026-{n % 15000:05}")
    register("patch_event", ["asset_id", "package", "advisory", "released_at", "applied_at", "method", "rebooted", "standard_change", "source", "cves"],
             (patch(n) for n in range(part)))
    register("sensor", ["source", "asset_id", "kind", "last_event_at", "rules_updated_at", "max_gap_seconds", "mode", "detections", "detections_open", "at"],
             (("wazuh", f"h{n:05}", "hids", iso(END - 90000 - 3600 * (n % 40 == 0)), iso(END - 200000), 3600, "detect", 0, 0, iso(END - 86400)) for n in range(HOSTS)))
    register("metric", ["asset_id", "name", "t", "value"],
             ((f"h{n:05}", name, iso(START + 86400 * (n % 80)), (n % 70) / 100) for n in range(part) for name in ("cpu", "memory")))
    def change(n):
        t = moment()
        return ("infra", n, f"p-{n % 200}", iso(t), f"{n:040x}", "true", "false", f'"[{{""person_id"":""p-{(n + 1) % 200}"",""at"":{t - 600},""sha"":""{n:040x}""}}]"')
    register("change", ["repo", "change_id", "author_id", "merged_at", "merge_sha", "via_review", "emergency", "approvals"], (change(n) for n in range(part)))
    register("service", ["service_id", "name", "in_scope"], [("api", "API", "true"), ("web", "Web", "true")])
    register("probe", ["service", "source", "t", "up", "interval_s", "latency_ms"],
             ((("api", "web")[n % 2], "blackbox", iso(START + (n // 2) * 1500), str(n % 1999 != 0).lower(), 1500, 100 + n % 200) for n in range(part)))
    sources = f"  all:\n    file: evidence/inbox/*\n    zone: UTC\n"
    controls = "\n".join(f"  {name}: {{owner: p-1}}" for name in sys.argv[2:])
    open(TARGET + "/vouch.yaml", "w").write(
        "organization:\n  name: Large Example\nsystem:\n  name: Large Example\n  description: Everything in it is invented.\n"
        "zone: UTC\nperiod: 2026-Q3\ncategories: [security, availability, processing_integrity, confidentiality, privacy]\n"
        f"controls:\n{controls}\nsources:\n{sources}")


main()
