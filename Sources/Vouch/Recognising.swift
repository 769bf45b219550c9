import Foundation
import VouchCapture
import VouchCollectors
@_spi(Preservation) import VouchModel

/// What one export, or one member of an archive, was recognised as.
public struct RecognisedExport: Sendable {
  /// What the content is, or why it is nothing that can be read.
  public enum Outcome: Sendable {
    case format(String, Found)
    case unknown(reason: String)
  }

  /// What reading it gave.
  public struct Found: Sendable {
    public var recordCount = 0
    /// Record types it speaks about.
    public var types: [RecordType] = []
    /// Problems that cost records.
    public var errors: [Diagnostic] = []
    /// Times without a zone were met: the source needs a `zone:`.
    public var needsZone = false
    /// The time it speaks about, when it says so.
    public var effectiveAt: Instant?
  }

  /// Below the folder that was looked at.
  public let path: String
  /// Name inside the archive.
  public let member: String?
  public let outcome: Outcome

  /// `path`, or `archive.zip!member`.
  public var name: String { member.map { "\(path)!\($0)" } ?? path }
}

extension Workspace {
  /// Looks at the exports lying in a folder, archives opened, and reads each with the collector
  /// that recognises it; stores nothing.
  public static func recognise(
    folder: String, zone: Zone?, progress: (WorkProgress) -> Void = { _ in }
  ) throws -> [RecognisedExport] {
    guard let paths = ExportFolder.paths(below: folder) else {
      throw Refusal(
        .noInput,
        Diagnostic(
          "init.no-folder", .error, at: folder, "there is no such folder",
          fix: "name the folder in which the exports lie"))
    }
    var all: [RecognisedExport] = []
    for path in paths {
      progress(.reading(name: path))
      try ExportFolder.visit(path, in: folder) { export in
        all.append(
          RecognisedExport(
            path: path, member: export.member, outcome: try outcome(of: export, zone: zone)))
      }
    }
    return all
  }

  private static func outcome(
    of export: ExportFolder.Export, zone: Zone?
  ) throws -> RecognisedExport.Outcome {
    guard let file = export.file else {
      return .unknown(reason: "the file \(export.problem ?? "cannot be read")")
    }
    var status = stat()
    let size = stat(file, &status) == 0 ? Int(status.st_size) : 0
    let name = ((export.member ?? export.path) as NSString).lastPathComponent
    let item = EvidenceItem(
      sequence: 1, digest: .zero, size: size,
      provenance: Provenance(
        source: "init", transport: "file", endpoint: file, name: name,
        collectedAt: Instant(seconds: 0)),
      zone: zone, format: nil, options: [:], content: .file(file))
    guard let raw = try? item.head() else { return .unknown(reason: "the file cannot be read") }
    let head = Head(raw: raw, name: name)
    guard let collector = Collectors.recognising(head) else {
      return .unknown(reason: Unrecognised.reason(head))
    }
    return .format(collector.format, found(item, collector))
  }

  private static func found(
    _ item: EvidenceItem, _ collector: any Collector.Type
  ) -> RecognisedExport.Found {
    let reading = Reading(item, into: NoSink())
    do {
      try collector.read(item, into: reading)
    } catch let diagnostic as Diagnostic {
      reading.diagnose(diagnostic)
    } catch let refusal as Refusal {
      refusal.diagnostics.forEach(reading.diagnose)
    } catch {
      reading.diagnose(
        Diagnostic(
          "\(collector.format).unreadable", .error, "the export cannot be read to its end"))
    }
    reading.finish()
    return RecognisedExport.Found(
      recordCount: reading.recordCount + reading.observationCount,
      types: reading.provided.sorted { $0.name < $1.name },
      errors: reading.diagnostics.filter { $0.severity == .error },
      needsZone: reading.diagnostics.contains { $0.id.hasSuffix("zone-unknown") },
      effectiveAt: reading.effectiveAt ?? item.statedTime)
  }
}

/// Says in a few words why no format was recognised. Names keys and columns, never values.
enum Unrecognised {
  static func reason(_ head: Head) -> String {
    if head.raw.isEmpty { return "the file is empty" }
    if head.name.hasSuffix(".xlsx") || head.name.hasSuffix(".xls") || head.name.hasSuffix(".ods") {
      return "a spreadsheet; save the sheet as CSV"
    }
    if head.raw.starts(with: Array("%PDF".utf8)) {
      return "a PDF; it can be kept as a document with 'format: attachment', but not read"
    }
    if head.raw.contains(0), !head.raw.starts(with: [0xFF, 0xFE]),
      !head.raw.starts(with: [0xFE, 0xFF])
    {
      return "a binary file"
    }
    if let root = head.xmlRoot { return "XML with the root '\(root)', which no format has" }
    if head.json != nil { return "JSON whose keys are those of no format" }
    if let columns = head.delimitedHeader {
      return
        "a table of \(columns.count) columns (\(shortened(columns))), which are those of no format"
    }
    return "text that no format recognises"
  }

  private static func shortened(_ columns: [String]) -> String {
    let shown = columns.prefix(4).map { $0.count > 24 ? $0.prefix(23) + "…" : $0 }
    return shown.joined(separator: ", ") + (columns.count > 4 ? ", …" : "")
  }
}

/// Takes everything and keeps nothing.
final class NoSink: ReadingSink {
  func records(_ batch: [Record]) {}
  func host(_ ref: String, number: Int32) {}
  func plugin(_ plugin: Plugin, number: Int32) {}
  func scan(_ id: String, tool: String) {}
  func observations(_ batch: [Observation]) {}
}
