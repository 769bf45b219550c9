import Foundation
import VouchModel

@testable import VouchCollectors

/// What a whole sample gives, in few lines: who reads it, how many records of each type with the
/// first and last key, how many observations by severity, and how often each diagnostic.
struct SampleOutline {
  /// Outlines of a family, in the file `Tests/Fixtures/samples/FAMILY.txt`:
  ///
  ///     == vulnerabilities/lynis-report.dat Europe/Berlin
  ///     lynis
  ///     compliance_check 467 …
  ///
  /// After the path, the zone of the source. `VOUCH_RECORD=1` rewrites the file; review it.
  static func expected(_ family: String) throws -> [(path: String, zone: String?, text: String)] {
    let text = try String(contentsOf: file(family), encoding: .utf8)
    return text.components(separatedBy: "== ").dropFirst().map { block in
      let lines = block.split(separator: "\n")
      let words = lines[0].split(separator: " ").map(String.init)
      return (
        words[0], words.count > 1 ? words[1] : nil, lines.dropFirst().joined(separator: "\n")
      )
    }
  }

  static func record(_ family: String) throws {
    let blocks = try expected(family).map { path, zone, text in
      "== \(path)\(zone.map { " " + $0 } ?? "")\n" + (try outline(path, zone: zone) ?? text)
    }
    try blocks.joined(separator: "\n").appending("\n")
      .write(to: file(family), atomically: true, encoding: .utf8)
  }

  private static func file(_ family: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/samples/\(family).txt")
  }

  /// Nil when the samples are not there.
  static func outline(_ path: String, zone: String?) throws -> String? {
    guard let item = Samples.item(path, zone: zone) else { return nil }
    let head = Head(raw: try item.head(), name: item.provenance.name)
    let formats = Collectors.all.filter { $0.recognises(head) }.map { $0.format }
    guard formats.count == 1, let collector = Collectors.named(formats[0]) else {
      return "recognised by \(formats)"
    }
    let gathered = Gathered(item, by: collector)
    var lines = [collector.format + (gathered.reading.isComplete ? "" : " incomplete")]
    if let at = gathered.reading.effectiveAt { lines.append("effective \(at)") }
    lines += gathered.counts + observations(gathered)
    let ids = Dictionary(grouping: gathered.reading.diagnostics) { "\($0.severity) \($0.id)" }
    lines += ids.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.count)" }
    if let thrown = gathered.thrown { lines.append("thrown \(thrown)") }
    return lines.joined(separator: "\n")
  }

  private static func observations(_ gathered: Gathered) -> [String] {
    let all = gathered.sink.observations
    if all.isEmpty { return [] }
    let counts = Dictionary(grouping: all, by: \.observation.severity)
      .sorted { $0.key > $1.key }.map { "\($0.key):\($0.value.count)" }
    let plugins = gathered.sink.plugins
    return [
      "observations by severity \(counts.joined(separator: " "))",
      "plugins \(plugins.count) \(plugins.first?.id ?? "") … \(plugins.last?.id ?? "")",
    ]
  }
}
