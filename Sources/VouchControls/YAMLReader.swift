import VouchModel
import Yams

/// Reads a YAML mapping key by key and collects every problem with its line: a wrong type, a
/// missing key, a key nobody knows (with the likely intention).
public final class YAMLReader {
  public let file: String
  public private(set) var problems: [Diagnostic] = []
  /// Every key that was looked for, as a path: `organization.name`, `controls.*.owner`,
  /// `waivers[].id`. What a schema has to know, and what a test holds it against.
  public private(set) var keys: Set<String> = []
  /// First part of the ids of the problems: `control`, `config`.
  private let topic: String

  public init(file: String, topic: String) {
    self.file = file
    self.topic = topic
  }

  /// The document's top mapping; nil after a syntax error or when it is no mapping.
  public func open(_ text: String) -> Map? {
    let aliases = YAMLAliases.ofCollections(in: text)
    guard aliases.count <= YAMLAliases.limit else {
      problems.append(
        Diagnostic(
          "\(topic).aliases", .error, at: "\(file):\(aliases.line)",
          "\(aliases.count) aliases stand for lists or mappings; at most \(YAMLAliases.limit) may",
          why: "a short file of them can fill the memory", fix: "write out what they stand for"))
      return nil
    }
    do {
      // We tell numbers from texts ourselves; the other resolvers try regular expressions on every
      // word of every file.
      guard let node = try Yams.compose(yaml: text, .basic) else {
        problem("empty", nil, "the file is empty", fix: "copy an example and change it")
        return nil
      }
      guard case .mapping(let mapping) = node else {
        problem(
          "shape", node, "the file has to be a mapping of keys to values",
          fix: "begin with a line such as 'key: value'")
        return nil
      }
      return Map(self, mapping, path: "", pattern: "")
    } catch let error as YamlError {
      let (line, text) = Self.place(error)
      problems.append(
        Diagnostic(
          "\(topic).yaml", .error, at: line.map { "\(file):\($0)" } ?? file,
          "not valid YAML: \(text)",
          why: "nothing of the file can be used",
          fix: "check indentation, quotes and colons near this line"))
      return nil
    } catch {
      problem("yaml", nil, "not valid YAML")
      return nil
    }
  }

  private static func place(_ error: YamlError) -> (Int?, String) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      (mark.line, problem)
    case .duplicatedKeysInMapping(let keys, let context):
      (
        context.mark.line,
        "the key '\(keys.map { "\($0)" }.sorted().joined(separator: "', '"))' occurs twice"
      )
    default: (nil, "the text cannot be read")
    }
  }

  public func problem(
    _ id: String, _ node: Node?, _ text: String, why: String = "", fix: String = ""
  ) {
    let line = node?.mark?.line
    problems.append(
      Diagnostic(
        "\(topic).\(id)", .error, at: line.map { "\(file):\($0)" } ?? file, text, why: why,
        fix: fix))
  }

  /// A mapping whose keys are taken one after another; ``end()`` reports the ones left over.
  public final class Map {
    let reader: YAMLReader
    public let mapping: Node.Mapping
    let path: String
    /// As ``path``, `*` for names that the file is free to choose and `[]` for places in lists.
    private let pattern: String
    private var known: Set<String> = []

    init(_ reader: YAMLReader, _ mapping: Node.Mapping, path: String, pattern: String) {
      self.reader = reader
      self.mapping = mapping
      self.path = path
      self.pattern = pattern
    }

    /// `file:line` of the mapping.
    public var place: String {
      mapping.mark.map { "\(reader.file):\($0.line)" } ?? reader.file
    }

    public func node(_ key: String) -> Node? {
      known.insert(key)
      reader.keys.insert(pattern + key)
      guard let node = mapping[Node(key)] else { return nil }
      if case .scalar(let s) = node, s.style == .plain, ["", "~", "null"].contains(s.string) {
        return nil
      }
      return node
    }

    public func has(_ key: String) -> Bool { node(key) != nil }

    /// The text of a scalar.
    public func string(_ key: String) -> String? {
      guard let node = node(key) else { return nil }
      guard case .scalar(let scalar) = node else {
        reader.problem(
          "type", node, "'\(path)\(key)' has to be a text",
          fix: "write one word or a text in quotes, no list and no mapping")
        return nil
      }
      return scalar.string
    }

    public func required(_ key: String) -> String {
      if let value = string(key) { return value }
      if !has(key) { missing(key) }
      return ""
    }

    public func missing(_ key: String) {
      reader.problem(
        "missing", .mapping(mapping), "'\(path)\(key)' is missing",
        fix: "add a line '\(key): …'")
    }

    public func int(_ key: String) -> Int? {
      guard let text = string(key) else { return nil }
      if let value = Int(text) { return value }
      reader.problem(
        "type", node(key), "'\(path)\(key)' has to be a whole number, not '\(text)'",
        fix: "write digits only")
      return nil
    }

    public func real(_ key: String) -> Double? {
      guard let text = string(key) else { return nil }
      if let value = Double(text), value.isFinite { return value }
      reader.problem(
        "type", node(key), "'\(path)\(key)' has to be a number, not '\(text)'",
        fix: "write it like 0.05")
      return nil
    }

    public func flag(_ key: String) -> Bool? {
      guard let text = string(key) else { return nil }
      if text == "true" { return true }
      if text == "false" { return false }
      reader.problem(
        "type", node(key), "'\(path)\(key)' has to be true or false, not '\(text)'",
        fix: "write true or false")
      return nil
    }

    /// An instant: ISO 8601 with offset, or a date or time in `zone`.
    public func instant(_ key: String, zone: Zone) -> Instant? {
      guard let text = string(key) else { return nil }
      if let time = WrittenTime(iso: text) { return zone.instant(time) }
      reader.problem(
        "time", node(key), "'\(path)\(key)' is not a date or time: '\(text)'",
        fix: "write 2026-07-01 or 2026-07-01T08:00:00Z")
      return nil
    }

    /// A value of a fixed list of words.
    public func choice<T: RawRepresentable & CaseIterable>(_ key: String, _ type: T.Type) -> T?
    where T.RawValue == String {
      guard let text = string(key) else { return nil }
      if let value = T(rawValue: text) { return value }
      let words = T.allCases.map(\.rawValue)
      let hint = nearest(to: text, among: words).map { "; did you mean '\($0)'?" } ?? ""
      reader.problem(
        "word", node(key), "'\(path)\(key)' is '\(text)'\(hint)",
        why: "no other word has a meaning here",
        fix: "it has to be one of \(words.joined(separator: ", "))")
      return nil
    }

    public func strings(_ key: String) -> [String] {
      guard let node = node(key) else { return [] }
      if case .scalar(let scalar) = node { return [scalar.string] }
      guard case .sequence(let sequence) = node else {
        reader.problem("type", node, "'\(path)\(key)' has to be a list", fix: "write [a, b]")
        return []
      }
      return sequence.compactMap { element in
        if case .scalar(let scalar) = element { return scalar.string }
        reader.problem(
          "type", element, "'\(path)\(key)' has to be a list of texts", fix: "write [a, b]")
        return nil
      }
    }

    public func map(_ key: String) -> Map? {
      guard let node = node(key) else { return nil }
      guard case .mapping(let mapping) = node else {
        reader.problem(
          "type", node, "'\(path)\(key)' has to be a mapping",
          fix: "write 'key: value' below it, indented, or {key: value}")
        return nil
      }
      return Map(reader, mapping, path: "\(path)\(key).", pattern: "\(pattern)\(key).")
    }

    public func maps(_ key: String) -> [Map] {
      guard let node = node(key) else { return [] }
      guard case .sequence(let sequence) = node else {
        reader.problem(
          "type", node, "'\(path)\(key)' has to be a list of mappings",
          fix: "begin each entry with '- key: value'")
        return []
      }
      return sequence.enumerated().compactMap { index, element in
        guard case .mapping(let mapping) = element else {
          reader.problem(
            "type", element, "'\(path)\(key)' has to be a list of mappings",
            fix: "begin each entry with '- key: value'")
          return nil
        }
        return Map(
          reader, mapping, path: "\(path)\(key)[\(index)].", pattern: "\(pattern)\(key)[].")
      }
    }

    /// Key and value of every entry, in the file's order; the keys count as known.
    public func entries() -> [(key: String, node: Node)] {
      reader.keys.insert(pattern + "*")
      return mapping.compactMap { key, value in
        guard case .scalar(let scalar) = key else { return nil }
        known.insert(scalar.string)
        return (scalar.string, value)
      }
    }

    /// The mapping below a key of ``entries()``; nil when it is none.
    public func sub(_ key: String, _ node: Node) -> Map? {
      guard case .mapping(let mapping) = node else {
        reader.problem(
          "type", node, "'\(path)\(key)' has to be a mapping",
          fix: "write 'key: value' below it, indented, or {key: value}")
        return nil
      }
      return Map(reader, mapping, path: "\(path)\(key).", pattern: pattern + "*.")
    }

    public func problem(
      _ id: String, _ key: String, _ text: String, why: String = "", fix: String = ""
    ) {
      reader.problem(id, node(key) ?? .mapping(mapping), text, why: why, fix: fix)
    }

    /// Reports the keys that nobody asked for.
    public func end() {
      for (key, _) in mapping {
        guard case .scalar(let scalar) = key, !known.contains(scalar.string) else { continue }
        let hint =
          nearest(to: scalar.string, among: known).map { "; did you mean '\($0)'?" } ?? ""
        reader.problem(
          "unknown-key", key, "unknown key '\(path)\(scalar.string)'\(hint)",
          why: "a misspelt key would be ignored in silence",
          fix: "known here: \(known.sorted().joined(separator: ", "))")
      }
    }
  }
}

extension Node {
  /// A scalar as a record's value: numbers and truth values by YAML's core schema, `null` as NULL,
  /// lists and mappings as JSON text.
  public var recordValue: VouchModel.Value {
    switch self {
    case .scalar(let scalar):
      if scalar.style != .plain { return .text(scalar.string) }
      switch scalar.string {
      case "", "null", "~": return .null
      case "true": return .integer(1)
      case "false": return .integer(0)
      default:
        if let n = Int64(scalar.string) { return .integer(n) }
        if let x = Double(scalar.string), x.isFinite { return .real(x) }
        return .text(scalar.string)
      }
    case .sequence, .mapping: return .text(json)
    case .alias: return .null
    }
  }

  /// This node as JSON text.
  public var json: String {
    switch self {
    case .scalar:
      switch recordValue {
      case .null: "null"
      case .integer(let n):
        scalar?.string == "true" ? "true" : scalar?.string == "false" ? "false" : String(n)
      case .real: scalar?.string ?? "null"
      case .text(let s): JSONText.quoted(s)
      }
    case .sequence(let s): "[" + s.map(\.json).joined(separator: ",") + "]"
    case .mapping(let m):
      "{"
        + m.compactMap { key, value in
          key.scalar.map { JSONText.quoted($0.string) + ":" + value.json }
        }.joined(separator: ",") + "}"
    case .alias: "null"
    }
  }
}
