import Foundation
import VouchCollectors
@_spi(Preservation) import VouchModel

extension EvidenceItem {
  /// Evidence made for a test, kept in memory. Collected 2026-10-01 unless said otherwise.
  static func made(
    _ bytes: Data, name: String = "export", zone: String? = nil, format: String? = nil,
    effective: Instant? = nil, collected: Instant? = nil, options: [String: String] = [:],
    command: String? = nil, host: String = "", parameters: [String: String] = [:]
  ) -> EvidenceItem {
    EvidenceItem(
      sequence: 1, digest: .sha256(bytes), size: bytes.count,
      provenance: Provenance(
        source: "test", transport: command == nil ? "file" : "command",
        endpoint: command.map { String($0.prefix { $0 != " " }) } ?? name, name: name,
        query: command ?? "", parameters: parameters, host: host,
        collectedAt: collected ?? Instant(year: 2026, month: 10, day: 1), effectiveAt: effective),
      zone: zone.flatMap(Zone.init), format: format, options: options, content: .memory(bytes))
  }

  static func made(_ text: String, name: String = "export", zone: String? = nil) -> EvidenceItem {
    made(Data(text.utf8), name: name, zone: zone)
  }
}

/// Everything a collector says of one item of evidence, and a stable text of it.
struct Gathered {
  let sink: MemorySink
  let reading: Reading
  let thrown: String?
  /// What stands for the item's label in texts: digests would change with every edit.
  private let name: String

  init(_ item: EvidenceItem, by collector: any Collector.Type, named name: String? = nil) {
    sink = MemorySink()
    reading = Reading(item, into: sink)
    self.name = name ?? item.provenance.name
    do {
      try collector.read(item, into: reading)
      thrown = nil
    } catch {
      thrown = "\(error)"
    }
    reading.finish()
  }

  /// Reads by the collector that recognises the content; nil when none does.
  init?(recognised item: EvidenceItem) throws {
    let head = Head(raw: try item.head(), name: item.provenance.name)
    guard let collector = Collectors.recognising(head) else { return nil }
    self.init(item, by: collector)
  }

  var provided: Set<String> { Set(reading.provided.map(\.name)) }
  var diagnosticIDs: [String] { reading.diagnostics.map(\.id) }

  func records(_ type: RecordType) -> [Record] { sink.records.filter { $0.type == type } }

  /// `account 3 a … c`: how many records of each type, and the keys of the first and the last.
  var counts: [String] {
    Dictionary(grouping: sink.records, by: \.type.name).sorted { $0.key < $1.key }.map {
      let (first, last) = ($1.first.map(key) ?? "", $1.last.map(key) ?? "")
      return "\($0) \($1.count) \(first) … \(last)"
    }
  }

  /// One line for each fact, in the order in which the collector gave them.
  var text: String { lines.joined(separator: "\n") + "\n" }

  private var lines: [String] {
    summary + sink.records.map(line) + sink.plugins.map(line)
      + sink.observations.map { line($0.scan, $0.observation) }
      + reading.diagnostics.map(line) + (thrown.map { ["thrown \($0)"] } ?? [])
  }

  private var summary: [String] {
    var lines = ["provides \(provided.sorted().joined(separator: " "))"]
    if let at = reading.effectiveAt { lines.append("effective \(at)") }
    if reading.coversFrom != nil || reading.coversTo != nil {
      lines.append(
        "covers \(reading.coversFrom?.iso8601 ?? "")..\(reading.coversTo?.iso8601 ?? "")")
    }
    if let total = reading.reportedTotal { lines.append("total \(total)") }
    if reading.replacedBytes > 0 { lines.append("replaced \(reading.replacedBytes)") }
    if !reading.isComplete { lines.append("incomplete") }
    return lines
  }

  private func key(_ record: Record) -> String {
    record.type.key.map { column in
      let kind = record.type.columns.first { $0.name == column }?.kind
      if case .integer(let seconds) = record[column], kind == .instant {
        return Instant(seconds: seconds).iso8601
      }
      return plain(record[column])
    }.joined(separator: "|")
  }

  private func line(_ record: Record) -> String {
    var words = [record.type.name, quotedIfNeeded(key(record))]
    for column in record.type.columns where !record.type.key.contains(column.name) {
      let value = record[column.name]
      if value == .null { continue }
      words.append("\(column.name)=\(shown(value, column.kind))")
    }
    if let at = record.at { words.append("at=\(at)") }
    return words.joined(separator: " ") + " @\(record.place)"
  }

  private func line(_ plugin: Plugin) -> String {
    var words = ["plugin", quotedIfNeeded(plugin.id), "name=\(quotedIfNeeded(plugin.name))"]
    if !plugin.family.isEmpty { words.append("family=\(quotedIfNeeded(plugin.family))") }
    if !plugin.app.isEmpty { words.append("app=\(quotedIfNeeded(plugin.app))") }
    if !plugin.cves.isEmpty { words.append("cves=\(plugin.cves.joined(separator: ","))") }
    if let score = plugin.score { words.append("score=\(score)") }
    if let at = plugin.fixAvailableAt { words.append("fix=\(at)") }
    if !plugin.fixedVersion.isEmpty { words.append("fixed=\(quotedIfNeeded(plugin.fixedVersion))") }
    if plugin.kev { words.append("kev") }
    return words.joined(separator: " ")
  }

  private func line(_ scan: String, _ observation: Observation) -> String {
    let transports = ["tcp", "udp", "icmp", "other"]
    let transport = transports[Int(observation.transport)]
    var words = ["observation", quotedIfNeeded(scan)]
    words.append("host=\(quotedIfNeeded(sink.hosts[Int(observation.host)]))")
    words.append("plugin=\(quotedIfNeeded(sink.plugins[Int(observation.plugin)].id))")
    words.append("port=\(observation.port)/\(transport)")
    words.append("severity=\(observation.severity)")
    if observation.accepted { words.append("accepted") }
    return words.joined(separator: " ") + " @L\(observation.line)"
  }

  private func line(_ diagnostic: Diagnostic) -> String {
    let place = diagnostic.at.replacing(reading.item.label, with: name)
    return "\(diagnostic.severity.rawValue) \(diagnostic.id) \(place): \(diagnostic.text)"
  }

  private func plain(_ value: Value) -> String {
    switch value {
    case .null: ""
    case .integer(let number): String(number)
    case .real(let number): String(number)
    case .text(let text): text
    }
  }

  private func shown(_ value: Value, _ kind: Column.Kind) -> String {
    if case .integer(let seconds) = value, kind == .instant {
      return Instant(seconds: seconds).iso8601
    }
    return kind == .list || kind == .json ? plain(value) : quotedIfNeeded(plain(value))
  }

  private func quotedIfNeeded(_ text: String) -> String {
    let needsQuotes = text.isEmpty || text.utf8.contains { $0 <= 0x20 || $0 == 0x22 || $0 == 0x7F }
    return needsQuotes ? JSONText.quoted(text) : text
  }
}
