import Foundation
import VouchCollectors
@_spi(Preservation) import VouchModel

/// A collector's fixture, into whose fields poison can be planted.
struct PlantedFixture {
  /// `format/case`.
  let name: String
  let format: String
  let zone: String?
  let options: [String: String]
  let provenance: Provenance
  let export: PlantedExport
  private let collector: any Collector.Type

  /// Nil for exports that are no text.
  init?(_ name: String) throws {
    self.name = name
    format = String(name.prefix { $0 != "/" })
    let folder = Program.root.appending(path: "Tests/Fixtures/collectors/\(name)")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    guard let collector = Collectors.named(format),
      let file = files.first(where: { $0.hasPrefix("export") }),
      let text = try? String(contentsOf: folder.appending(path: file), encoding: .utf8)
    else { return nil }
    self.collector = collector
    let data = try? Data(contentsOf: folder.appending(path: "options.json"))
    let json = data.flatMap { try? JSON.parse($0) } ?? .null
    func strings(_ key: String) -> [String: String] {
      Dictionary(
        (json[key].object ?? []).map { ($0.key, $0.value.text ?? "") }, uniquingKeysWith: { $1 })
    }
    zone = json["zone"].text
    options = strings("options")
    let command = json["command"].text
    provenance = Provenance(
      source: Self.source(name), transport: command == nil ? "file" : "command",
      endpoint: command.map { String($0.prefix { $0 != " " }) } ?? "inbox/\(file)",
      name: json["name"].text ?? file, query: command ?? "", parameters: strings("parameters"),
      operator: "p-001", host: json["host"].text ?? "", collector: "vouch",
      collectedAt: Instant(year: 2026, month: 9, day: 1), effectiveAt: json["effective"].instant)
    export = PlantedExport(text)
  }

  /// The name that a source of `vouch.yaml` may have.
  static func source(_ name: String) -> String { name.replacing("/", with: "-") }

  /// Names of all fixtures, by format.
  static let names: [[String]] = {
    let root = Program.root.appending(path: "Tests/Fixtures/collectors")
    func children(_ name: String) -> [String] {
      let names = try? FileManager.default.contentsOfDirectory(
        atPath: root.appending(path: name).path)
      return (names ?? []).sorted()
    }
    return children("").map { format in children(format).map { "\(format)/\($0)" } }
  }()

  /// How many records an export gives, and every text that stands in them.
  func read(_ bytes: Data) -> (records: Int, text: String) {
    let item = EvidenceItem(
      sequence: 1, digest: .sha256("planted"), size: bytes.count, provenance: provenance,
      zone: zone.flatMap(Zone.init), format: format, options: options, content: .memory(bytes))
    let sink = MemorySink()
    let reading = Reading(item, into: sink)
    try? collector.read(item, into: reading)
    reading.finish()
    var texts = sink.hosts
    for record in sink.records {
      for case .text(let text) in record.values { texts.append(text) }
    }
    for plugin in sink.plugins { texts += [plugin.id, plugin.name, plugin.family, plugin.app] }
    return (
      sink.records.count + sink.observations.count, texts.joined(separator: "\n").lowercased()
    )
  }
}

/// `Tests/Fixtures/canary/fields.txt`: the fields of each fixture whose text reaches a record, with
/// the worst text that they take while all records are still read.
///
/// Trying out all fields takes minutes, so what was found is kept:
/// `VOUCH_RECORD=1 swift test --filter EvidenceCanaryTests`.
struct CarryingFields {
  struct Entry {
    let fixture: String
    let shape: Poison.Shape
    let field: String
  }

  let entries: [Entry]
  /// Formats in which no field carries text.
  let silent: Set<String>

  static let file = Program.root.appending(path: "Tests/Fixtures/canary/fields.txt")

  init() throws {
    var entries: [Entry] = []
    var silent: Set<String> = []
    for line in try String(contentsOf: Self.file, encoding: .utf8).split(separator: "\n") {
      let parts = line.split(separator: "\t").map(String.init)
      if parts.count == 3, let shape = Poison.Shape(rawValue: parts[1]) {
        entries.append(Entry(fixture: parts[0], shape: shape, field: parts[2]))
      } else {
        silent.insert(parts[0])
      }
    }
    self.entries = entries
    self.silent = silent
  }

  static func record() throws {
    let found = Found()
    DispatchQueue.concurrentPerform(iterations: PlantedFixture.names.count) { index in
      found.keep(lines(PlantedFixture.names[index]), index)
    }
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try found.text.write(to: file, atomically: true, encoding: .utf8)
  }

  /// Of the fixtures of one format, each field once.
  private static func lines(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    var lines: [String] = []
    for name in names {
      guard let fixture = try? PlantedFixture(name) else { continue }
      var search = Search(fixture)
      for (field, shape) in search.run(besides: seen) {
        seen.insert(field)
        lines.append("\(name)\t\(shape.rawValue)\t\(field)")
      }
    }
    let format = names.first.map { String($0.prefix { $0 != "/" }) } ?? ""
    return lines.isEmpty ? [format] : lines
  }

  private final class Found: @unchecked Sendable {
    // Guarded by `lock`.
    private let lock = NSLock()
    private var lines: [Int: [String]] = [:]
    func keep(_ some: [String], _ index: Int) { lock.withLock { lines[index] = some } }
    var text: String {
      lock.withLock { lines.sorted { $0.key < $1.key }.flatMap(\.value) }
        .joined(separator: "\n") + "\n"
    }
  }
}

/// Finds out, field by field, the worst text with which an export still gives all its records.
private struct Search {
  private let fixture: PlantedFixture
  private let whole: Int
  private var poisons: [Int: Poison] = [:]

  init(_ fixture: PlantedFixture) {
    self.fixture = fixture
    whole = fixture.read(fixture.export.with([:])).records
  }

  /// A field counts that takes a tag at its end; it then gets the worst it can take.
  mutating func run(besides seen: Set<String>) -> [(field: String, shape: Poison.Shape)] {
    if whole == 0 { return [] }
    for (number, field) in fixture.export.fields.enumerated()
    where !seen.contains(field) && takes(.end, number) {
      _ = takes(.everything, number) || takes(.markup, number) || takes(.word, number)
    }
    // A text that was there may be gone since another one was planted.
    let text = fixture.read(fixture.export.with(poisons)).text
    return poisons.filter { text.contains($0.value.name) }.sorted { $0.key < $1.key }.map {
      (fixture.export.fields[$0.key], $0.value.shape)
    }
  }

  private mutating func takes(_ shape: Poison.Shape, _ field: Int) -> Bool {
    let before = poisons[field]
    let poison = Poison(number: field, shape: shape)
    poisons[field] = poison
    let result = fixture.read(fixture.export.with(poisons))
    if result.records >= whole, result.text.contains(poison.name) { return true }
    poisons[field] = before
    return false
  }
}
