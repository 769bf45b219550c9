import Foundation
import Testing
import VouchCollectors
import VouchModel

/// `docs/formats.md` says of every format what its reader was held against.
@Suite struct FormatsPageTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  @Test func thePageOfFormatsSaysWhatEachWasHeldAgainst() throws {
    guard let exports = try Self.exports() else {
      print("skipped: the real exports are not there")
      return
    }
    let page = Self.page(programs: try Self.programs(), exports: exports)
    let file = Self.root.appending(path: "docs/formats.md")
    if ProcessInfo.processInfo.environment["VOUCH_RECORD"] == "1" {
      try page.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(
      try String(contentsOf: file, encoding: .utf8) == page,
      "run 'VOUCH_RECORD=1 swift test --filter FormatsPageTests' and look at the difference")
  }

  /// Formats that a test collects from a program that it runs.
  private static func programs() throws -> Set<String> {
    let folder = root.appending(path: "Tests/VouchPeerTests")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    var formats: Set<String> = []
    for name in names where name.hasSuffix(".swift") {
      let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      for match in text.matches(of: /format: ([a-z_0-9]+)/) { formats.insert(String(match.1)) }
    }
    return formats
  }

  /// How many real exports each format has; nil when they are not there.
  private static func exports() throws -> [String: Int]? {
    guard let root = Samples.root?.resolvingSymlinksInPath() else { return nil }
    var counts: [String: Int] = [:]
    let files = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String }
    for path in (files ?? []).sorted() {
      // Copied out of a manual, whose spaces stand for what a program prints.
      if path.contains(".as-documented.") || path.hasPrefix("oscal/") || !path.contains("/") {
        continue
      }
      let place = root.appending(path: path).path
      guard
        (try? FileManager.default.attributesOfItem(atPath: place))?[.type] as? FileAttributeType
          == .typeRegular, let item = Samples.item(path)
      else { continue }
      let head = Head(raw: try item.head(), name: item.provenance.name)
      if let collector = Collectors.recognising(head) { counts[collector.format, default: 0] += 1 }
    }
    return counts
  }

  private static func page(programs: Set<String>, exports: [String: Int]) -> String {
    // What people write themselves has no program.
    let own = ["archive", "attachment", "attestation", "policy_documents", "table"]
    let formats = Collectors.all.filter { !own.contains($0.format) }
      .sorted { $0.format < $1.format }
    func isHeld(_ format: String) -> Bool { programs.contains(format) || exports[format] != nil }
    let rows = formats.map { collector in
      let format = collector.format
      let count = exports[format] ?? 0
      let cells = [
        "`\(format)`", collector.summary.replacing("|", with: "\\|"),
        programs.contains(format) ? "yes" : "",
        count == 0 ? "" : String(count), isHeld(format) ? "" : "only",
      ]
      return "| " + cells.joined(separator: " | ") + " |"
    }
    return """
      # Formats

      What the reader of each format was held against. *Program*: a test runs the program itself and collects from it (`make peer-deps` installs what Debian
      has; a test whose program is not there says so). *Exports*: real files that others published, as many as there are; how many records each gives is in
      the tests, and for most of them counted a second time by a script. *Documentation*: made-up files after the vendor's description, so look at the first
      collection with care and tell us what differs.

      \(formats.count { programs.contains($0.format) }) of \(formats.count) formats were held against the program, \(formats.count { exports[$0.format] != nil }) against real exports, \(formats.count { !isHeld($0.format) }) against documentation only.

      | format | reads | program | exports | documentation |
      |---|---|---|---|---|
      \(rows.joined(separator: "\n"))

      Trivy is run without its vulnerability database, which only a network gives: it judges settings and finds secrets; its vulnerabilities are held against
      real exports. Suricata, Grype and Wazuh are not in Debian 12 or on PyPI, so there are only exports of theirs.

      """
  }
}
