import Foundation

/// A text that does something where somebody forgot to escape it, with a number by which the field
/// it was planted in is known again.
struct Poison {
  let number: Int
  let shape: Shape

  /// From what breaks most to what the pickiest reader still takes for a word.
  enum Shape: String {
    case everything, markup, word, end
  }

  /// What a leak is told by: no export has it.
  static let mark = "c4n4ry"

  var name: String { "\(Self.mark)\(number)x" }

  /// The field's own text made dangerous.
  func planted(in text: String) -> String {
    let markup = "\"'><img src=x onerror=\(name)><\(name) on\(name)='1'><svg onload=\(name)>"
    let terminal = "\u{1B}]0;\(name)\u{7}\u{1B}[2J\u{9B}31m\u{202E}"
    switch shape {
    case .everything:
      return "=HYPERLINK(\"http://\(name).example\",\"\(text)\")\(markup)"
        + "<script>\(name)</script>\(terminal)\r\n+\(name)"
    case .markup: return text + markup + terminal
    case .word: return "\(text)'\"><img/src=x/onerror=\(name)><\(name)/on\(name)>\u{1B}[31m"
    case .end: return "\(text)<\(name)>"
    }
  }
}

/// An export cut into what its format is made of and the texts that stand in it.
struct PlantedExport {
  enum Encoding { case json, xml, cell, plain }

  private enum Piece {
    case fixed(String)
    case text(String, field: Int, Encoding)
  }

  /// Names of the fields: a JSON pointer without indices, a column, an element, a word.
  private(set) var fields: [String] = []
  private var numbers: [String: Int] = [:]
  private var pieces: [Piece] = []

  init(_ text: String) {
    switch text.first(where: { !$0.isWhitespace }) {
    case "{", "[": cutJSON(text)
    case "<": cutXML(text)
    default:
      let head = text.prefix { !$0.isNewline }
      let separator: Character? = [",", ";", "\t"].first { head.split(separator: $0).count > 2 }
      if let separator {
        cutTable(text, separator)
      } else {
        cutWords(text)
      }
    }
  }

  /// The export with a poison in every place of the fields that have one.
  func with(_ poisons: [Int: Poison]) -> Data {
    var out = ""
    for piece in pieces {
      switch piece {
      case .fixed(let text): out += text
      case .text(let text, let field, let encoding):
        let isPlain = encoding == .cell && !text.contains { ",;\t\"\n".contains($0) }
        if let poison = poisons[field] {
          out += Self.encoded(poison.planted(in: text), encoding)
        } else {
          out += isPlain ? text : Self.encoded(text, encoding)
        }
      }
    }
    return Data(out.utf8)
  }

  private mutating func fixed(_ text: some StringProtocol) { pieces.append(.fixed(String(text))) }

  private mutating func text(
    _ text: some StringProtocol, of field: String, _ encoding: Encoding
  ) {
    let number = numbers[field] ?? fields.count
    if number == fields.count {
      fields.append(field)
      numbers[field] = number
    }
    pieces.append(.text(String(text), field: number, encoding))
  }

  /// In a format's own escapes; what the format cannot hold is left out.
  private static func encoded(_ text: String, _ encoding: Encoding) -> String {
    switch encoding {
    case .plain: return text.filter { !$0.isNewline }
    case .cell: return "\"" + text.replacing("\"", with: "\"\"") + "\""
    case .json:
      guard let data = try? JSONEncoder().encode(text) else { return "" }
      return String(String(decoding: data, as: UTF8.self).dropFirst().dropLast())
    case .xml:
      var out = ""
      for scalar in text.unicodeScalars {
        switch scalar {
        case "&": out += "&amp;"
        case "<": out += "&lt;"
        case ">": out += "&gt;"
        case "\"": out += "&quot;"
        case "'": out += "&apos;"
        case "\n": out += "&#10;"
        case "\t": out += "&#9;"
        case _ where scalar.value < 0x20: break
        default: out.unicodeScalars.append(scalar)
        }
      }
      return out
    }
  }

  // MARK: Formats

  /// Strings, of values and of keys, wherever they stand; also in JSON Lines.
  private mutating func cutJSON(_ text: String) {
    var path: [String] = []
    var key = ""
    var rest = text[...]
    while let mark = rest.firstIndex(where: { "\"{}[]".contains($0) }) {
      fixed(rest[..<mark])
      let character = rest[mark]
      rest = rest[rest.index(after: mark)...]
      switch character {
      case "{", "[":
        path.append(character == "[" ? "*" : key)
        key = ""
        fixed("\(character)")
      case "}", "]":
        key = path.popLast() ?? ""
        fixed("\(character)")
      default:
        let literal = Self.literal(&rest)
        let decoded =
          (try? JSONDecoder().decode(String.self, from: Data("\"\(literal)\"".utf8))) ?? literal
        let isKey = rest.first { !$0.isWhitespace } == ":"
        if isKey { key = decoded }
        fixed("\"")
        self.text(
          decoded, of: (path + [key]).joined(separator: "/") + (isKey ? " (key)" : ""), .json)
        fixed("\"")
      }
    }
    fixed(rest)
  }

  private static func literal(_ rest: inout Substring) -> String {
    var end = rest.startIndex
    while end < rest.endIndex, rest[end] != "\"" {
      end = rest.index(after: end)
      if rest[rest.index(before: end)] == "\\", end < rest.endIndex { end = rest.index(after: end) }
    }
    let literal = String(rest[..<end])
    rest = end < rest.endIndex ? rest[rest.index(after: end)...] : rest[end...]
    return literal
  }

  /// Texts of elements and values of attributes.
  private mutating func cutXML(_ text: String) {
    var element = ""
    var rest = text[...]
    while let open = rest.firstIndex(of: "<") {
      let between = rest[..<open]
      if between.allSatisfy(\.isWhitespace) {
        fixed(between)
      } else {
        self.text(Self.decoded(between), of: element, .xml)
      }
      rest = rest[open...]
      if rest.hasPrefix("<!--") || rest.hasPrefix("<![CDATA[") {
        let end = rest.firstRange(of: rest.hasPrefix("<!--") ? "-->" : "]]>")?.upperBound
        fixed(rest[..<(end ?? rest.endIndex)])
        rest = rest[(end ?? rest.endIndex)...]
        continue
      }
      let close = rest.firstIndex(of: ">").map(rest.index(after:)) ?? rest.endIndex
      let tag = rest[..<close]
      rest = rest[close...]
      if tag.hasPrefix("<?") || tag.hasPrefix("<!") || tag.hasPrefix("</") {
        fixed(tag)
        continue
      }
      element = String(tag.dropFirst().prefix { !$0.isWhitespace && $0 != ">" && $0 != "/" })
      cutAttributes(tag, of: element)
    }
    fixed(rest)
  }

  private mutating func cutAttributes(_ tag: Substring, of element: String) {
    var rest = tag
    while let match = rest.firstMatch(of: /([\w:.-]+)(\s*=\s*)("[^"]*"|'[^']*')/) {
      fixed(rest[..<match.output.3.startIndex])
      fixed("\"")
      self.text(
        Self.decoded(match.output.3.dropFirst().dropLast()), of: "\(element)@\(match.output.1)",
        .xml)
      fixed("\"")
      rest = rest[match.range.upperBound...]
    }
    fixed(rest)
  }

  private static func decoded(_ text: some StringProtocol) -> String {
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
      .reduce(String(text)) { $0.replacing($1.0, with: $1.1) }
  }

  /// Cells, by the number of their column.
  private mutating func cutTable(_ text: String, _ separator: Character) {
    var column = 0
    var row = 0
    var cell = ""
    var isQuoted = false
    var heads: [Int: String] = [:]
    func name() -> String {
      if row == 0 { heads[column] = cell }
      let name = "column \(heads[column] ?? "\(column + 1)")"
      return row == 0 ? name + " (head)" : name
    }
    var rest = text[...]
    while let character = rest.popFirst() {
      if character == "\"" {
        if isQuoted, rest.first == "\"" {
          cell.append(rest.removeFirst())
        } else {
          isQuoted.toggle()
        }
      } else if !isQuoted, character == separator || character.isNewline {
        if !cell.isEmpty { self.text(cell, of: name(), .cell) }
        fixed("\(character)")
        cell = ""
        column = character == separator ? column + 1 : 0
        if character.isNewline { row += 1 }
      } else {
        cell.append(character)
      }
    }
    if !cell.isEmpty { self.text(cell, of: name(), .cell) }
  }

  /// Words of lines, at most a few dozen, spread over the text.
  private mutating func cutWords(_ text: String) {
    let words = text.matches(of: /[^\s\[\]()"'=,:;|]+/).map(\.range)
    let step = max(1, words.count / 32)
    var at = text.startIndex
    for (index, word) in words.enumerated() where index.isMultiple(of: step) {
      fixed(text[at..<word.lowerBound])
      self.text(text[word], of: "word \(index + 1)", .plain)
      at = word.upperBound
    }
    fixed(text[at...])
  }
}
