import Foundation
import VouchCollectors
import VouchDemo
@_spi(Preservation) import VouchModel
import VouchStore

extension Workspace {
  /// Writes the made-up company into a folder and collects its exports on the days on which they
  /// were taken; returns how many there are.
  public static func demo(_ folder: String, hosts: Int) throws -> Int {
    let root = normal(folder)
    let store = root + "/evidence/ledger.jsonl"
    guard !FileManager.default.fileExists(atPath: store) else {
      throw Refusal(
        .data,
        Diagnostic(
          "demo.exists", .error, at: store, "there is evidence here already",
          why: "what is preserved is never changed or dropped", fix: "name another folder"))
    }
    try write(Templates.builtIn["demo/vouch.yaml"] ?? "", to: root + "/vouch.yaml")
    let exports = DemoCompany(hosts: hosts).exports()
    var index = 0
    while index < exports.count {
      let day = exports[index].collectedAt
      var names: Set<String> = []
      while index < exports.count, exports[index].collectedAt == day {
        try write(exports[index], below: root)
        names.insert(String(exports[index].path.prefix { $0 != "/" }))
        index += 1
      }
      let workspace = try Workspace(path: root)
      let sources = workspace.configuration.sources.map(\.name).filter(names.contains)
      _ = try workspace.preserveOnly(sources, at: day)
      try? FileManager.default.removeItem(atPath: root + "/evidence/inbox")
    }
    return exports.count
  }

  private static func write(_ text: String, to path: String) throws {
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    if FileManager.default.fileExists(atPath: path) { return }
    try text.write(toFile: path, atomically: true, encoding: .utf8)
  }

  private static func write(_ export: DemoExport, below root: String) throws {
    let path = "\(root)/evidence/inbox/\(export.path)"
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    guard let file = fopen(path, "wb") else { throw CocoaError(.fileWriteNoPermission) }
    defer { fclose(file) }
    try export.write { fwrite($0.baseAddress, 1, $0.count, file) }
  }

  /// Writes one generated scan of about this size, all severities, for measuring.
  public static func writeNessus(_ path: String, megabytes: Int) throws {
    var scan = NessusGenerator(
      name: "Benchmark", started: Instant(year: 2026, month: 9, day: 6, hour: 2))
    // An item has about 1.5 KB.
    scan.itemsPerHost = 200
    scan.background = .mixed
    scan.hosts = (0..<max(1, megabytes * 1_000_000 / 1500 / 200)).map { n in
      NessusGenerator.Host(
        name: "host-\(n).northlight.example", address: "10.\(n / 65536).\(n / 256 % 256).\(n % 256)"
      )
    }
    guard let file = fopen(path, "wb") else { throw CocoaError(.fileWriteNoPermission) }
    defer { fclose(file) }
    scan.write { fwrite($0.baseAddress, 1, $0.count, file) }
  }

  /// Reads a file with the collector that recognises it and counts what it gives; stores nothing.
  public static func count(_ path: String) throws -> String {
    let size = (try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    let item = EvidenceItem(
      sequence: 1, digest: .zero, size: size,
      provenance: Provenance(
        source: "file", transport: "file", endpoint: path,
        name: (path as NSString).lastPathComponent, collectedAt: Instant(seconds: 0)),
      zone: .utc, format: nil, options: [:], content: .file(path))
    let head = Head(raw: try item.head(), name: item.provenance.name)
    guard let collector = Collectors.recognising(head) else { return "not a known format" }
    let reading = Reading(item, into: NoSink())
    try collector.read(item, into: reading)
    reading.finish()
    return
      "\(collector.format): \(reading.recordCount) records, \(reading.observationCount) observations, \(reading.diagnostics.count) diagnostics"
  }
}
