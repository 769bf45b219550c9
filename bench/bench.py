"""Times Vouch against other tools as whole processes: wall time and peak memory, medians, ratios."""
import os, re, shutil, statistics, subprocess, time, venv

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VOUCH = os.path.join(ROOT, ".build/release/vouch")
WORK = os.path.join(ROOT, ".build/bench")
RUNS = int(os.environ.get("RUNS", "5"))
SIZES = [int(s) for s in os.environ.get("SIZES", "300 1200").split()]
ROWS = []


def measured(argv, ok=(0,), prepare=None, cwd=ROOT):
    """Medians over RUNS after one run that is not counted."""
    walls, peaks = [], []
    for turn in range(RUNS + 1):
        if prepare:
            prepare()
        log = os.path.join(WORK, "time.txt")
        start = time.perf_counter()
        status = subprocess.run(["/usr/bin/time", "-f", "%M", "-o", log] + argv, cwd=cwd,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
        wall = time.perf_counter() - start
        if status not in ok:
            raise SystemExit(f"{argv[0]} ended with status {status}: {' '.join(argv)}")
        if turn:
            walls.append(wall)
            peaks.append(int(open(log).read().split()[-1]) / 1024)
    return statistics.median(walls), statistics.median(peaks)


def row(work, wall, peak, against, other, goal, ratio=None):
    ratio = ratio if ratio is not None else wall / other
    ROWS.append((work, f"{wall:.2f} s", f"{peak:.0f} MB", against, f"{other:.2f} s", f"{ratio:.2f}", goal))
    print("  ".join(ROWS[-1]), flush=True)


def nessus(size):
    path = os.path.join(WORK, f"scan-{size}.nessus")
    if not os.path.exists(path):
        subprocess.run([VOUCH, "demo", "--nessus", str(size), path], check=True)
    return path


def workspace(path):
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    subprocess.run([VOUCH, "init", path], check=True, stderr=subprocess.DEVNULL)
    text = open(path + "/vouch.yaml").read().replace("file: evidence/inbox/*", "file: evidence/inbox/*\n    zone: UTC")
    open(path + "/vouch.yaml", "w").write(text)


def reading():
    for size in SIZES:
        path = nessus(size)
        xmllint, _ = measured(["xmllint", "--huge", "--sax", "--noout", path])
        wall, peak = measured([VOUCH, "demo", "--read", path])
        row(f"read {size} MB .nessus, every field kept", wall, peak, "xmllint --sax", xmllint, "<= 1.3 x")
        space = os.path.join(WORK, "collect")

        def fresh():
            workspace(space)
            os.link(path, space + "/evidence/inbox/scan.nessus")

        wall, peak = measured([VOUCH, "collect", "--quiet", "--workspace", space], ok=(0, 1), prepare=fresh)
        row(f"collect {size} MB .nessus", wall, peak, "xmllint --sax", xmllint, "<= 1.5 x, 150 MB")


READERS = {
    "nessus-file-reader": "import sys, nessus_file_reader as n\nr = n.file.nessus_scan_file_root_element(sys.argv[1])\n"
    "for h in n.scan.report_hosts(r):\n  for i in n.host.report_items(h): n.plugin.report_item_value(i, 'pluginID'); n.plugin.report_item_value(i, 'severity')\n",
    "python-libnessus": "import sys\nfrom libnessus.parser import NessusParser\nr = NessusParser.parse_fromfile(sys.argv[1])\n"
    "for h in r.hosts:\n  for v in h.get_report_items: v.plugin_id, v.severity\n",
    "lxml iterparse": "import sys\nfrom lxml import etree\nfor _, e in etree.iterparse(sys.argv[1], tag='ReportItem', huge_tree=True):\n"
    "  e.get('pluginID'), e.get('severity'); [c.text for c in e]; e.clear()\n",
}


def peers():
    home = os.path.join(ROOT, ".build/bench-venv")
    if not os.path.exists(home):
        venv.create(home, with_pip=True)
        subprocess.run([home + "/bin/pip", "install", "-q", "nessus-file-reader", "python-libnessus", "lxml"], check=True)
    path = nessus(100)
    wall, peak = measured([VOUCH, "demo", "--read", path])
    for name, script in READERS.items():
        try:
            other, _ = measured([home + "/bin/python", "-c", script, path])
        except SystemExit as problem:
            print(f"{name}: {problem}")
            continue
        row("list all findings of 100 MB", wall, peak, name, other,
            ">= 5 x faster" if "lxml" in name else ">= 20 x faster", other / wall)


def commands():
    wall, peak = measured([VOUCH, "--help"])
    row("vouch --help", wall, peak, "20 ms", 0.020, "<= 20 ms")


def controls():
    listed = subprocess.run([VOUCH, "controls", "list"], capture_output=True, text=True).stdout
    return sorted(set(re.findall(r"^([A-Z]+-\d+)\b", listed, re.M)))


def packages():
    space = os.path.join(WORK, "company")
    if not os.path.exists(space):
        subprocess.run(["python3", os.path.join(ROOT, "bench/company.py"), space] + controls(), check=True)
        subprocess.run([VOUCH, "collect", "--quiet", "--workspace", space], stdout=subprocess.DEVNULL)

    def forgotten():
        subprocess.run(["sqlite3", space + "/.vouch/records.sqlite", "DELETE FROM meta WHERE key = 'derived'"], check=True)

    wall, peak = measured([VOUCH, "check", "--quiet", "--workspace", space], ok=(0, 1), prepare=forgotten)
    row("first check after collect, 1 million findings", wall, peak, "goal", 10, "")
    wall, peak = measured([VOUCH, "check", "--quiet", "--workspace", space], ok=(0, 1))
    row("check, 1 million findings", wall, peak, "goal", 10, "<= 10 s, 300 MB")
    objects = subprocess.run(["find", space + "/evidence/objects", "-type", "f"], capture_output=True, text=True).stdout.split()
    target = os.path.join(WORK, "evidence.zip")

    def clean():
        if os.path.exists(target):
            os.remove(target)

    hashing, _ = measured(["sha256sum"] + objects)
    zipping, _ = measured(["zip", "-q", "-6", target] + objects, prepare=clean)
    wall, peak = measured([VOUCH, "bundle", "--quiet", "--workspace", space], ok=(0, 1))
    row("bundle", wall, peak, "sha256sum + zip -6", hashing + zipping, "<= 0.7 x, 300 MB")
    package = next(os.path.join(space, "output", n) for n in os.listdir(space + "/output") if not n.endswith(".zip") and n != "README.md")
    other, _ = measured(["sh", "-c", "sha256sum --quiet -c manifest-sha256.txt"], cwd=package)
    wall, peak = measured([VOUCH, "verify", "--quiet", package])
    row("verify", wall, peak, "sha256sum -c", other, "<= 0.4 x")
    bagit = shutil.which("bagit.py")
    if bagit:
        peer, _ = measured([bagit, "--validate", "--quiet", package])
        row("verify", wall, peak, "bagit.py --validate", peer, "<= 1 x")
    else:
        print("skipped: bagit.py is not installed (pip install bagit)")


# What the contract gives for auditree-framework 2.0 on such a machine: fetch and check.
AUDITREE = 28.6 + 64.8


def many():
    """1,000 files of 100 KB, each judged by a control of its own with a page of its own."""
    space = os.path.join(WORK, "many")

    def fresh():
        shutil.rmtree(space, ignore_errors=True)
        subprocess.run(["python3", os.path.join(ROOT, "bench/many.py"), space], check=True)

    collecting, peak = measured([VOUCH, "collect", "--quiet", "--workspace", space], prepare=fresh)
    checking, peak_2 = measured([VOUCH, "check", "--quiet", "--workspace", space], ok=(0, 1))
    row("collect and check, 1,000 files, 1,000 controls", collecting + checking, max(peak, peak_2),
        "auditree fetch and check (contract)", AUDITREE, ">= 50 x faster, 100 MB", AUDITREE / (collecting + checking))
    wall, peak = measured([VOUCH, "bundle", "--quiet", "--workspace", space], ok=(0, 1))
    row("bundle of the same, a page for each control", wall, peak, "auditree fetch and check (contract)", AUDITREE, "",
        AUDITREE / wall)


def scaling():
    """The same company at 1, 3 and 10 times the size: time grows with it, memory does not."""
    base = None
    for times in (1, 3, 10):
        space = os.path.join(WORK, f"scale-{times}")
        shutil.rmtree(space, ignore_errors=True)
        size = dict(os.environ, HOSTS=str(1000 * times), FINDINGS=str(100000 * times), OTHERS=str(10000 * times))
        subprocess.run(["python3", os.path.join(ROOT, "bench/company.py"), space] + controls(), check=True, env=size)
        subprocess.run([VOUCH, "collect", "--quiet", "--workspace", space], stdout=subprocess.DEVNULL)
        wall, peak = measured([VOUCH, "check", "--quiet", "--workspace", space], ok=(0, 1))
        base = base or wall
        row(f"check at {times} x, {times * 100},000 findings", wall, peak, "1 x", base, f"<= {times} x")
        shutil.rmtree(space)


def main():
    os.makedirs(WORK, exist_ok=True)
    print(f"medians of {RUNS} runs after one that is not counted, {os.cpu_count()} cores\n")
    commands()
    reading()
    if os.environ.get("BENCH_PEERS") == "1":
        peers()
    packages()
    many()
    scaling()
    heads = ("work", "wall", "peak", "against", "its wall", "ratio", "goal")
    widths = [max(len(r[i]) for r in ROWS + [heads]) for i in range(len(heads))]
    print("\n| " + " | ".join(h.ljust(w) for h, w in zip(heads, widths)) + " |")
    print("|" + "|".join("-" * (w + 2) for w in widths) + "|")
    for r in ROWS:
        print("| " + " | ".join(c.ljust(w) for c, w in zip(r, widths)) + " |")


main()
