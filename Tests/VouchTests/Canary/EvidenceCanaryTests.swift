import Foundation
import Testing
import VouchCollectors
import VouchModel
import VouchTestSupport
import VouchVerify

@testable import Vouch

/// Exports quote attackers. Poison is planted in every field of every format that takes text, in
/// file names, messages of programs and the configuration, collected, judged and packed; then
/// every output is searched for poison that does something.
///
/// `VOUCH_RECORD=1 swift test --filter EvidenceCanaryTests` finds the fields anew.
@Suite(.serialized) struct EvidenceCanaryTests {
  private static let made = Result { try Made() }

  /// The workspace, collected and bundled once for all tests.
  private final class Made: Sendable {
    let workspace: CanaryWorkspace
    let collected: Program.Result
    let bundled: Program.Result
    let package: String

    init() throws {
      if ProcessInfo.processInfo.environment["VOUCH_RECORD"] == "1" { try CarryingFields.record() }
      workspace = try CanaryWorkspace()
      collected = try workspace.vouch(["collect"])
      try #require(collected.status == 1, "\(collected.err.prefix(1000))")
      bundled = try workspace.vouch(["bundle"])
      try #require(bundled.status == 1, "\(bundled.err.prefix(1000))")
      package = workspace.path + "/output/canary-soc2-2026-Q3"
    }
  }

  @Test func everyFormatWithTextIsPlanted() throws {
    let fields = try CarryingFields()
    let planted = Set(fields.entries.map { String($0.fixture.prefix { $0 != "/" }) })
    for format in Collectors.all.map({ $0.format }) {
      #expect(
        planted.contains(format) || fields.silent.contains(format),
        "run VOUCH_RECORD=1 swift test --filter EvidenceCanaryTests")
    }
    let made = try Self.made.get()
    #expect(made.workspace.stale == [])
    print(
      "canaries: \(made.workspace.places.count) planted, \(made.workspace.carried.count) in records"
    )
  }

  // MARK: Terminal

  @Test func nothingPlantedSteersATerminal() throws {
    let made = try Self.made.get()
    expectQuiet(made.collected, "collect", status: 1)
    expectQuiet(made.bundled, "bundle", status: 1)
    expectQuiet(try made.workspace.vouch(["check"]), "check", status: 1)
    for control in ["IAM-01", "VM-02"] {
      expectQuiet(try made.workspace.vouch(["explain", control]), "explain \(control)", status: 0)
    }
    expectQuiet(try made.workspace.vouch(["query", Self.allText]), "query", status: 0)
    expectQuiet(
      try made.workspace.vouch(["sample", "IAM-01", "--size", "9", "--seed", "x"]), "sample",
      status: 0)
  }

  /// What other programs read, and people at a terminal too.
  @Test(arguments: ["json", "csv", "junit", "sarif"])
  func whatOtherProgramsReadIsEscapedForThem(format: String) throws {
    let made = try Self.made.get()
    let answers =
      [try made.workspace.vouch(["check", "--format", format])]
      + (["json", "csv"].contains(format)
        ? [try made.workspace.vouch(["query", "--format", format, Self.allText])] : [])
    for answer in answers {
      #expect(answer.out.contains(Poison.mark))
      expectNoControls(answer.out, "--format \(format)")
      switch format {
      case "json", "sarif": #expect(throws: Never.self) { try JSON.parse(answer.out.utf8) }
      case "csv": expectNoFormula(answer.out, "--format csv")
      default:
        let file = made.workspace.path + "/check.\(format)"
        try answer.out.write(toFile: file, atomically: true, encoding: .utf8)
        try expectNoMarkup([file], html: false)
      }
    }
  }

  /// Every text of every record, with the table it stands in.
  private static let allText = RecordType.all.flatMap { type in
    type.columns.filter { $0.kind != .instant && $0.kind != .integer && $0.kind != .real }.map {
      "SELECT '\(type.name).\($0.name)' AS place, \($0.name) AS text FROM \(type.name) WHERE typeof(\($0.name)) = 'text'"
    }
  }.joined(separator: " UNION ")

  @Test func everyRecordThatTookPoisonIsAmongTheOutputs() throws {
    let made = try Self.made.get()
    let all = try made.workspace.vouch(["query", "--format", "json", Self.allText]).out.lowercased()
    let found = Set(all.matches(of: #/c4n4ry(\d+)x/#).compactMap { Int($0.1) })
    let lost = made.workspace.carried.subtracting(found)
    // Names of plugins stand in tables of their own.
    #expect(
      lost.count < made.workspace.carried.count / 10,
      "\(lost.map { made.workspace.places[$0] ?? "" })")
  }

  // MARK: Package

  @Test func noPageHasAnElementOrAttributeThatWasPlanted() throws {
    let made = try Self.made.get()
    let pages = try files(of: made.package) { $0.hasSuffix(".html") }
    let text = try pages.map { try String(contentsOfFile: $0, encoding: .utf8) }.joined()
    let shown = Set(text.lowercased().matches(of: #/c4n4ry(\d+)x/#).compactMap { Int($0.1) })
    print("canaries: \(shown.count) stand on \(pages.count) pages")
    #expect(shown.count > 300)
    expectNoControls(text, "pages")
    try expectNoMarkup(pages, html: true)
  }

  /// What libxml2 takes for text a browser may take for markup, so a browser is asked too.
  @Test func aBrowserTakesEverythingPlantedForText() throws {
    let made = try Self.made.get()
    let pages = try files(of: made.package) { $0.hasSuffix(".html") }.map {
      (
        name: String($0.dropFirst(made.package.count + 1)),
        html: try String(contentsOfFile: $0, encoding: .utf8)
      )
    }
    try Program.inFolder { folder in
      guard let seen = try BrowserInspection.of(pages, mark: Poison.mark, in: folder) else {
        return
      }
      #expect(seen.findings == [])
      #expect(seen.pages == 2 * pages.count)
      #expect(seen.texts > 10_000)
      print("canaries: Chromium shows \(seen.texts) of them as text, on \(seen.pages) pages")
    }
  }

  @Test func noDocumentHasMarkupThatWasPlanted() throws {
    let made = try Self.made.get()
    let documents = try files(of: made.package) {
      $0.contains("/data/xml/") && !$0.hasSuffix(".txt")
    }
    #expect(documents.count >= 5)
    try expectNoMarkup(documents, html: false)
    for file in try files(
      of: made.package, where: { $0.hasSuffix(".json") && !$0.contains("/data/evidence/") })
    {
      let text = try String(contentsOfFile: file, encoding: .utf8)
      #expect(throws: Never.self, "\(file)") { try JSON.parse(text.utf8) }
      expectNoControls(text, file, above: false)
    }
  }

  @Test func noCellOfAWorkpaperIsAFormula() throws {
    let made = try Self.made.get()
    let tables = try files(of: made.package) {
      $0.hasSuffix(".csv") && !$0.contains("/data/evidence/") && !$0.contains("/data/reperform/")
    }
    #expect(tables.count > 20)
    for file in tables {
      expectNoFormula(try String(contentsOfFile: file, encoding: .utf8), file)
    }
  }

  @Test func theWorkbookHasNeitherFormulaNorLinkThatWasPlanted() throws {
    let made = try Self.made.get()
    guard let unzip = Program.find("unzip") else { return }
    let folder = URL(fileURLWithPath: made.workspace.path + "/workbook")
    let book = made.package + "/data/workpapers/workbook.xlsx"
    #expect(try Program.run(unzip, ["-q", book, "-d", folder.path]).status == 0)
    let parts = try files(of: folder.path) { $0.hasSuffix(".xml") || $0.hasSuffix(".rels") }
    #expect(parts.count > 5)
    try expectNoMarkup(parts, html: false, "//*[local-name()='f']")
    for part in parts where part.hasSuffix(".rels") {
      #expect(!(try String(contentsOfFile: part, encoding: .utf8)).contains("http://c4n4ry"))
    }
  }

  @Test func namesInThePackageAreHarmlessAndTheLedgerIsWhole() throws {
    let made = try Self.made.get()
    for path in try FileManager.default.subpathsOfDirectory(atPath: made.package) {
      #expect(path.wholeMatch(of: /[A-Za-z0-9._\/-]+/) != nil, "\(path)")
    }
    let ledger = try String(
      contentsOfFile: made.package + "/data/evidence/ledger.jsonl", encoding: .utf8)
    expectNoControls(ledger, "ledger")
    for line in ledger.split(separator: "\n") {
      #expect(throws: Never.self) { try JSON.parse(line.utf8) }
    }
    let verified = try PackageVerifier.verify(made.package)
    #expect(verified.isValid, "\(verified.table.prefix(2000))")
  }

  // MARK: What must not be

  private func expectQuiet(_ result: Program.Result, _ name: String, status: Int32) {
    #expect(result.status == status, "\(name): \(result.err.prefix(1000))")
    for text in [result.out, result.err] {
      expectNoControls(text, name)
      // A line of its own would be taken for one of ours.
      let lines = text.split(separator: "\n").filter { $0.hasPrefix("+\(Poison.mark)") }
      #expect(lines.isEmpty, "\(name): a planted line end is one: \(lines.first ?? "")")
    }
  }

  /// Control characters and marks that turn the direction of a line; line ends are fine.
  ///
  /// - Parameter above: those above 7F count too, and overrides of direction: for terminals.
  private func expectNoControls(_ text: String, _ name: String, above: Bool = true) {
    var line = 1
    for scalar in text.unicodeScalars {
      let value = scalar.value
      if value == 0x0A { line += 1 }
      let isForeign =
        (value < 0x20 && ![0x09, 0x0A, 0x0D].contains(value)) || value == 0x7F
        || above
          && ((0x80..<0xA0).contains(value) || (0x202A...0x202E).contains(value)
            || (0x2066...0x2069).contains(value))
      if isForeign {
        Issue.record("\(name) has U+\(String(value, radix: 16)) in line \(line)")
        return
      }
    }
  }

  private func expectNoFormula(_ csv: String, _ name: String) {
    for row in SimpleTable.rows(csv) {
      for cell in row where cell.contains(Poison.mark) {
        if let first = cell.unicodeScalars.first, "=+-@\t\r\n".unicodeScalars.contains(first) {
          Issue.record("\(name): a cell begins with \(cell.prefix(40).debugDescription)")
          return
        }
      }
    }
  }

  /// Parsed by libxml2: no name of an element or attribute is planted, nothing runs or loads.
  private func expectNoMarkup(_ paths: [String], html: Bool, _ more: String = "") throws {
    guard let xmllint = Program.find("xmllint") else {
      print("skipped: xmllint is not installed")
      return
    }
    let named = "contains(name(), '\(Poison.mark)')"
    let running =
      html
      ? "| //@*[starts-with(name(), 'on')] | //script | //img | //iframe | //object | //a[starts-with(@href, 'javascript')]"
      : ""
    let query =
      "count(//*[\(named)] | //@*[\(named)] \(running) \(more.isEmpty ? "" : "| " + more))"
    // xmllint keeps what it has read, so a few files at a time.
    for start in stride(from: 0, to: paths.count, by: 16) {
      let some = Array(paths[start..<min(start + 16, paths.count)])
      let answer = try Program.run(
        xmllint, ["--nonet", "--xpath", query] + (html ? ["--html", "--recover"] : []) + some)
      let counts = answer.out.split(separator: "\n")
      #expect(counts.count == some.count, "\(answer.err.prefix(2000))")
      for (path, count) in zip(some, counts) where count != "0" {
        Issue.record("\(path) has \(count) elements or attributes that were planted")
      }
    }
  }

  private func files(of folder: String, where fits: (String) -> Bool) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
      .map { "\(folder)/\($0)" }.filter(fits)
  }
}

/// Cells of a CSV (RFC 4180), by bytes.
private enum SimpleTable {
  static func rows(_ text: String) -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var cell: [UInt8] = []
    var isQuoted = false
    var bytes = Array(text.utf8)[...]
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    while let byte = bytes.popFirst() {
      if byte == UInt8(ascii: "\"") {
        if isQuoted, bytes.first == byte {
          cell.append(bytes.removeFirst())
        } else {
          isQuoted.toggle()
        }
      } else if !isQuoted, byte == UInt8(ascii: ",") || byte == 0x0A {
        row.append(String(decoding: cell, as: UTF8.self))
        cell = []
        if byte == 0x0A {
          rows.append(row)
          row = []
        }
      } else if isQuoted || byte != 0x0D {
        cell.append(byte)
      }
    }
    return rows
  }
}
