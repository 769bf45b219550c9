import Foundation
import VouchCollectors
import VouchModel

/// What `vouch sources map` answers: an entry for `vouch.yaml` that reads a file.
public struct TableEntryProposal: Sendable {
  /// Lines below `sources:`, each with its line feed.
  public let entry: String

  /// Looks at the beginning of a file; throws ``Refusal`` when nothing can be proposed.
  ///
  /// - Parameters:
  ///   - record: name of the record type; nil: the one that fits best, and no table at all for an
  ///     export that Vouch reads by itself.
  ///   - name: the source's name; nil: from the file's name.
  ///   - zone: name of the zone for times without one.
  public init(
    file: String, workspace: String, record: String?, name: String?, zone: String?
  ) throws {
    let head = try Self.beginning(of: file)
    if let zone, Zone(zone) == nil {
      throw Self.refusal("map.zone", "'\(zone)' is not a time zone", fix: "write Europe/Berlin")
    }
    let source = name ?? Self.sourceName(file)
    let path = Self.glob(file, workspace: workspace)
    let own = Head(raw: Array(head.raw.prefix(4096)), name: head.name)
    if record == nil, let collector = Collectors.recognising(own) {
      entry = Self.recognised(collector, source: source, path: path, zone: zone)
      return
    }
    let isCut = head.raw.count == TableSample.size
    guard let sample = TableSample(head, isCut: isCut, takesObject: record != nil) else {
      throw Self.refusal(
        "map.no-table", "'\(file)' is no CSV, TSV, JSON or JSON Lines with named columns",
        fix:
          "export it as CSV with a header; of an archive, map the file in it; of one JSON object, say with --record what it is"
      )
    }
    let wanted = try record.map { try Self.recordType($0) }
    guard let proposal = TableMapping.propose(sample, as: wanted) else {
      throw Self.noFit(sample, wanted)
    }
    entry = proposal.entry(named: source, file: path, zone: zone)
  }

  private static func beginning(of file: String) throws -> Head {
    guard let handle = FileHandle(forReadingAtPath: file),
      let data = try? handle.read(upToCount: TableSample.size)
    else {
      throw Refusal(
        .noInput,
        Diagnostic(
          "map.no-file", .error, at: file, "the file cannot be read",
          fix: "name an export that is there and that you may read"))
    }
    return Head(raw: Array(data), name: (file as NSString).lastPathComponent)
  }

  private static func recognised(
    _ collector: any Collector.Type, source: String, path: String, zone: String?
  ) -> String {
    let lines = [
      "# Vouch reads this export by itself: \(collector.summary).",
      "# No mapping is needed; --record NAME proposes one all the same.", "\(source):",
      "  file: \(JSONText.quoted(path))", "  format: \(collector.format)",
      zone.map { "  zone: \($0)" } ?? "  # zone: Europe/Berlin    # when its times have no zone",
    ]
    return lines.map { "  \($0)\n" }.joined()
  }

  private static func recordType(_ name: String) throws -> RecordType {
    if let type = RecordType.named(name) { return type }
    let near = nearest(to: name, among: RecordType.all.map(\.name))
    throw refusal(
      "map.no-record", "'\(name)' is no record type\(near.map { "; did you mean '\($0)'?" } ?? "")",
      fix: "'vouch query --tables' describes them")
  }

  private static func noFit(_ sample: TableSample, _ wanted: RecordType?) -> Refusal {
    let names = sample.names.prefix(20).map { "'\($0)'" }.joined(separator: ", ")
    if let wanted {
      return refusal(
        "map.no-fit",
        "no column of the export feeds \(wanted.key.joined(separator: ", ")), which tells one \(wanted.name) from another",
        fix:
          "write the entry by hand, with columns: {\(wanted.key[0]): ...}; the export has \(names)")
    }
    return refusal(
      "map.no-fit", "no record type fits the columns \(names)",
      fix: "choose one with --record NAME; 'vouch query --tables' describes them")
  }

  private static func refusal(_ id: String, _ text: String, fix: String) -> Refusal {
    Refusal(.data, Diagnostic(id, .error, text, fix: fix))
  }

  /// Lower case letters, digits and `_` of a file's name, dates left out.
  static func sourceName(_ file: String) -> String {
    let stem = ((file as NSString).lastPathComponent as NSString).deletingPathExtension
    let words = stem.replacing(/[12][09][0-9]{2}-?[01][0-9]-?[0-3][0-9]/, with: " ").lowercased()
      .split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    return words.isEmpty ? "table" : words.joined(separator: "_")
  }

  /// The path from the workspace, a date in the file's name replaced by `*` so that later exports
  /// match too.
  static func glob(_ file: String, workspace: String) -> String {
    func absolute(_ path: String) -> String {
      URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
    }
    let root = absolute(workspace) + "/"
    let full = absolute(file)
    let path = full.hasPrefix(root) ? String(full.dropFirst(root.count)) : full
    let folder = (path as NSString).deletingLastPathComponent
    let name = Self.escaped((path as NSString).lastPathComponent).replacing(
      /[12][09][0-9]{2}-?[01][0-9]-?[0-3][0-9]/, with: "*")
    return (Self.escaped(folder) as NSString).appendingPathComponent(name)
  }

  /// A path in which the characters of patterns stand for themselves.
  private static func escaped(_ path: String) -> String {
    String(path.flatMap { "*?[]{}\\".contains($0) ? ["\\", $0] : [$0] })
  }
}
