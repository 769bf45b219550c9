import Foundation
import Testing
import VouchModel
import VouchStore

@testable import Vouch

/// A workspace in which everything that somebody else could have written is poisoned: the exports
/// of all formats, how they were collected, and the texts of the configuration.
struct CanaryWorkspace: ~Copyable {
  let path: String
  /// Where each number was planted.
  let places: [Int: String]
  /// Numbers planted in fields that reach a record.
  let carried: Set<Int>
  /// Fixtures whose poisoned export gives fewer records than `fields.txt` promises.
  let stale: [String]
  /// Clock, person and machine of every command, poisoned too.
  let environment: [String: String]

  init() throws {
    path = NSTemporaryDirectory() + "vouch-canary-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    var places: [Int: String] = [:]
    var carried: Set<Int> = []
    var stale: [String] = []
    var next = 1
    func number(_ place: String) -> Int {
      places[next] = place
      next += 1
      return next - 1
    }
    let store = try EvidenceStore(workspace: path)
    let entries = Self.richest(try CarryingFields().entries)
    var sources = ""
    for (name, entries) in entries.sorted(by: { $0.key < $1.key }) {
      guard let fixture = try PlantedFixture(name) else { continue }
      var poisons: [Int: Poison] = [:]
      for entry in entries {
        guard let field = fixture.export.fields.firstIndex(of: entry.field) else { continue }
        poisons[field] = Poison(number: number("\(name): \(entry.field)"), shape: entry.shape)
      }
      let bytes = fixture.export.with(poisons)
      let isCarried = fixture.read(bytes)
      for poison in poisons.values where isCarried.text.contains(poison.name) {
        carried.insert(poison.number)
      }
      if !poisons.values.allSatisfy({ carried.contains($0.number) }) { stale.append(name) }
      var provenance = fixture.provenance
      provenance.name += Poison(number: number("\(name): file name"), shape: .word).planted(in: "")
      provenance.partial = nil
      try store.preserve(bytes: bytes, provenance)
      // A second item in which nothing is left as it was: what cannot be read goes to messages.
      let all = fixture.export.fields.indices.map {
        (
          $0,
          Poison(number: number("\(name), spoilt: \(fixture.export.fields[$0])"), shape: .markup)
        )
      }
      provenance.collectedAt = Instant(year: 2026, month: 9, day: 2)
      provenance.endpoint += Poison(number: number("\(name): endpoint"), shape: .everything)
        .planted(in: "")
      try store.preserve(
        bytes: fixture.export.with(Dictionary(uniqueKeysWithValues: all)), provenance)
      sources += Self.source(fixture)
    }
    func text(_ place: String, _ shape: Poison.Shape = .everything) -> String {
      Self.quoted(Poison(number: number("vouch.yaml: \(place)"), shape: shape).planted(in: "x"))
    }
    let controls = try Self.controls.map { id in
      "  \(id): {owner: \(text("owner")), activity: \(text("activity")), response: \(text("response"))}\n"
    }
    let name = Poison(number: number("inbox: file name"), shape: .markup).planted(in: "=a\n+b")
    try Self.writeInbox(path, name)
    let failure = Poison(number: number("command: standard error"), shape: .everything)
    try """
    organization: {name: \(text("organization")), slug: canary, prepared_by: \(text("prepared by")), prepared_for: \(text("prepared for"))}
    system: {name: \(text("system")), description: \(text("description"))}
    zone: UTC
    period: 2026-Q3
    categories: [security, availability, processing_integrity, confidentiality, privacy]
    holidays: [2026-10-03]
    controls:
    \(controls.joined())
    waivers:
      - {id: \(text("waiver")), control: IAM-01, item: \(text("item")), attribute: A, reason: \(text("reason")), measure: \(text("measure")), approver: \(text("approver")), approved_at: 2026-07-01, expires_at: 2026-12-01}
    exclusions:
      - {asset: \(text("asset")), reason: \(text("reason")), approver: \(text("approver"))}
    secrets: {policy: declare}
    sources:
    \(sources)
      inbox: {file: "evidence/inbox/*"}
      failing: {command: [sh, -c, 'printf %s "$0" >&2; exit 3', \(Self.quoted(failure.planted(in: "x")))]}

    """.write(toFile: path + "/vouch.yaml", atomically: true, encoding: .utf8)
    environment = [
      "VOUCH_NOW": "2026-09-20T06:00:00Z",
      "VOUCH_OPERATOR": Poison(number: number("operator"), shape: .everything).planted(in: "p"),
      "VOUCH_HOST": Poison(number: number("host"), shape: .everything).planted(in: "h"),
    ]
    self.places = places
    self.carried = carried
    self.stale = stale
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Of each format the fixture with the most fields.
  private static func richest(_ entries: [CarryingFields.Entry]) -> [String: [CarryingFields.Entry]]
  {
    let fixtures = Dictionary(grouping: entries, by: \.fixture)
    let formats = Dictionary(grouping: fixtures.sorted { $0.key < $1.key }) {
      String($0.key.prefix { $0 != "/" })
    }
    return Dictionary(
      uniqueKeysWithValues: formats.values.compactMap {
        $0.max { $0.value.count < $1.value.count }.map { ($0.key, $0.value) }
      })
  }

  /// One or two of each area, so that most record types are in a population.
  private static var controls: [String] {
    get throws {
      try String(contentsOf: Program.root.appending(path: "vouch.yaml"), encoding: .utf8)
        .matches(of: /(?m)^  ([A-Z]+-0[12]):/).map { String($0.1) }
    }
  }

  /// One file that is read and one that nobody can read, both with names that a shell, a page, a
  /// spreadsheet or a terminal would stumble over.
  private static func writeInbox(_ path: String, _ name: String) throws {
    let inbox = path + "/evidence/inbox"
    try FileManager.default.createDirectory(atPath: inbox, withIntermediateDirectories: true)
    let name = name.replacing("/", with: "")
    try "root:x:0:0:\(name.replacing("\n", with: "")):/root:/bin/bash\n".write(
      toFile: "\(inbox)/\(name).passwd", atomically: false, encoding: .utf8)
    try "\(name)\n".write(toFile: "\(inbox)/\(name).txt", atomically: false, encoding: .utf8)
  }

  func vouch(_ arguments: [String]) throws -> Program.Result {
    let program = try #require(Program.vouch, "build the product vouch first")
    return try Program.run(
      program, arguments, in: URL(fileURLWithPath: path), environment: environment)
  }

  /// A double-quoted text of YAML.
  private static func quoted(_ text: String) -> String {
    JSONText.quoted(text).replacing("\u{9B}", with: "\\u009b")
  }

  private static func source(_ fixture: PlantedFixture) -> String {
    let options = fixture.options.sorted { $0.key < $1.key }
      .map { "\(JSONText.quoted($0.key)): \(JSONText.quoted($0.value))" }
    let zone = fixture.zone.map { ", zone: \($0)" } ?? ""
    return
      "  \(fixture.provenance.source): {file: none/*, format: \(fixture.format)\(zone), options: {\(options.joined(separator: ", "))}}\n"
  }
}
