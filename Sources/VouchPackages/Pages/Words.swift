import Mustache
import VouchModel
import Yams

/// All words of the pages in one language: `templates/packages/soc2/strings/en.yaml`.
public struct Words: Sendable {
  let path: String
  let root: Group
  private let texts: [String: String]

  /// A level of the file, as templates read it: `t.nav.overview`.
  struct Group: MustacheParent, Sendable {
    enum Entry: Sendable {
      case text(Text)
      case group(Group)
    }
    let entries: [String: Entry]

    func child(named name: String) -> Any? {
      switch entries[name] {
      case .text(let text): text
      case .group(let group): group
      case nil: nil
      }
    }
  }

  /// Reads a language file, and checks that it has every word the program itself uses.
  public init(_ file: TemplateFile) throws(Refusal) {
    try self.init(file, required: Word.allCases.map(\.rawValue))
  }

  /// Reads a language file of another kind of page, whose program needs other words.
  init(_ file: TemplateFile, required: [String]) throws(Refusal) {
    path = file.path
    var texts: [String: String] = [:]
    let aliases = YAMLAliases.ofCollections(in: file.text)
    guard aliases.count <= YAMLAliases.limit else {
      throw Refusal(
        .data, Self.problem(file.path, aliases.line, "aliases stand for lists or mappings"))
    }
    do {
      guard let node = try Yams.compose(yaml: file.text), let mapping = node.mapping else {
        throw Refusal(.data, Self.problem(file.path, 1, "the file is no mapping of words"))
      }
      root = try Self.group(mapping, prefix: "", path: file.path, into: &texts)
    } catch let refusal as Refusal {
      throw refusal
    } catch {
      let line = (error as? YamlError).flatMap(Self.line) ?? 1
      throw Refusal(.data, Self.problem(file.path, line, "the file is not YAML"))
    }
    self.texts = texts
    let missing = required.filter { texts[$0] == nil }
    guard missing.isEmpty else {
      throw Refusal(
        .data,
        missing.map {
          Diagnostic(
            "template.missing-value", .error, at: file.path,
            "there are no words for '\($0)'",
            why: "pages would have a hole in their place", fix: "add the key")
        })
    }
  }

  /// Every key that has words, `nav.overview`.
  var paths: Dictionary<String, String>.Keys { texts.keys }
  func has(_ path: String) -> Bool { texts[path] != nil }

  /// Words for a key that only the data decides, such as the name of an area; nil when there are
  /// none.
  func optional(_ path: String) -> String? { texts[path] }

  /// The words, with `{name}` replaced by the value of that name.
  func callAsFunction(_ word: Word, _ values: [String: String] = [:]) -> String {
    filled(texts[word.rawValue] ?? "", values)
  }

  /// The words for a number of things; `{n}` is the number.
  func count(
    _ one: Word, _ other: Word, _ n: Int, _ values: [String: String] = [:]
  ) -> String {
    self(n == 1 ? one : other, values.merging(["n": number(n)]) { own, _ in own })
  }

  /// The words of a path, with `{name}` replaced; empty when there are none.
  func text(_ path: String, _ values: [String: String] = [:]) -> String {
    filled(texts[path] ?? "", values)
  }

  private func filled(_ text: String, _ values: [String: String]) -> String {
    guard !values.isEmpty, text.contains("{") else { return text }
    var out = ""
    var rest = text[...]
    // One pass, so that a value that looks like a placeholder stays what it is.
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      out += rest[..<open]
      let name = String(rest[rest.index(after: open)..<close])
      out += values[name] ?? "{\(name)}"
      rest = rest[rest.index(after: close)...]
    }
    return out + rest
  }

  private static func group(
    _ mapping: Node.Mapping, prefix: String, path: String, into texts: inout [String: String]
  ) throws(Refusal) -> Group {
    var entries: [String: Group.Entry] = [:]
    for (key, value) in mapping {
      guard let name = key.scalar?.string else {
        throw Refusal(.data, problem(path, key.mark?.line ?? 1, "a key has to be a word"))
      }
      if let inner = value.mapping {
        entries[name] = .group(
          try group(inner, prefix: "\(prefix)\(name).", path: path, into: &texts))
      } else if let text = value.scalar?.string {
        texts["\(prefix)\(name)"] = text
        entries[name] = .text(Text(VisibleText.clean(text, .many)))
      } else {
        throw Refusal(
          .data, problem(path, value.mark?.line ?? 1, "'\(prefix)\(name)' has to be a text"))
      }
    }
    return Group(entries: entries)
  }

  private static func problem(_ path: String, _ line: Int, _ text: String) -> Diagnostic {
    Diagnostic(
      "template.words", .error, at: "\(path):\(line)", text,
      why: "a page without its words is not written",
      fix: "compare the file with the built-in one, templates/packages/soc2/strings/en.yaml")
  }

  private static func line(_ error: YamlError) -> Int? {
    switch error {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
      mark.line
    default: nil
    }
  }
}
