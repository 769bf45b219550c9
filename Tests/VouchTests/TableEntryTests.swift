import Foundation
import Testing
import Vouch
import VouchCapture
import VouchCollectors
import VouchControls
@_spi(Preservation) import VouchModel

/// What `vouch sources map` proposes can be put below `sources:` and used as it is.
@Suite struct TableEntryTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/maps")

  private static let exports: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { !$0.hasSuffix(".yaml") }.sorted()

  /// A made-up export, the entry that is proposed for it, and what collecting by it gives.
  @Test(arguments: exports) func theProposalIsTheOneOnFile(_ export: String) throws {
    let workspace = try Scratch()
    try workspace.copy(Self.folder.appending(path: export).path)
    let entry = try TableEntryProposal(
      file: "\(workspace.path)/\(export)", workspace: workspace.path, record: nil, name: nil,
      zone: "Europe/Berlin"
    ).entry
    let collected = try workspace.collect(entry)
    let text = "\(entry)# \(collected.joined(separator: "\n# "))\n"
    let golden = Self.folder.appending(path: export + ".yaml")
    if ProcessInfo.processInfo.environment["VOUCH_RECORD"] == "1" {
      try text.write(to: golden, atomically: true, encoding: .utf8)
    }
    #expect(text == (try String(contentsOf: golden, encoding: .utf8)))
  }

  @Test func aTimeWithoutZoneIsAQuestionUntilItIsAnswered() throws {
    let workspace = try Scratch()
    try workspace.write("roster.csv", "person_id,hired_at,role,department\n1,2026-07-01,x,y\n")
    func entry(_ zone: String?) throws -> String {
      try TableEntryProposal(
        file: "\(workspace.path)/roster.csv", workspace: workspace.path, record: nil, name: nil,
        zone: zone
      ).entry
    }
    #expect(try entry(nil).contains("# QUESTION: hired_at has no zone"))
    #expect(
      try workspace.collect(try entry(nil)) == [
        "0 records", "error table.zone-unknown", "incomplete",
      ])
    #expect(try workspace.collect(try entry("America/New_York")) == ["1 records"])
  }

  @Test func anExportThatIsReadByItselfNeedsNoMapping() throws {
    let workspace = try Scratch()
    try workspace.write(
      "passwd.txt", "root:x:0:0:root:/root:/bin/bash\nu1:x:1000:1000::/home/u1:/bin/sh\n")
    let entry = try TableEntryProposal(
      file: "\(workspace.path)/passwd.txt", workspace: workspace.path, record: nil, name: "people",
      zone: nil
    ).entry
    #expect(entry.contains("  people:\n    file: \"passwd.txt\"\n    format: passwd\n"))
    _ = try workspace.configuration(entry)
  }

  @Test(arguments: [
    ("a.bin", "no columns at all", "map.no-table"), ("b.csv", "lorem,ipsum\n1,2\n", "map.no-fit"),
    ("c.json", "{\"a\": 1}", "map.no-table"),
  ]) func whatFitsNothingIsRefusedWithAReason(_ name: String, _ text: String, _ id: String) throws {
    let workspace = try Scratch()
    try workspace.write(name, text)
    let refusal = try #require(throws: Refusal.self) {
      try TableEntryProposal(
        file: "\(workspace.path)/\(name)", workspace: workspace.path, record: nil, name: nil,
        zone: nil)
    }
    #expect(refusal.diagnostics.map(\.id) == [id])
  }

  /// A single JSON object may be anything, so a person has to say what it is.
  @Test(arguments: [
    "{\"risk_id\": \"r1\", \"title\": \"fire\"}",
    "{\"risk_id\": \"r1\", \"title\": \"fire\", \"tags\": [\"a\"]}",
  ]) func anObjectIsOneRowOfTheRecordThatIsNamed(_ text: String) throws {
    let workspace = try Scratch()
    try workspace.write("answer.json", text)
    let entry = try TableEntryProposal(
      file: "\(workspace.path)/answer.json", workspace: workspace.path, record: "risk", name: nil,
      zone: nil
    ).entry
    #expect(entry.contains("rows: \"\"\n"))
    #expect(try workspace.collect(entry) == ["1 records"])
  }

  /// Real exports of every kind, mapped as tables: whatever is proposed loads, finds its columns,
  /// and reads rows.
  @Test func proposalsForRealExportsLoadAndFindTheirColumns() throws {
    let root =
      ProcessInfo.processInfo.environment["VOUCH_SHARED"]
      .map { URL(fileURLWithPath: $0) }
      ?? Self.folder.deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "shared")
    guard
      let files = FileManager.default.enumerator(
        at: root.appending(path: "samples").resolvingSymlinksInPath(),
        includingPropertiesForKeys: nil)
    else {
      print("skipped: the real exports are not there")
      return
    }
    let workspace = try Scratch()
    var mapped = 0
    for case let file as URL in files {
      guard (try? file.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile == true,
        let handle = try? FileHandle(forReadingFrom: file),
        let bytes = try handle.read(upToCount: 1 << 14)
      else { continue }
      let head = Head(raw: Array(bytes), name: file.lastPathComponent)
      guard let sample = TableSample(head, isCut: bytes.count == 1 << 14),
        let proposal = TableMapping.propose(sample)
      else { continue }
      let entry = proposal.entry(named: "sample", file: file.path, zone: "UTC")
      // What the whole file would give is another test's matter; here it may be cut.
      let source = try #require(try workspace.configuration(entry).sources.first)
      let (mapping, problems) = TableMapping.read(
        source.options, source: "sample", at: "vouch.yaml")
      #expect(problems.isEmpty && mapping != nil, "\(file.lastPathComponent): \(problems)")
      let seen = try workspace.read(bytes, name: file.lastPathComponent, source)
      #expect(
        !seen.contains { problem in
          ["no-column", "no-rows", "no-record", "option"].contains {
            problem == "error table.\($0)"
          }
        },
        "\(file.lastPathComponent): \(seen)")
      mapped += 1
    }
    #expect(mapped > 0 || !FileManager.default.fileExists(atPath: root.path))
  }
}

/// A workspace of a test's own.
private final class Scratch {
  let path = NSTemporaryDirectory() + "vouch-map-\(UUID().uuidString)"
  private static let library = ControlLibrary(
    templates: Templates(files: Templates.builtIn).below(""))
  private static let beginning = """
    organization: {name: Acme}
    system: {name: Shop}
    zone: UTC
    period: 2026-Q3
    sources:

    """

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ text: String) throws {
    try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
  }

  func copy(_ file: String) throws {
    try FileManager.default.copyItem(
      atPath: file, toPath: "\(path)/\((file as NSString).lastPathComponent)")
  }

  /// `vouch.yaml` with the entry below `sources:`; throws when it does not load.
  func configuration(_ entry: String) throws -> Configuration {
    try Configuration(text: Self.beginning + entry, file: "vouch.yaml", library: Self.library)
  }

  /// Collects by the entry: how many records, and every problem once.
  func collect(_ entry: String) throws -> [String] {
    try? FileManager.default.removeItem(atPath: path + "/evidence")
    try? FileManager.default.removeItem(atPath: path + "/.vouch")
    try write("vouch.yaml", Self.beginning + entry)
    let outcome = try #require(
      try Workspace(path: path).collect(
        [], now: { Instant(year: 2026, month: 8, day: 1) }, operator: "p-001", host: "test"
      ).first)
    let ids = Set(outcome.diagnostics.map { "\($0.severity.rawValue) \($0.id)" }).sorted()
    return ["\(outcome.records) records"] + ids + outcome.failures
      + (ids.contains { $0.hasPrefix("error") } ? ["incomplete"] : [])
  }

  /// Reads bytes as the source says: every problem once.
  func read(_ bytes: Data, name: String, _ source: Source) throws -> [String] {
    let item = EvidenceItem(
      sequence: 1, digest: .sha256(bytes), size: bytes.count,
      provenance: Provenance(
        source: source.name, transport: "file", endpoint: name, name: name,
        collectedAt: Instant(year: 2026, month: 8, day: 1)),
      zone: source.zone, format: source.format, options: source.options, content: .memory(bytes))
    let reading = Reading(item, into: MemorySink())
    let collector = try #require(Collectors.named("table"))
    try collector.read(item, into: reading)
    reading.finish()
    return Set(reading.diagnostics.map { "\($0.severity.rawValue) \($0.id)" }).sorted()
  }
}
