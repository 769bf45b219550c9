/// Changes to files and to what the bag says of them.
enum BagAttacks {
  static let all = files + manifests + info + names

  private static let files: [Tamper] = [
    Tamper(
      "a bit of evidence flipped",
      [
        "manifest.changed": "data/evidence/okta/", "ledger.evidence-changed": "data/evidence/okta/",
        "oscal.digest": "assessment-results.xml", "package.digest": "package.xml",
      ]
    ) { try $0.flip(try $0.evidence("okta")) },
    Tamper(
      "evidence cut short",
      [
        "manifest.truncated": "data/evidence/jira/",
        "ledger.evidence-changed": "data/evidence/jira/",
        "oscal.digest": "assessment-results.xml", "oscal.size": "assessment-results.xml",
        "package.digest": "package.xml", "package.size": "package.xml",
        "bag-info.oxum": "bag-info.txt",
      ]
    ) {
      let path = try $0.evidence("jira")
      try $0.write(path, try $0.bytes(path).dropLast(20).map { $0 })
    },
    Tamper(
      "a row put into evidence",
      [
        "manifest.grown": "data/evidence/jira/", "ledger.evidence-changed": "data/evidence/jira/",
        "oscal.digest": "assessment-results.xml", "oscal.size": "assessment-results.xml",
        "package.digest": "package.xml", "package.size": "package.xml",
        "bag-info.oxum": "bag-info.txt",
      ]
    ) {
      let path = try $0.evidence("jira")
      try $0.write(path, try $0.read(path) + "CHG-4,dee,ann\n")
    },
    Tamper(
      "a file emptied",
      ["manifest.truncated": "reperform/README.txt", "bag-info.oxum": "bag-info.txt"]
    ) { try $0.write("data/reperform/README.txt", "") },
    Tamper(
      "the end of a page cut off",
      ["manifest.truncated": "data/kpis.html", "bag-info.oxum": "bag-info.txt"]
    ) { try $0.write("data/kpis.html", try $0.bytes("data/kpis.html").dropLast(9).map { $0 }) },
    Tamper("a bit of a script flipped", ["manifest.changed": "reperform/controls.sql"]) {
      try $0.flip("data/reperform/controls.sql")
    },
    Tamper(
      "evidence removed",
      [
        "manifest.missing": "data/evidence/pager/", "ledger.evidence-missing": "ledger.jsonl:3",
        "oscal.dangling": "assessment-results.xml", "bag-info.oxum": "bag-info.txt",
        "package.file": "package.xml",
      ]
    ) { try $0.remove(try $0.evidence("pager")) },
    Tamper(
      "a workpaper added",
      ["manifest.added": "workpapers/extra.csv", "bag-info.oxum": "bag-info.txt"]
    ) { try $0.write("data/workpapers/extra.csv", "a,b\n1,2\n") },
    Tamper(
      "evidence added",
      [
        "manifest.added": "data/evidence/okta/", "ledger.unrecorded": "data/evidence/okta/",
        "bag-info.oxum": "bag-info.txt",
      ]
    ) { try $0.write("data/evidence/okta/0123456789ab-more.json", "{}") },
    Tamper(
      "a workpaper renamed",
      [
        "manifest.renamed": "deviations.csv", "layout.missing": "deviations.csv",
        "workpapers.missing": "deviations.csv", "pages.missing-target": "data/index.html",
      ]
    ) { try $0.move("data/workpapers/deviations.csv", to: "data/workpapers/deviation.csv") },
    Tamper(
      "the bytes of two items of evidence swapped",
      [
        "manifest.swapped": "data/evidence/jira/", "ledger.evidence-changed": "data/evidence/okta/",
        "oscal.digest": "assessment-results.xml", "oscal.size": "assessment-results.xml",
        "package.digest": "package.xml", "package.size": "package.xml",
      ]
    ) {
      let (one, two) = (try $0.evidence("jira"), try $0.evidence("okta"))
      let bytes = try $0.bytes(one)
      try $0.write(one, try $0.bytes(two))
      try $0.write(two, bytes)
    },
    Tamper(
      "a file overwritten with another one of the package",
      ["manifest.copied": "reperform/README.txt", "bag-info.oxum": "bag-info.txt"]
    ) { try $0.write("data/reperform/README.txt", try $0.bytes("data/reperform/controls.sql")) },
    Tamper(
      "a tag file added", ["tagmanifest.added": "notes.txt"]
    ) { try $0.write("notes.txt", "read me") },
    Tamper(
      "a list of files to fetch added", ["tagmanifest.added": "fetch.txt"]
    ) { try $0.write("fetch.txt", "https://example.com/x 1 data/x\n") },
    Tamper(
      "the first page changed", ["tagmanifest.changed": "START-HERE.html"]
    ) { try $0.replace("START-HERE.html", "Start here", "Start there") },
    Tamper(
      "the first page removed",
      ["tagmanifest.missing": "START-HERE.html", "layout.missing": "START-HERE.html"]
    ) { try $0.remove("START-HERE.html") },
    Tamper(
      "the database left out", .all,
      [
        "layout.missing": "records.sqlite", "records.missing": "records.sqlite",
      ]
    ) { try $0.remove("data/reperform/records.sqlite") },
    Tamper(
      "a control's page left out", .all,
      [
        "layout.missing": "controls/IAM-04.html", "pages.missing-target": "data/index.html",
      ]
    ) { try $0.remove("data/controls/IAM-04.html") },
  ]

  private static let manifests: [Tamper] = [
    Tamper(
      "a line taken out of the manifest", .tags, ["manifest.added": "reperform/README.txt"]
    ) { try $0.editManifest { $0.filter { !$0.hasSuffix("README.txt") } } },
    Tamper(
      "a digest changed in the manifest",
      ["manifest.changed": "data/kpis.html", "tagmanifest.changed": "manifest-sha256.txt"]
    ) {
      try $0.editManifest {
        $0.map {
          $0.hasSuffix("kpis.html") ? String(repeating: "0", count: 64) + $0.dropFirst(64) : $0
        }
      }
    },
    Tamper("a line of the manifest repeated", .tags, ["manifest.duplicate": "manifest-sha256.txt"])
    {
      try $0.editManifest { $0 + [$0[0]] }
    },
    Tamper(
      "a line of the manifest spoilt", .tags,
      [
        "manifest.malformed": "manifest-sha256.txt:1", "manifest.added": "data/check.json",
      ]
    ) { try $0.editManifest { ["x" + $0[0]] + $0.dropFirst() } },
    Tamper(
      "a path in the manifest that leaves the bag", .tags,
      [
        "manifest.malformed": "manifest-sha256.txt"
      ]
    ) { try $0.editManifest { $0 + ["\($0[0].prefix(64))  data/../../etc/passwd"] } },
    Tamper(
      "the end of the manifest cut off", .tags,
      [
        "manifest.malformed": "manifest-sha256.txt", "manifest.renamed": "tsc-catalog.xm",
      ]
    ) {
      try $0.write(
        "manifest-sha256.txt", try $0.bytes("manifest-sha256.txt").dropLast(2).map { $0 })
    },
    Tamper("a tag file listed in the manifest", .tags, ["manifest.misplaced": "bagit.txt"]) {
      try $0.editManifest { $0 + ["\($0[0].prefix(64))  bagit.txt"] }
    },
    Tamper(
      "the manifest removed",
      [
        "manifest.missing": "manifest-sha256.txt", "tagmanifest.missing": "manifest-sha256.txt",
        "layout.missing": "manifest-sha256.txt",
      ]
    ) { try $0.remove("manifest-sha256.txt") },
    Tamper(
      "the tag manifest removed",
      [
        "tagmanifest.missing": "tagmanifest-sha256.txt", "layout.missing": "tagmanifest-sha256.txt",
        "signature.missing": "tagmanifest-sha256.txt",
      ]
    ) { try $0.remove("tagmanifest-sha256.txt") },
    Tamper("a line taken out of the tag manifest", ["tagmanifest.added": "START-HERE.html"]) {
      let lines = try $0.read("tagmanifest-sha256.txt").split(separator: "\n").dropFirst()
      try $0.write("tagmanifest-sha256.txt", lines.joined(separator: "\n") + "\n")
      try $0.sign(try Sample.keys.key)
    },
  ]

  private static let info: [Tamper] = [
    Tamper("the declaration of the bag changed", .tags, ["bagit.declaration": "bagit.txt"]) {
      try $0.replace("bagit.txt", "1.0", "0.9")
    },
    Tamper("the organization changed", .tags, ["bag-info.organization": "bag-info.txt"]) {
      try $0.setLabel("Source-Organization", "Other Shop Inc.")
    },
    Tamper("the payload's total changed", .tags, ["bag-info.oxum": "bag-info.txt"]) {
      try $0.setLabel("Payload-Oxum", "12.3")
    },
    Tamper("the period moved", .tags, ["bag-info.period": "bag-info.txt"]) {
      try $0.setLabel("Vouch-Period-Start", "2026-04-01T00:00:00Z")
    },
    Tamper(
      "the package passed off as the next period's", .tags,
      ["bag-info.identifier": "bag-info.txt", "package.head": "package.xml"]
    ) {
      try $0.setLabel("External-Identifier", "example-shop-soc2-2026-Q4")
    },
    Tamper("the bagging date moved", .tags, ["bag-info.date": "bag-info.txt"]) {
      try $0.setLabel("Bagging-Date", "2026-09-30")
    },
    Tamper(
      "the state invented", .tags,
      ["bag-info.status": "bag-info.txt", "package.head": "package.xml"]
    ) {
      try $0.setLabel("Vouch-Status", "ALL GOOD")
    },
    Tamper(
      "the digest of the rules spoilt", .tags,
      ["bag-info.rules": "bag-info.txt", "package.head": "package.xml"]
    ) {
      try $0.setLabel("Vouch-Rules-Digest", "none")
    },
    Tamper("a label taken out", .tags, ["bag-info.missing-label": "bag-info.txt"]) {
      try $0.replace("bag-info.txt", "Vouch-Status: INCOMPLETE\n", "")
    },
    Tamper("a label given twice", .tags, ["bag-info.repeated-label": "bag-info.txt"]) {
      try $0.replace("bag-info.txt", "Vouch-Status:", "Vouch-Status: COMPLETE\nVouch-Status:")
    },
    Tamper("a line without label", .tags, ["bag-info.malformed": "bag-info.txt:1"]) {
      try $0.write("bag-info.txt", "what is this\n" + (try $0.read("bag-info.txt")))
    },
  ]

  private static let names: [Tamper] = [
    Tamper("two names that differ in case", .all, ["names.collision": "deviations.csv"]) {
      try $0.write("data/workpapers/Deviations.csv", "control,item,attribute\n")
    },
    Tamper("two folders that differ in case", .all, ["names.collision": "data/workpapers"]) {
      try $0.write("data/Workpapers/more.csv", "a\n")
    },
    Tamper(
      "a name that Windows cuts", .all,
      [
        "names.unsafe": "more.csv.", "pages.unexpected": "more.csv.",
      ]
    ) { try $0.write("data/workpapers/more.csv.", "a\n") },
    // `zip` marks such a name in more than one way, which a package's zip must not have.
    Tamper(
      "a name that turns the direction of writing", .all, ["names.unsafe": "vsc.exe"],
      isForZip: false
    ) {
      try $0.write("data/workpapers/\u{202E}vsc.exe.csv", "a\n")
    },
    Tamper(
      "a name with a backslash",
      [
        "names.unsafe": "..\\more.csv", "manifest.added": "more.csv",
        "bag-info.oxum": "bag-info.txt",
      ], isForZip: false
    ) { try $0.write("data/workpapers/..\\more.csv", "a\n") },
    Tamper(
      "a link instead of evidence",
      [
        "names.link": "data/evidence/okta/", "manifest.missing": "data/evidence/okta/",
        "ledger.evidence-missing": "ledger.jsonl:2", "oscal.dangling": "assessment-results.xml",
        "bag-info.oxum": "bag-info.txt", "package.file": "package.xml",
      ], isForZip: false
    ) {
      let path = try $0.evidence("okta")
      try $0.remove(path)
      try Shell.run(["ln", "-s", "/etc/hostname", $0.place(path)])
    },
    Tamper("a link to a folder", ["names.link": "data/more"], isForZip: false) {
      try Shell.run(["ln", "-s", "/etc", $0.place("data/more")])
    },
    Tamper("a named pipe", ["names.special": "data/pipe"], isForZip: false) {
      try Shell.run(["mkfifo", $0.place("data/pipe")])
    },
    Tamper("a name that is no text", ["names.encoding": "data/"], isForZip: false) {
      try Shell.run(["sh", "-c", "printf x > \"$(printf 'data/caf\\351.csv')\""], in: $0.root)
    },
    Tamper("a file of a kind that runs", .all, ["pages.unexpected": "data/run.js"]) {
      try $0.write("data/run.js", "alert(1)")
    },
  ]
}

extension Sample {
  fileprivate func editManifest(_ edit: ([String]) -> [String]) throws {
    let lines = try read("manifest-sha256.txt").split(separator: "\n").map(String.init)
    try write("manifest-sha256.txt", edit(lines).joined(separator: "\n") + "\n")
  }
}
