import VouchModel

/// The tags of a Mustache template with their lines, for checking names before rendering.
///
/// swift-mustache renders; its tokens are not public, have no lines, and a name that does not
/// exist renders as nothing. This reads the same tags once more, for messages with file and line.
struct TemplateTree: Sendable {
  indirect enum Node: Sendable {
    case value(name: String, isEscaped: Bool, line: Int)
    case section(name: String, inverted: Bool, line: Int, [Node])
    /// A partial; `blocks` when it is a layout with parts of its own: `{{<layout}}`.
    case partial(name: String, line: Int, blocks: [String: [Node]])
    /// A part of a layout that others may replace: `{{$main}}`.
    case block(name: String, line: Int, [Node])
    /// A tag that templates here must not use.
    case refused(tag: String, line: Int)
  }

  let path: String
  let nodes: [Node]

  init(_ file: TemplateFile) throws(Refusal) {
    path = file.path
    var reader = TagReader(file)
    nodes = try reader.nodes(until: nil, line: 1)
  }
}

private struct TagReader {
  let path: String
  private let bytes: [UInt8]
  private var at = 0
  private var line = 1
  /// Sections and parts that are open; reading them is recursive.
  private var depth = 0
  private static let depthLimit = 64

  init(_ file: TemplateFile) {
    path = file.path
    bytes = Array(file.text.utf8)
  }

  mutating func nodes(until close: String?, line opened: Int) throws(Refusal) -> [TemplateTree.Node]
  {
    var nodes: [TemplateTree.Node] = []
    depth += 1
    defer { depth -= 1 }
    if depth > Self.depthLimit {
      throw syntax(opened, "sections are nested more than \(Self.depthLimit) deep")
    }
    while let tag = try nextTag() {
      let name = String(tag.text.dropFirst()).trimmed
      switch tag.text.first {
      case "!": continue
      case "/":
        guard name == close else {
          throw syntax(
            tag.line,
            "'{{/\(name)}}' closes \(close.map { "'{{#\($0)}}' of line \(opened)" } ?? "nothing")")
        }
        return nodes
      case "#", "^":
        let inverted = tag.text.first == "^"
        nodes.append(
          .section(
            name: name, inverted: inverted, line: tag.line,
            try self.nodes(until: name, line: tag.line)))
      case "$":
        nodes.append(
          .block(name: name, line: tag.line, try self.nodes(until: name, line: tag.line)))
      case "<":
        let inner = try self.nodes(until: name, line: tag.line)
        nodes.append(.partial(name: name, line: tag.line, blocks: Self.blocks(inner)))
      case ">" where !name.hasPrefix("*"):
        nodes.append(.partial(name: name, line: tag.line, blocks: [:]))
      case "=", "%", ">": nodes.append(.refused(tag: tag.text, line: tag.line))
      case "&", "{": nodes.append(.value(name: name, isEscaped: false, line: tag.line))
      default:
        nodes.append(.value(name: tag.text.trimmed, isEscaped: true, line: tag.line))
      }
    }
    if let close { throw syntax(opened, "'{{#\(close)}}' is never closed") }
    return nodes
  }

  private static func blocks(_ nodes: [TemplateTree.Node]) -> [String: [TemplateTree.Node]] {
    var blocks: [String: [TemplateTree.Node]] = [:]
    for case .block(let name, _, let content) in nodes { blocks[name] = content }
    return blocks
  }

  /// The text between the next braces, a triple tag's with its `{` in front.
  private mutating func nextTag() throws(Refusal) -> (text: String, line: Int)? {
    while at + 1 < bytes.count {
      if bytes[at] == 0x0A { line += 1 }
      guard bytes[at] == UInt8(ascii: "{"), bytes[at + 1] == UInt8(ascii: "{") else {
        at += 1
        continue
      }
      let start = line
      let triple = at + 2 < bytes.count && bytes[at + 2] == UInt8(ascii: "{")
      let from = at + 2
      at = from
      let closing = triple ? 3 : 2
      while !isClosed(closing) {
        guard at < bytes.count else { throw syntax(start, "a tag is never closed with '}}'") }
        if bytes[at] == 0x0A { line += 1 }
        at += 1
      }
      let text = String(decoding: bytes[from..<at], as: UTF8.self)
      at += closing
      return (text, start)
    }
    return nil
  }

  private func isClosed(_ count: Int) -> Bool {
    at + count <= bytes.count && bytes[at..<at + count].allSatisfy { $0 == UInt8(ascii: "}") }
  }

  private func syntax(_ line: Int, _ text: String) -> Refusal {
    Refusal(
      .data,
      Diagnostic(
        "template.syntax", .error, at: "\(path):\(line)", text,
        fix: "see mustache(5) for how tags open and close"))
  }
}

extension String {
  fileprivate var trimmed: String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}
