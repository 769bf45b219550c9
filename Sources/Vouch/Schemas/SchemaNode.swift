import VouchModel

/// A part of a JSON Schema, of the few kinds that the YAML files need.
indirect enum SchemaNode: Sendable {
  /// A scalar; the loader takes numbers and truth values as the text they are written as.
  case text(_ doc: String, pattern: String? = nil, examples: [String] = [])
  case word(_ doc: String, of: [String])
  case integer(_ doc: String)
  case number(_ doc: String)
  case flag(_ doc: String)
  /// A list; `single`: one text may stand without the brackets.
  case list(_ doc: String, of: SchemaNode, single: Bool = false)
  case object(_ doc: String, _ properties: [Property], rules: [JSONTree] = [])
  /// Names that the file chooses; `known` are offered for completion, and refused otherwise when
  /// `isClosed`.
  case map(
    _ doc: String, of: SchemaNode, known: [(name: String, doc: String)] = [], isClosed: Bool = false
  )
  case either(_ doc: String, [SchemaNode])
  case anything(_ doc: String)

  struct Property: Sendable {
    let name: String
    let node: SchemaNode
    let isRequired: Bool
  }

  /// The key paths of this part, written as ``YAMLReader/keys`` writes them.
  func keys(_ prefix: String = "") -> Set<String> {
    switch self {
    case .object(_, let properties, _):
      properties.reduce(into: []) { all, property in
        all.insert(prefix + property.name)
        all.formUnion(property.node.keys(below: prefix + property.name))
      }
    case .map(_, let value, _, _): value.keys(below: prefix + "*").union([prefix + "*"])
    case .either(_, let choices): choices.reduce(into: []) { $0.formUnion($1.keys(prefix)) }
    default: []
    }
  }

  private func keys(below path: String) -> Set<String> {
    switch self {
    case .list(_, let element, _): element.keys(path + "[].")
    case .either(_, let choices): choices.reduce(into: []) { $0.formUnion($1.keys(below: path)) }
    default: keys(path + ".")
    }
  }
}

extension SchemaNode.Property {
  static func required(_ name: String, _ node: SchemaNode) -> Self {
    Self(name: name, node: node, isRequired: true)
  }
  static func optional(_ name: String, _ node: SchemaNode) -> Self {
    Self(name: name, node: node, isRequired: false)
  }
}

extension SchemaNode {
  private static let scalar = JSONTree.list(["string", "number", "boolean"].map(JSONTree.text))

  /// This part as JSON Schema.
  var tree: JSONTree {
    switch self {
    case .text(let doc, let pattern, let examples):
      Self.described(
        doc,
        pattern == nil
          ? [("type", Self.scalar)]
          : [
            ("type", .list([.text("string"), .text("number")])), ("pattern", .text(pattern ?? "")),
          ],
        examples.isEmpty ? [] : [("examples", .list(examples.map(JSONTree.text)))])
    case .word(let doc, let words):
      Self.described(doc, [("enum", .list(words.map(JSONTree.text)))])
    case .integer(let doc): Self.described(doc, [("type", .text("integer"))])
    case .number(let doc): Self.described(doc, [("type", .text("number"))])
    case .flag(let doc): Self.described(doc, [("type", .text("boolean"))])
    case .list(let doc, let element, let single):
      Self.list(doc, element.tree, single)
    case .object(let doc, let properties, let rules):
      Self.object(doc, properties, rules)
    case .map(let doc, let value, let known, let isClosed):
      Self.map(doc, value.tree, known, isClosed)
    case .either(let doc, let choices):
      Self.described(doc, [("anyOf", .list(choices.map(\.tree)))])
    case .anything(let doc): Self.described(doc, [])
    }
  }

  private static func described(
    _ doc: String, _ parts: [(String, JSONTree)]...
  ) -> JSONTree {
    .object((doc.isEmpty ? [] : [("description", .text(doc))]) + parts.flatMap { $0 })
  }

  private static func list(_ doc: String, _ element: JSONTree, _ single: Bool) -> JSONTree {
    let list: [(String, JSONTree)] = [("type", .text("array")), ("items", element)]
    return single
      ? described(doc, [("anyOf", .list([element, .object(list)]))]) : described(doc, list)
  }

  private static func object(
    _ doc: String, _ properties: [Property], _ rules: [JSONTree]
  ) -> JSONTree {
    var parts: [(String, JSONTree)] = [
      ("type", .text("object")),
      ("properties", .object(properties.map { ($0.name, $0.node.tree) })),
    ]
    let required = properties.filter(\.isRequired).map { JSONTree.text($0.name) }
    if !required.isEmpty { parts.append(("required", .list(required))) }
    parts.append(("additionalProperties", .bool(false)))
    if !rules.isEmpty { parts.append(("allOf", .list(rules))) }
    return described(doc, parts)
  }

  private static func map(
    _ doc: String, _ value: JSONTree, _ known: [(name: String, doc: String)], _ isClosed: Bool
  ) -> JSONTree {
    var parts: [(String, JSONTree)] = [("type", .text("object"))]
    if known.isEmpty {
      parts.append(("additionalProperties", value))
    } else {
      // The names are offered with their documentation; the empty pattern, which every name
      // matches, says once what stands behind each.
      parts.append(
        (
          "properties",
          .object(
            known.map { ($0.name, .object($0.doc.isEmpty ? [] : [("description", .text($0.doc))])) }
          )
        ))
      parts.append(("patternProperties", .object([("", value)])))
      if isClosed {
        let names = JSONTree.list(known.map { .text($0.name) })
        parts.append(("propertyNames", .object([("enum", names)])))
      }
    }
    return described(doc, parts)
  }
}

/// JSON to be written, its keys in the order given.
indirect enum JSONTree: Sendable {
  case text(String)
  case bool(Bool)
  case list([JSONTree])
  case object([(String, JSONTree)])

  /// Two spaces a level; short lists in one line.
  func written(_ indent: String = "") -> String {
    let inner = indent + "  "
    switch self {
    case .text(let text): return JSONText.quoted(text)
    case .bool(let flag): return flag ? "true" : "false"
    case .list(let list):
      let flat = "[" + list.map { $0.written() }.joined(separator: ", ") + "]"
      if !flat.contains("\n"), flat.count + indent.count <= 100 { return flat }
      return "[\n" + list.map { inner + $0.written(inner) }.joined(separator: ",\n")
        + "\n\(indent)]"
    case .object(let pairs):
      if pairs.isEmpty { return "{}" }
      return "{\n"
        + pairs.map { "\(inner)\(JSONText.quoted($0.0)): \($0.1.written(inner))" }
        .joined(separator: ",\n") + "\n\(indent)}"
    }
  }
}
