import Foundation
import VouchModel
import Yams

/// A YAML file, or a Markdown file with YAML front matter, that people write as evidence:
/// a list of entries, each a flat set of named fields.
///
/// Anchors and aliases are refused: nobody needs them here, and a few of them make a small file
/// unfold into a huge one. Scalars stay as written; YAML's own reading of dates and of `no` never
/// happens.
struct StatementFile {
  /// Largest file, in bytes.
  static let sizeLimit = 4 << 20

  let entries: [Entry]

  /// Reads the file; a problem is reported and nil returned.
  ///
  /// - Parameters:
  ///   - list: key under which a YAML file may keep its entries, e.g. `attestations`.
  static func read(_ item: EvidenceItem, format: String, list: String, _ reading: Reading) throws
    -> StatementFile?
  {
    guard item.size <= sizeLimit else {
      reading.diagnose(.notYAML(format, "the file is larger than 4 MB", at: item.label))
      return nil
    }
    let bytes = try item.decodedText(reading)
    let matter = FrontMatter(bytes)
    let text = String(decoding: matter?.yaml ?? bytes[...], as: UTF8.self)
    if let line = firstAnchor(in: text) {
      reading.diagnose(
        .notYAML(format, "anchors and aliases are not read", at: item.at("L\(line)")))
      return nil
    }
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      reading.diagnose(.notYAML(format, problem(of: error), at: item.at(place(of: error))))
      return nil
    }
    guard let nodes = entryNodes(of: root, list: list) else {
      reading.diagnose(
        .notYAML(format, "the file is neither an entry nor a list of entries", at: item.label))
      return nil
    }
    let body = matter.map { Array($0.body) }
    return StatementFile(entries: nodes.map { Entry(fields: $0, body: body, format: format) })
  }

  private static func entryNodes(of root: Node?, list: String) -> [Node.Mapping]? {
    guard let root else { return nil }
    if let mapping = root.mapping {
      guard let listed = mapping[Node(list)] else { return [mapping] }
      return listed.sequence.map { $0.compactMap(\.mapping) }
    }
    guard let sequence = root.sequence, sequence.allSatisfy({ $0.mapping != nil }) else {
      return nil
    }
    return sequence.compactMap(\.mapping)
  }

  /// The line of the first `&name` or `*name` that stands where a value may begin.
  ///
  /// `R&D`, `*emphasis*` and bullets are text.
  static func firstAnchor(in text: String) -> Int? {
    for (i, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    where line.contains("&") || line.contains("*") {
      if line.indices.contains(where: { isAnchor(line[$0...], after: line[..<$0]) }) {
        return i + 1
      }
    }
    return nil
  }

  private static func isAnchor(_ rest: Substring, after before: Substring) -> Bool {
    guard rest.first == "&" || rest.first == "*" else { return false }
    let name = rest.dropFirst().prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
    guard !name.isEmpty else { return false }
    let ends = rest[name.endIndex...].first.map { " ,]}:\r".contains($0) } ?? true
    let begins = before.last { $0 != " " }.map { ":[{,?-".contains($0) } ?? true
    return ends && begins
  }

  private static func problem(of error: any Error) -> String {
    switch error {
    case YamlError.scanner(_, let problem, _, _), YamlError.parser(_, let problem, _, _),
      YamlError.composer(_, let problem, _, _):
      "not valid YAML: \(problem)"
    case YamlError.duplicatedKeysInMapping: "a key stands twice in one entry"
    default: "not valid YAML"
    }
  }

  private static func place(of error: any Error) -> String {
    switch error {
    case YamlError.scanner(_, _, let mark, _), YamlError.parser(_, _, let mark, _),
      YamlError.composer(_, _, let mark, _):
      "L\(mark.line)"
    case YamlError.duplicatedKeysInMapping(_, let context): "L\(context.mark.line)"
    default: ""
    }
  }
}

/// The YAML between the two `---` lines at the beginning of a Markdown file, and what follows.
struct FrontMatter {
  /// With the first `---` line, so that line numbers are those of the file.
  let yaml: ArraySlice<UInt8>
  /// Everything after the second `---` line: what `sed '1,/^---$/d'` prints.
  let body: ArraySlice<UInt8>

  /// Nil when the file does not begin with front matter, or has nothing after it.
  init?(_ bytes: [UInt8]) {
    func isFence(_ line: ArraySlice<UInt8>) -> Bool {
      line.starts(with: Array("---".utf8))
        && line.dropFirst(3).allSatisfy { $0 == 0x20 || $0 == 0x0D }
    }
    guard let firstEnd = bytes.firstIndex(of: 0x0A), isFence(bytes[..<firstEnd]) else { return nil }
    var start = firstEnd + 1
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
      if isFence(bytes[start..<end]) {
        let body = bytes[min(end + 1, bytes.count)...]
        guard body.contains(where: { $0 > 0x20 }) else { return nil }
        yaml = bytes[..<start]
        self.body = body
        return
      }
      start = end + 1
    }
    return nil
  }
}

/// One entry of a file that people write.
struct Entry {
  let fields: Node.Mapping
  /// What follows the front matter of a Markdown file.
  let body: [UInt8]?
  let format: String

  /// `L12`: the line on which the entry begins.
  var place: String { place(of: fields.first?.key) }

  func place(of node: Node?) -> String { node?.mark.map { "L\($0.line)" } ?? "" }

  func node(_ key: String) -> Node? { fields.first { $0.key.string == key }?.value }

  /// A scalar as written; nil when absent, empty or one of the spellings of "none".
  func text(_ key: String) -> String? { node(key).flatMap(Self.text) }

  static func text(_ node: Node) -> String? {
    guard let written = node.scalar?.string.trimmingCharacters(in: .whitespacesAndNewlines),
      written != "~", !isNoneSpelling(written)
    else { return nil }
    return written
  }

  /// A list, written as a YAML list or with commas; nil when absent.
  func list(_ key: String) -> [String]? {
    guard let node = node(key) else { return nil }
    if let sequence = node.sequence { return sequence.compactMap(Self.text) }
    return Self.text(node)?.split(separator: ",")
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }

  /// A field of a field: `attachment: {file: ..., sha256: ...}`.
  func text(_ key: String, _ inner: String) -> String? {
    node(key)?.mapping?.first { $0.key.string == inner }.flatMap { Self.text($0.value) }
  }

  /// Reports keys that nothing reads.
  func refuseUnknownKeys(besides known: [String], _ reading: Reading) {
    for (key, _) in fields {
      guard let name = key.string, !known.contains(name) else { continue }
      let near = nearest(to: name, among: known)
      reading.diagnose(
        Diagnostic(
          "\(format).field", .error, at: reading.item.at(place(of: key)),
          "there is no field '\(name)'" + (near.map { "; did you mean '\($0)'?" } ?? ""),
          why: "what stands there would be ignored", fix: "use \(known.joined(separator: ", "))"))
    }
  }

  /// A date or time; one without an offset is read in the source's zone.
  func instant(_ key: String, _ reading: Reading) -> Instant? {
    node(key).flatMap { instant($0, called: key, reading) }
  }

  func instant(_ node: Node, called key: String, _ reading: Reading) -> Instant? {
    guard let written = Self.text(node) else { return nil }
    let place = reading.item.at(place(of: node))
    guard let time = WrittenTime(iso: written) else {
      reading.diagnose(
        Diagnostic(
          "\(format).date", .error, at: place, "'\(key)' is no date",
          why: "without it the entry belongs to no period", fix: "write \(key): 2026-06-30"))
      return nil
    }
    if let instant = time.instant { return instant }
    guard let zone = reading.item.zone else {
      reading.diagnose(
        Diagnostic(
          "\(format).zone-unknown", .error, at: place, "'\(key)' names no time zone",
          why: "a local time is no instant",
          fix: "add zone: Europe/Berlin to the source, or write 2026-06-30T12:00:00+02:00"))
      return nil
    }
    return zone.instant(time)
  }

  /// A SHA-256 in hexadecimal, `sha256:` in front of it allowed.
  func digest(_ node: Node?, called key: String, _ reading: Reading) -> Digest? {
    guard let node, let written = Self.text(node)?.lowercased() else { return nil }
    let hex = written.hasPrefix("sha256:") ? written.dropFirst(7) : written[...]
    guard let digest = Digest(hex: hex) else {
      reading.diagnose(
        Diagnostic(
          "\(format).digest", .error, at: reading.item.at(place(of: node)),
          "'\(key)' is no SHA-256: it has to be 64 hexadecimal digits",
          why: "nothing ties the entry to the document it names", fix: "paste what sha256sum prints"
        ))
      return nil
    }
    return digest
  }
}

extension Head {
  /// Whether this is YAML, or Markdown with YAML front matter, whose entries have the key `entry`
  /// and at least one of `others`, at the top level or in a list there.
  func isStatement(_ entry: String, list: String, others: [String]) -> Bool {
    guard json == nil, xmlRoot == nil else { return false }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
    if lines.first?.hasPrefix("---") == true {
      let rest = lines.dropFirst()
      let end = rest.firstIndex { $0.hasPrefix("---") } ?? rest.endIndex
      lines = rest[..<end]
    }
    func keys(_ line: Substring) -> Substring? {
      let indent = line.prefix { $0 == " " || $0 == "-" }
      guard indent.count <= 6, let colon = line.firstIndex(of: ":") else { return nil }
      return line[indent.endIndex..<colon]
    }
    let found = Set(lines.compactMap(keys).map(String.init))
    return (found.contains(entry) || found.contains(list)) && !found.isDisjoint(with: others)
  }
}

extension Diagnostic {
  static func notYAML(_ format: String, _ text: String, at place: String) -> Diagnostic {
    Diagnostic(
      "\(format).not-yaml", .error, at: place, text,
      why: "nothing in this file is read", fix: "correct the file and collect it again")
  }
}
