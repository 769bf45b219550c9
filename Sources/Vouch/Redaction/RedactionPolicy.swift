import Foundation
import VouchControls
import VouchModel

/// What a redacted copy leaves out: which columns, which patterns, which words.
///
/// ```yaml
/// name: copy for customers
/// columns: [person.person_id, account.names, asset.hostname]   # of the records, see 'vouch query --tables'
/// patterns: ['[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[a-z]{2,}']
/// words: [Project Heron]
/// ```
struct RedactionPolicy: Sendable {
  let name: String
  /// Record type and column.
  let columns: [(type: String, column: String)]
  let patterns: [String]
  let words: [String]
  /// SHA-256 of the policy's text.
  let digest: Digest

  init(path: String) throws(Refusal) {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Refusal(
        .noInput, Diagnostic("redact.policy", .error, at: path, "there is no such file"))
    }
    try self.init(text: String(decoding: data, as: UTF8.self), file: path)
  }

  init(text: String, file: String) throws(Refusal) {
    let reader = YAMLReader(file: file, topic: "redact")
    guard let map = reader.open(text) else { throw Refusal(.data, reader.problems) }
    name = map.string("name") ?? "redacted copy"
    columns = map.strings("columns").compactMap { Self.column($0, map) }
    patterns = map.strings("patterns").filter { pattern in
      if (try? Regex(pattern)) != nil { return true }
      map.problem("pattern", "patterns", "'\(pattern)' is no regular expression")
      return false
    }
    words = map.strings("words")
    digest = .sha256(text)
    map.end()
    if columns.isEmpty, patterns.isEmpty, words.isEmpty, reader.problems.isEmpty {
      map.problem(
        "empty", "columns", "the policy replaces nothing",
        fix: "name columns, patterns or words to replace")
    }
    if !reader.problems.isEmpty { throw Refusal(.data, reader.problems) }
  }

  private static func column(_ text: String, _ map: YAMLReader.Map) -> (String, String)? {
    let parts = text.split(separator: ".").map(String.init)
    guard parts.count == 2, let type = RecordType.named(parts[0]) else {
      map.problem(
        "column", "columns", "'\(text)' names no record type",
        fix: "write person.person_id; 'vouch query --tables' lists them")
      return nil
    }
    guard type.columns.contains(where: { $0.name == parts[1] }) else {
      let hint = nearest(to: parts[1], among: type.columns.map(\.name)).map {
        "; did you mean '\($0)'?"
      }
      map.problem("column", "columns", "\(parts[0]) has no column '\(parts[1])'\(hint ?? "")")
      return nil
    }
    return (parts[0], parts[1])
  }
}
