import Foundation
import Testing
import VouchCollectors
@_spi(Preservation) import VouchModel

/// What one real export gives: which collector recognises it, its records by type with the first
/// and the last key, and the ids of its diagnostics.
struct SampleReading: Sendable, CustomTestStringConvertible {
  let path: String
  let zone: String?
  let options: [String: String]
  let expected: [String]

  init(
    _ path: String, zone: String? = nil, options: [String: String] = [:], _ expected: String...
  ) {
    self.path = path
    self.zone = zone
    self.options = options
    self.expected = expected
  }

  var testDescription: String { path }

  /// Reads the sample by the only collector that recognises it; nil when there are no samples.
  func actual() throws -> [String]? {
    guard let sample = Samples.item(path) else { return nil }
    let item = EvidenceItem.made(
      try sample.bytes(), name: sample.provenance.name, zone: zone, options: options)
    let head = Head(raw: try item.head(), name: item.provenance.name)
    let recognising = Collectors.all.filter { $0.recognises(head) }
    guard let collector = recognising.first, recognising.count == 1 else {
      return ["recognised by \(recognising.map { $0.format })"]
    }
    let gathered = Gathered(item, by: collector)
    let diagnostics = Dictionary(grouping: gathered.diagnosticIDs, by: \.self)
      .sorted { $0.key < $1.key }.map { "\($0) \($1.count)" }
    return [collector.format] + gathered.counts + diagnostics
      + (gathered.thrown.map { ["thrown \($0)"] } ?? [])
  }

  func check() throws {
    guard let actual = try actual() else { return }
    if ProcessInfo.processInfo.environment["VOUCH_RECORD"] == "1" {
      print("\nRECORD \(path)\n" + actual.map { "      \"\($0)\"," }.joined(separator: "\n"))
    }
    #expect(actual == expected)
  }
}
