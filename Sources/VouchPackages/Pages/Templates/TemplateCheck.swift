import VouchModel

/// Holds the names in templates against the values that a page really has.
///
/// Mustache prints a misspelt name as nothing. In a document that an auditor reads, a figure that
/// is silently missing is worse than no document.
struct TemplateCheck {
  let trees: [String: TemplateTree]
  let words: Words
  private(set) var problems: [Diagnostic] = []
  /// Partials that are being read, to find one that includes itself.
  private var open: [String] = []

  init(trees: [String: TemplateTree], words: Words) {
    self.trees = trees
    self.words = words
  }

  private enum Scope {
    case view(ViewShape)
    case text
  }
  private typealias Blocks = [String: (path: String, nodes: [TemplateTree.Node])]

  mutating func check(_ template: String, against shape: ViewShape) {
    guard let tree = trees[template] else { return }
    open = [template]
    check(tree.nodes, in: [.view(shape)], path: tree.path, blocks: [:])
  }

  private mutating func check(
    _ nodes: [TemplateTree.Node], in scopes: [Scope], path: String, blocks: Blocks
  ) {
    for node in nodes {
      switch node {
      case .value(let name, let isEscaped, let line):
        checkValue(name, isEscaped: isEscaped, in: scopes, at: "\(path):\(line)")
      case .section(let name, let inverted, let line, let content):
        guard let shape = shape(of: name, in: scopes, at: "\(path):\(line)") else { continue }
        check(
          content, in: inverted ? scopes : inner(shape, of: scopes), path: path, blocks: blocks)
      case .block(let name, _, let content):
        if let own = blocks[name] {
          check(own.nodes, in: scopes, path: own.path, blocks: blocks)
        } else {
          check(content, in: scopes, path: path, blocks: blocks)
        }
      case .partial(let name, let line, let own):
        checkPartial(
          name, in: scopes, at: "\(path):\(line)",
          blocks: blocks.merging(own.mapValues { (path, $0) }) { outer, _ in outer })
      case .refused(let tag, let line):
        problems.append(.refusedTag(tag, at: "\(path):\(line)"))
      }
    }
  }

  private mutating func checkPartial(
    _ name: String, in scopes: [Scope], at place: String, blocks: Blocks
  ) {
    guard let tree = trees[name] else {
      problems.append(
        Diagnostic(
          "template.missing-partial", .error, at: place, "there is no partial '\(name)'",
          why: "Mustache would print nothing in its place",
          fix: nearest(to: name, among: trees.keys).map { "did you mean '\($0)'?" } ?? ""))
      return
    }
    guard !open.contains(name) else {
      problems.append(
        Diagnostic(
          "template.recursive-partial", .error, at: place, "'\(name)' includes itself",
          why: "rendering it would not come to an end"))
      return
    }
    open.append(name)
    check(tree.nodes, in: scopes, path: tree.path, blocks: blocks)
    open.removeLast()
  }

  private mutating func checkValue(
    _ name: String, isEscaped: Bool, in scopes: [Scope], at place: String
  ) {
    guard let shape = shape(of: name, in: scopes, at: place) else { return }
    switch shape {
    case .text where !isEscaped:
      problems.append(
        Diagnostic(
          "template.unescaped-value", .error, at: place,
          "'\(name)' is text and may be printed escaped only",
          why: "exports quote attackers; text must never become markup",
          fix: "write {{\(name)}}"))
    case .markup where isEscaped:
      problems.append(
        Diagnostic(
          "template.escaped-markup", .error, at: place,
          "'\(name)' is markup and would be printed as text", fix: "write {{{\(name)}}}"))
    case .text, .markup: break
    case .flag, .words, .object, .list:
      problems.append(
        Diagnostic(
          "template.not-a-text", .error, at: place, "'\(name)' is no text",
          why: "it would be printed the way the program writes it for itself",
          fix: "open it as a section: {{#\(name)}} … {{/\(name)}}"))
    }
  }

  private func inner(_ shape: Shape, of scopes: [Scope]) -> [Scope] {
    switch shape {
    case .flag: scopes
    case .text, .markup, .words: scopes + [.text]
    case .object(let view), .list(let view): scopes + [.view(view)]
    }
  }

  /// The shape a name stands for; nil after a problem was reported.
  private mutating func shape(of name: String, in scopes: [Scope], at place: String) -> Shape? {
    var path = name
    // A transform: {{uppercased(id)}}.
    if let open = path.firstIndex(of: "("), path.last == ")" {
      path = String(path[path.index(after: open)...].dropLast())
      if path.isEmpty { return .flag }
    }
    if path == "." {
      if case .text? = scopes.last { return .text }
      problems.append(missing(name, among: [], at: place))
      return nil
    }
    let parts = path.split(separator: ".").map(String.init)
    let searched = path.hasPrefix(".") ? Array(scopes.suffix(1)) : scopes.reversed()
    var known: [String] = []
    for case .view(let view) in searched {
      let fields = view.fields
      known += fields.keys
      if let first = parts.first, let shape = fields[first] {
        return descend(parts.dropFirst(), from: shape, name: name, at: place)
      }
    }
    problems.append(missing(name, among: known, at: place))
    return nil
  }

  private mutating func descend(
    _ parts: ArraySlice<String>, from shape: Shape, name: String, at place: String
  ) -> Shape? {
    guard let next = parts.first else { return shape }
    switch shape {
    case .words:
      let path = parts.joined(separator: ".")
      if words.has(path) { return .text }
      problems.append(
        Diagnostic(
          "template.missing-value", .error, at: place,
          "'{{\(name)}}' names no words in \(words.path)"
            + suggestion(nearest(to: path, among: words.paths).map { "t.\($0)" }),
          why: "a name that does not exist is printed as nothing",
          fix: "add it to \(words.path), and to the other languages"))
      return nil
    case .object(let view):
      let fields = view.fields
      guard let inner = fields[next] else {
        problems.append(missing(name, among: Array(fields.keys), at: place))
        return nil
      }
      return descend(parts.dropFirst(), from: inner, name: name, at: place)
    case .text, .markup, .flag, .list:
      problems.append(missing(name, among: [], at: place))
      return nil
    }
  }

  private func missing(_ name: String, among known: [String], at place: String) -> Diagnostic {
    let last = name.split(separator: ".").last.map(String.init) ?? name
    return Diagnostic(
      "template.missing-value", .error, at: place,
      "'{{\(name)}}' names no value of this page" + suggestion(nearest(to: last, among: known)),
      why: "a name that does not exist is printed as nothing",
      fix: "correct the name; the built-in template shows the values there are")
  }

  private func suggestion(_ word: String?) -> String {
    word.map { "; did you mean '\($0)'?" } ?? ""
  }
}

extension Diagnostic {
  fileprivate static func refusedTag(_ tag: String, at place: String) -> Diagnostic {
    Diagnostic(
      "template.refused-tag", .error, at: place, "'{{\(tag)}}' is not used here",
      why: "other delimiters, content types and partials by value would get round the escaping "
        + "and the check of names",
      fix: "write plain tags and partials with a fixed name")
  }
}
