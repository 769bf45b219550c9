import Foundation
import VouchModel

/// Writes the sample package: three evaluated controls and one that is scoped out, at a made-up
/// company.
struct SampleBuilder {
  /// The untouched package, made once.
  static let shared = Result {
    let folder = try TemporaryFolder()
    let root = "\(folder.path)/\(Sample.name)"
    try SampleBuilder(root: root).build()
    return folder
  }

  private let root: String

  private func write(_ path: String, _ text: String) throws {
    let url = URL(fileURLWithPath: "\(root)/\(path)")
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  private func build() throws {
    let evidence = try writeEvidence()
    try write("data/check.json", try SampleCheck.json())
    try writePages()
    try write("data/reperform/templates/controls/IAM-04.yaml", Self.rule)
    let rule = try Self.digest(of: Self.rule)
    for (name, text) in SampleXML.documents(evidence: evidence, rule: rule) {
      try write("data/xml/\(name)", text)
      if name.hasPrefix("package.") { continue }
      let json = try SampleJSON.text(of: text)
      try write("data/oscal-json/\(name.dropLast(4)).json", json)
    }
    try writeWorkpapers()
    try writeReperform(evidence)
    try Self.seal(root, key: SampleKeys.shared.get().key)
  }

  private static let rule = "id: IAM-04\nattributes: []\n"

  // MARK: Evidence

  /// Writes evidence and ledger; gives path, digest and size of each file.
  private func writeEvidence() throws -> [SampleEvidence] {
    let content: [(source: String, name: String, text: String)] = [
      ("jira", "changes.csv", "key,author,approver\nCHG-1,ann,bob\nCHG-2,bob,cid\nCHG-3,cid,ann\n"),
      (
        "okta", "users (all).json",
        "[{\"id\":\"u1\"},{\"id\":\"u2\"},{\"id\":\"u3\"},{\"id\":\"u4\"}]\n"
      ),
      ("pager", "incidents.json", "{\"incidents\":[]}\n"),
    ]
    var files: [SampleEvidence] = []
    var lines: [String] = []
    for (index, item) in content.enumerated() {
      let digest = try Self.digest(of: item.text)
      let safe = item.name.map { $0.isLetter || $0.isNumber || ".-_".contains($0) ? $0 : "_" }
      let path = "data/evidence/\(item.source)/\(digest.prefix(12))-\(String(safe))"
      try write(path, item.text)
      files.append(
        SampleEvidence(
          number: index + 1, path: path, digest: digest, size: item.text.utf8.count,
          records: index + 3))
      lines.append(
        """
        {"seq":\(lines.count + 1),"prev":"","kind":"preserved","sha256":"\(digest)",\
        "size":\(item.text.utf8.count),"source":"\(item.source)","transport":"file",\
        "endpoint":"inbox/\(item.name)","name":"\(item.name)","query":"","parameters":{},\
        "operator":"collector","host":"vm1","collector":"vouch 0.1.0",\
        "collected_at":"2026-09-0\(index + 1)T06:00:00Z"}
        """)
    }
    lines.append(
      """
      {"seq":4,"prev":"","kind":"failed","source":"nessus","transport":"http","endpoint":"scan",\
      "name":"","query":"","parameters":{},"operator":"collector","host":"vm1",\
      "collector":"vouch 0.1.0","collected_at":"2026-09-04T06:00:00Z","error":"timed out"}
      """)
    // The same bytes, collected once more.
    lines.append(
      lines[2].replacingOccurrences(of: "\"seq\":3", with: "\"seq\":5")
        .replacingOccurrences(of: "2026-09-03", with: "2026-09-05"))
    try write("bag-info.txt", Self.bagInfo)
    try Self.writeLedger(lines, in: root)
    return files
  }

  private static func digest(of text: String) throws -> String {
    let folder = try TemporaryFolder()
    try text.write(toFile: "\(folder.path)/text", atomically: true, encoding: .utf8)
    return String(try Shell.run(["sha256sum", "text"], in: folder.path).prefix(64))
  }

  /// Writes the ledger with its chain, and names the chain's end in `bag-info.txt`.
  static func writeLedger(
    _ lines: [String], in root: String, from start: String = String(repeating: "0", count: 64)
  ) throws {
    var previous = start
    var chained: [String] = []
    for line in lines {
      let start = line.range(of: "\"prev\":\"")
      guard let start, let end = line[start.upperBound...].firstIndex(of: "\"") else {
        throw Shell.Failure(description: "a line has no prev")
      }
      let line = line.replacingCharacters(in: start.upperBound..<end, with: previous)
      chained.append(line)
      previous = try digest(of: line)
    }
    let url = URL(fileURLWithPath: "\(root)/data/evidence/ledger.jsonl")
    try Data(chained.map { $0 + "\n" }.joined().utf8).write(to: url)
    try setLabel("Vouch-Ledger-Entries", "\(lines.count)", in: root)
    try setLabel("Vouch-Ledger-Head", previous, in: root)
  }

  // MARK: Tag files

  private static let bagInfo = """
    Source-Organization: Example Shop Inc.
    Bagging-Date: 2026-10-01
    External-Identifier: \(Sample.name)
    Bag-Software-Agent: vouch 0.1.0
    Vouch-Period-Start: 2026-07-01T00:00:00Z
    Vouch-Period-End: 2026-10-01T00:00:00Z
    Vouch-As-Of: 2026-10-01T00:00:00Z
    Vouch-Status: INCOMPLETE
    Vouch-Rules-Digest: \(String(repeating: "ab", count: 32))
    Vouch-Ledger-Entries: 0
    Vouch-Ledger-Head: -
    Payload-Oxum: 0.0

    """

  static func setLabel(_ label: String, _ value: String, in root: String) throws {
    let path = "\(root)/bag-info.txt"
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    let changed = lines.map { $0.hasPrefix("\(label): ") ? "\(label): \(value)" : String($0) }
    try (changed.joined(separator: "\n") + "\n").write(
      toFile: path, atomically: true, encoding: .utf8)
  }

  /// Payload-Oxum, both manifests and the signature, with the tools of a Unix system.
  static func seal(_ root: String, key: String) throws {
    let sizes = try Shell.run(
      ["sh", "-c", "find data -type f -exec wc -c {} + | grep -v ' total$'"], in: root
    )
    .split(separator: "\n").compactMap { $0.split(separator: " ").first.flatMap { Int($0) } }
    try setLabel("Payload-Oxum", "\(sizes.reduce(0, +)).\(sizes.count)", in: root)
    if !FileManager.default.fileExists(atPath: "\(root)/bagit.txt") {
      try "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n".write(
        toFile: "\(root)/bagit.txt", atomically: true, encoding: .utf8)
    }
    try Shell.run(
      [
        "sh", "-c",
        "find data -type f | LC_ALL=C sort | tr '\\n' '\\0' | xargs -0 sha256sum > manifest-sha256.txt",
      ], in: root)
    try sealTags(root, key: key)
  }

  /// The tag manifest over what is there, and its signature.
  static func sealTags(_ root: String, key: String) throws {
    let files = ["START-HERE.html", "bag-info.txt", "bagit.txt", "manifest-sha256.txt"]
      .filter { FileManager.default.fileExists(atPath: "\(root)/\($0)") }
    let lines = try Shell.run(["sha256sum"] + files, in: root)
    try lines.write(toFile: "\(root)/tagmanifest-sha256.txt", atomically: true, encoding: .utf8)
    try sign(root, key: key)
  }

  static func sign(_ root: String, key: String, purpose: String = "vouch-package") throws {
    try? FileManager.default.removeItem(atPath: "\(root)/tagmanifest-sha256.txt.sig")
    try Shell.run(
      ["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", purpose, "tagmanifest-sha256.txt"],
      in: root)
  }

  // MARK: Pages, workpapers, records

  private func page(_ title: String, _ body: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'">
    <title>\(title)</title>
    <style>table { border: 1px solid } .fail::before { content: "\\2717" }</style>
    </head>
    <body>
    <main id="main">
    \(body)
    </main>
    </body>
    </html>

    """
  }

  private func writePages() throws {
    let controls = SampleCheck.controls
    let list = controls.map {
      """
      <tr id="row-\($0.id)"><td><a href="controls/\($0.id).html#top">\($0.id)</a></td>
      <td data-figure="\($0.id).verdict"><strong>\($0.words)</strong></td></tr>
      """
    }.joined(separator: "\n")
    try write(
      "START-HERE.html", page("Start here", "<p><a href=\"data/index.html#main\">Go on</a></p>"))
    try write(
      "data/index.html",
      page(
        "Overview",
        """
        <p>INCOMPLETE: nessus failed.</p>
        <table>\(list)</table>
        <p><a href="criteria.html#CC6.2">Criteria</a> <a href="kpis.html">KPIs</a>
        <a href="evidence.html">Evidence</a> <a href="requests.html">Requests</a>
        <a href="waivers.html">Waivers</a> <a href="workpapers/deviations.csv">CSV</a>
        <a href="https://www.rfc-editor.org/rfc/rfc8493">BagIt</a></p>
        """))
    let criteria = SampleCheck.criteria.map {
      "<tr id=\"\($0.id)\"><td>\($0.id)</td><td data-figure=\"\($0.id).verdict\">\($0.verdict)</td></tr>"
    }
    try write(
      "data/criteria.html", page("Criteria", "<table>\(criteria.joined(separator: "\n"))</table>"))
    for name in ["kpis", "evidence", "requests", "waivers"] {
      try write("data/\(name).html", page(name, "<p><a href=\"index.html\">Overview</a></p>"))
    }
    for control in controls {
      let id = control.id
      try write(
        "data/controls/\(id).html",
        page(
          id,
          """
          <h1 id="top">\(id) &amp; what was found</h1>
          <p>Verdict <span data-figure="\(id).verdict">\(control.words)</span>,
          population <span data-figure="\(id).population">\(control.population)</span>,
          deviations <span data-figure="\(id).deviations">\(control.deviations)</span>,
          unknown <span data-figure="\(id).unknown">\(control.unknown)</span>,
          waived <span data-figure="\(id).waived">\(control.waived)</span></p>
          <svg viewBox="0 0 10 10"><defs><pattern id="hatch"></pattern></defs>
          <rect width="10" height="10" fill="url(#hatch)"/></svg>
          <p><a href="../index.html#row-\(id)">Back</a></p>
          """))
    }
  }

  /// With byte order mark and CRLF, as spreadsheets want them.
  private func writeTable(_ path: String, _ rows: [String]) throws {
    try write(path, "\u{FEFF}" + rows.map { $0 + "\r\n" }.joined())
  }

  private func writeWorkpapers() throws {
    var deviations = ["Control,Title,Item,Attribute,Result,Decides,Place"]
    var matrix = ["Control,Title,Population,Deviations,Unknown,Waived,Management's result"]
    for control in SampleCheck.controls {
      matrix.append(
        "\(control.id),\"Title, of \(control.id)\",\(control.population),\(control.deviations),"
          + "\(control.unknown),\(control.waived),\(control.words)")
      for item in control.items {
        // As a spreadsheet has to be protected from it.
        let cell = item.item.hasPrefix("=") ? "\"'\(item.item)\"" : item.item
        deviations.append("\(control.id),Title,\(cell),\(item.attribute),\(item.result),true,L1")
        deviations.append("\(control.id),Title,\(cell),Z,unknown,false,L1")
      }
      if control.verdict == "not_applicable" { continue }
      let rows = (0..<control.population).map { "i\($0),true,\"two\nlines\"" }
      try writeTable("data/workpapers/populations/\(control.id).csv", ["item,A,note"] + rows)
    }
    try writeTable("data/workpapers/deviations.csv", deviations)
    try writeTable("data/workpapers/control-matrix.csv", matrix)
    try write("data/workpapers/workbook.xlsx", "PK, a workbook")
  }

  private func writeReperform(_ evidence: [SampleEvidence]) throws {
    var expected: [String] = []
    for control in SampleCheck.controls where control.verdict != "not_applicable" {
      let head = "\"\(control.id)\",\"2026-Q3\""
      expected.append(
        "\(head),\"verdict\",\"\(control.verdict)\",\(control.population),\(control.deviations),"
          + "\(control.unknown),\(control.waived)")
      for item in control.items {
        let key = item.item.replacingOccurrences(of: "\n", with: " ")
        expected.append("\(head),\"\(item.attribute)\",\"\(item.result)\",\"\(key)\",\"\"")
      }
    }
    try write("data/reperform/expected.csv", expected.map { $0 + "\n" }.joined())
    try write(
      "data/reperform/controls.sql", "SELECT control, verdict FROM conclusion ORDER BY 1;\n")
    try write("data/reperform/README.txt", "sqlite3 records.sqlite < controls.sql\n")
    try write("data/reperform/config/vouch.yaml", "organization: Example Shop Inc.\n")
    try write(
      "data/reperform/templates/page.html", "<script>{{> a template is no page }}</script>\n")
    let rows = (0..<200).map {
      "INSERT INTO account VALUES('u\($0)', '\(String(repeating: "x", count: 40))');"
    }
    let items = evidence.map {
      "INSERT INTO evidence_item VALUES(\($0.number), '\($0.digest)', \($0.records));"
    }
    try Shell.run(
      [
        "sqlite3", "\(root)/data/reperform/records.sqlite",
        "PRAGMA page_size = 1024; CREATE TABLE account(id TEXT PRIMARY KEY, note TEXT);"
          + "CREATE TABLE evidence_item(evidence INTEGER PRIMARY KEY, sha256 TEXT, record_count INTEGER);"
          + "BEGIN;" + rows.joined() + items.joined() + "COMMIT;",
      ])
  }
}

/// A file of evidence in the sample.
struct SampleEvidence {
  /// Number of its entry in the ledger.
  let number: Int
  let path: String
  let digest: String
  let size: Int
  let records: Int
}
