/// A finished HTML or XML page as its reader gets it: tags, attributes and text, with lines.
///
/// Written for the gates in front of publishing, which have to see what a browser sees and not
/// what the program meant to write.
struct PageMarkup {
  struct Attribute {
    let name: String
    /// Character references decoded.
    let value: String
  }

  enum Node {
    case start(name: String, [Attribute], isEmpty: Bool, line: Int)
    case end(name: String, line: Int)
    /// Character references decoded.
    case text(String, line: Int)
    /// What stands inside `<style>` or `<script>`, as it is.
    case raw(String, of: String, line: Int)
    case comment(line: Int)
    case declaration(line: Int)
  }

  let nodes: [Node]

  init(_ bytes: [UInt8]) {
    var reader = Reader(bytes: bytes)
    nodes = reader.nodes()
  }

  private static let empty: Set<String> = ["meta", "link", "br", "hr", "img", "wbr", "input"]

  /// An element that has an id: its attributes, and all text inside it with single spaces.
  struct Element {
    let name: String
    let attributes: [Attribute]
    var text: String
    let line: Int

    func attribute(_ name: String) -> String? {
      attributes.first { $0.name == name }?.value
    }
  }

  /// Elements by id, in the order of the page; an id that occurs twice gives two.
  func elements() -> [(id: String, element: Element)] {
    var found: [(id: String, element: Element)] = []
    var open: [(name: String, index: Int?)] = []
    for node in nodes {
      switch node {
      case .start(let name, let attributes, let isEmpty, let line):
        let id = attributes.first { $0.name == "id" }?.value
        if let id {
          found.append(
            (id, Element(name: name, attributes: attributes, text: "", line: line)))
        }
        if !isEmpty, !Self.empty.contains(name) {
          open.append((name, id == nil ? nil : found.count - 1))
        }
      case .end(let name, _):
        if let last = open.lastIndex(where: { $0.name == name }) { open.removeSubrange(last...) }
      case .text(let text, _):
        for case let (_, index?) in open { found[index].element.text += text }
      case .raw, .comment, .declaration: break
      }
    }
    for index in found.indices {
      found[index].element.text = Self.collapsed(found[index].element.text)
    }
    return found
  }

  /// Text outside the elements of the given ids, with the id nearest above it.
  func text(outside ids: Set<String>) -> [(text: String, line: Int, near: String)] {
    var texts: [(String, Int, String)] = []
    var open: [(name: String, isKnown: Bool)] = []
    var near = ""
    for node in nodes {
      switch node {
      case .start(let name, let attributes, let isEmpty, let line):
        let id = attributes.first { $0.name == "id" }?.value
        if let id { near = id }
        let isKnown = id.map(ids.contains) ?? false
        if !open.contains(where: \.isKnown), !isKnown {
          for attribute in attributes where Self.spoken.contains(attribute.name) {
            texts.append((attribute.value, line, near))
          }
        }
        if !isEmpty, !Self.empty.contains(name) { open.append((name, isKnown)) }
      case .end(let name, _):
        if let last = open.lastIndex(where: { $0.name == name }) { open.removeSubrange(last...) }
      case .text(let text, let line):
        if !open.contains(where: \.isKnown) { texts.append((text, line, near)) }
      case .raw, .comment, .declaration: break
      }
    }
    return texts
  }

  /// Attributes that are read out or shown.
  private static let spoken: Set<String> = ["title", "aria-label", "alt", "aria-description"]

  static func collapsed(_ text: String) -> String {
    text.split { $0 == " " || $0 == "\n" || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
      .joined(separator: " ")
  }
}

private struct Reader {
  let bytes: [UInt8]
  private var at = 0
  private var line = 1

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func nodes() -> [PageMarkup.Node] {
    var nodes: [PageMarkup.Node] = []
    while at < bytes.count {
      if bytes[at] == UInt8(ascii: "<"), let node = tag() {
        nodes.append(node)
        if case .start(let name, _, let isEmpty, _) = node, !isEmpty,
          name == "style" || name == "script"
        {
          let start = line
          let text = take { $0.starts(with: Array("</\(name)".utf8)) }
          nodes.append(.raw(text, of: name, line: start))
        }
        continue
      }
      let start = line
      let first = at
      step()
      while at < bytes.count, bytes[at] != UInt8(ascii: "<") { step() }
      nodes.append(
        .text(
          CharacterReference.decoded(String(decoding: bytes[first..<at], as: UTF8.self)),
          line: start))
    }
    return nodes
  }

  private mutating func step() {
    if bytes[at] == 0x0A { line += 1 }
    at += 1
  }

  /// The text up to where `isEnd` holds of what follows, in lower case.
  private mutating func take(until isEnd: ([UInt8]) -> Bool) -> String {
    let first = at
    while at < bytes.count {
      let ahead = bytes[at..<min(bytes.count, at + 10)].map {
        (65...90).contains($0) ? $0 + 32 : $0
      }
      if bytes[at] == UInt8(ascii: "<"), isEnd(ahead) { break }
      step()
    }
    return String(decoding: bytes[first..<at], as: UTF8.self)
  }

  private mutating func tag() -> PageMarkup.Node? {
    let start = line
    if has("<!--") {
      while at < bytes.count, !has("-->") { step() }
      at = min(bytes.count, at + 3)
      return .comment(line: start)
    }
    if has("<!") || has("<?") {
      while at < bytes.count, bytes[at] != UInt8(ascii: ">") { step() }
      at = min(bytes.count, at + 1)
      return .declaration(line: start)
    }
    let isEnd = has("</")
    var cursor = at + (isEnd ? 2 : 1)
    guard cursor < bytes.count, isLetter(bytes[cursor]) else { return nil }
    let nameStart = cursor
    while cursor < bytes.count, bytes[cursor] > 0x20, bytes[cursor] != UInt8(ascii: ">"),
      bytes[cursor] != UInt8(ascii: "/")
    {
      cursor += 1
    }
    let name = String(decoding: bytes[nameStart..<cursor], as: UTF8.self).lowercased()
    at = cursor
    let (attributes, isEmpty) = attributes()
    return isEnd
      ? .end(name: name, line: start)
      : .start(name: name, attributes, isEmpty: isEmpty, line: start)
  }

  /// Reads up to the `>` the way browsers do: unquoted values and stray quotes included.
  private mutating func attributes() -> ([PageMarkup.Attribute], Bool) {
    var all: [PageMarkup.Attribute] = []
    var isEmpty = false
    while at < bytes.count, bytes[at] != UInt8(ascii: ">") {
      if bytes[at] <= 0x20 {
        step()
        continue
      }
      if bytes[at] == UInt8(ascii: "/") {
        isEmpty = at + 1 < bytes.count && bytes[at + 1] == UInt8(ascii: ">")
        step()
        continue
      }
      let first = at
      while at < bytes.count, bytes[at] > 0x20, ![0x3D, 0x3E, 0x2F].contains(bytes[at]) { step() }
      if at == first { step() }
      let name = String(decoding: bytes[first..<at], as: UTF8.self).lowercased()
      while at < bytes.count, bytes[at] <= 0x20 { step() }
      all.append(PageMarkup.Attribute(name: name, value: value()))
    }
    at = min(bytes.count, at + 1)
    return (all, isEmpty)
  }

  private mutating func value() -> String {
    guard at < bytes.count, bytes[at] == UInt8(ascii: "=") else { return "" }
    step()
    while at < bytes.count, bytes[at] <= 0x20 { step() }
    guard at < bytes.count else { return "" }
    let quote = bytes[at]
    let first: Int
    if quote == 0x22 || quote == 0x27 {
      step()
      first = at
      while at < bytes.count, bytes[at] != quote { step() }
      defer { at = min(bytes.count, at + 1) }
      return CharacterReference.decoded(String(decoding: bytes[first..<at], as: UTF8.self))
    }
    first = at
    while at < bytes.count, bytes[at] > 0x20, bytes[at] != 0x3E { step() }
    return CharacterReference.decoded(String(decoding: bytes[first..<at], as: UTF8.self))
  }

  private func has(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard at + count <= bytes.count else { return false }
    return (0..<count).allSatisfy { bytes[at + $0] == text.utf8Start[$0] }
  }

  private func isLetter(_ byte: UInt8) -> Bool {
    (65...90).contains(byte) || (97...122).contains(byte)
  }
}

/// Character references of HTML: `&#115;`, `&#x73;`, and the named ones that stand for what
/// names and addresses are made of.
enum CharacterReference {
  private static let named: [String: String] = [
    "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": "\u{A0}",
    "period": ".", "commat": "@", "hyphen": "-", "dash": "-", "ndash": "–", "mdash": "—",
    "lowbar": "_", "UnderBar": "_", "colon": ":", "semi": ";", "sol": "/", "bsol": "\\",
    "num": "#", "percnt": "%", "equals": "=", "plus": "+", "comma": ",", "lpar": "(", "rpar": ")",
    "lsqb": "[", "rsqb": "]", "lcub": "{", "rcub": "}", "verbar": "|", "vert": "|", "excl": "!",
    "quest": "?", "ast": "*", "dollar": "$", "grave": "`", "Hat": "^", "Tab": "\t",
    "NewLine": "\n", "shy": "\u{AD}", "zwj": "\u{200D}", "zwnj": "\u{200C}",
    "ZeroWidthSpace": "\u{200B}", "NoBreak": "\u{2060}", "reg": "®", "copy": "©", "hellip": "…",
    "middot": "·", "bull": "•", "thinsp": "\u{2009}", "ensp": "\u{2002}", "emsp": "\u{2003}",
  ]

  static func decoded(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
    var out = ""
    var rest = text[...]
    while let open = rest.firstIndex(of: "&") {
      out += rest[..<open]
      let after = rest[rest.index(after: open)...]
      if let (value, end) = reference(after) {
        out += value
        rest = after[end...]
      } else {
        out += "&"
        rest = after
      }
    }
    return out + rest
  }

  /// The value of a reference and where the text goes on behind it.
  private static func reference(_ text: Substring) -> (String, Substring.Index)? {
    let name = text.prefix(40).prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "#") }
    guard !name.isEmpty else { return nil }
    // Browsers take numeric references without a semicolon, too.
    let end =
      name.endIndex < text.endIndex && text[name.endIndex] == ";"
      ? text.index(after: name.endIndex) : name.endIndex
    if name.hasPrefix("#") {
      let digits = name.dropFirst()
      let value =
        digits.first == "x" || digits.first == "X"
        ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
      guard let scalar = value.flatMap(Unicode.Scalar.init) else { return nil }
      return (String(scalar), end)
    }
    return named[String(name)].map { ($0, end) }
  }

  /// Whether a text has a named reference that is not known here.
  static func hasUnknown(_ text: String) -> Bool {
    text.matches(of: #/&([A-Za-z][A-Za-z0-9]*);/#).contains { named[String($0.1)] == nil }
  }
}
