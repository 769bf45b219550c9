import Foundation
@_spi(Preservation) import VouchModel

@testable import VouchCollectors

/// What a collector makes of a text, a line each: records with their columns that are not NULL,
/// observations, diagnostics, and `incomplete` when something is missing.
func linesRead(
  by collector: any Collector.Type, _ text: String, _ options: [String: String] = [:],
  zone: String? = nil, name: String = "export"
) throws -> [String] {
  let bytes = Data(text.utf8)
  let item = EvidenceItem(
    sequence: 1, digest: .sha256(bytes), size: bytes.count,
    provenance: Provenance(
      source: "hr", transport: "file", endpoint: "", name: name, collectedAt: Instant(seconds: 0)),
    zone: zone.flatMap(Zone.init), format: collector.format, options: options,
    content: .memory(bytes))
  let sink = MemorySink()
  let reading = Reading(item, into: sink)
  try collector.read(item, into: reading)
  reading.finish()
  return sink.records.map(line) + reading.diagnostics.map { diagnosticLine($0, item) }
    + (reading.isComplete ? [] : ["incomplete"])
}

private func line(_ record: Record) -> String {
  var cells = zip(record.type.columns, record.values).compactMap { column, value -> String? in
    switch value {
    case .null: nil
    case .integer(let n):
      column.kind == .instant
        ? "\(column.name)=\(Instant(seconds: n))" : "\(column.name)=\(n)"
    case .real(let r): "\(column.name)=\(r)"
    case .text(let t): "\(column.name)=\(t)"
    }
  }
  if let at = record.at { cells.append("at=\(at)") }
  return "\(record.place) \(record.type.name) " + cells.joined(separator: " ")
}

private func diagnosticLine(_ d: Diagnostic, _ item: EvidenceItem) -> String {
  "\(d.id) \(d.at.replacing(item.label, with: "")) \(d.text)"
}
