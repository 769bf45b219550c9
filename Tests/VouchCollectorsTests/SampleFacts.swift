import Foundation
import Testing
import VouchCollectors
import VouchModel

/// What is seen when one real export is read: its format, how many records of each type with the
/// first and last key, and every diagnostic with its place. Nil when the sample is not there.
func sampleFacts(
  _ path: String, zone: String? = nil, format: String? = nil, options: [String: String] = [:]
) throws -> [String]? {
  guard let item = Samples.item(path, zone: zone, format: format, options: options) else {
    return nil
  }
  let head = Head(raw: try item.head(), name: item.provenance.name)
  let recognising = Collectors.all.filter { $0.recognises(head) }
  let named = format.flatMap(Collectors.named)
  guard let collector = named ?? recognising.first else { return ["recognised by none"] }
  let gathered = Gathered(item, by: collector)
  let formats = named == nil ? recognising.map { $0.format } : [collector.format]
  var facts = ["format \(formats.joined(separator: " and "))"]
  facts += gathered.counts
  if !gathered.reading.isComplete { facts.append("incomplete") }
  facts += gathered.reading.diagnostics.map { diagnostic in
    let place = diagnostic.at.replacing(item.label, with: "")
    return "\(diagnostic.severity.rawValue) \(diagnostic.id) \(place)"
  }
  if let thrown = gathered.thrown { facts.append("thrown \(thrown)") }
  return facts
}

/// The names of the samples in a folder, sorted; empty when there are no samples.
func sampleNames(in folder: String) -> [String] {
  guard let root = Samples.root else { return [] }
  let names = try? FileManager.default.contentsOfDirectory(
    atPath: root.appending(path: folder).path)
  return (names ?? []).filter { !$0.hasPrefix(".") }.sorted()
}

/// Compares what every sample of a folder gives with `Tests/Fixtures/samples/FOLDER.txt`, which
/// `VOUCH_RECORD=1` rewrites. Review the difference against the exports.
func expectSampleFacts(
  of folder: String, zone: String? = nil, formats: [String: String] = [:],
  options: [String: String] = [:]
) throws {
  let names = sampleNames(in: folder)
  if names.isEmpty {
    print("skipped the samples of \(folder): they are not there")
    return
  }
  var lines: [String] = []
  for name in names {
    lines.append("# \(name)")
    lines +=
      try sampleFacts("\(folder)/\(name)", zone: zone, format: formats[name], options: options)
      ?? []
  }
  let text = lines.joined(separator: "\n") + "\n"
  let golden = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/samples/\(folder).txt")
  if ProcessInfo.processInfo.environment["VOUCH_RECORD"] == "1" {
    try FileManager.default.createDirectory(
      at: golden.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: golden, atomically: true, encoding: .utf8)
    return
  }
  let expected = try String(contentsOf: golden, encoding: .utf8)
  #expect(text == expected, "samples of \(folder): \(firstDifference(expected, text))")
}
