/// Reads a page as strictly as it can be written.
///
/// Browsers repair bad markup, each attack on a checker of HTML is a text that the two repair
/// differently. So nothing is repaired here: what is not plain, well-formed markup of elements
/// on a list is a fault. See the HTML standard, 13.2.5, for what a browser would make of it.
struct HTMLScanner {
  private let bytes: [UInt8]
  private var at = 0
  private var line = 1
  /// Up to where lines have been counted.
  private var counted = 0
  private var captures: [Capture] = []
  private var isStopped = false

  /// Both bound what an element may cost.
  private static let attributeLimit = 60
  private static let captureLimit = 8

  /// The text of an element with `data-figure`, while the element is open.
  private struct Capture {
    let key: String
    let value: String?
    let element: String
    let line: Int
    var depth = 1
    var text = ""
  }

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func scan(into page: inout Page) {
    guard String(validating: bytes, as: UTF8.self) != nil, !bytes.starts(with: [0xEF, 0xBB, 0xBF])
    else { return stop("encoding", "is no plain UTF-8", &page) }
    guard !bytes.contains(where: { $0 < 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }) else {
      return stop("malformed", "has control characters", &page)
    }
    guard hasWord("<!doctype html>") else {
      return stop("malformed", "does not begin with <!DOCTYPE html>", &page)
    }
    at += 15
    while !isStopped, let next = bytes[at...].firstIndex(of: UInt8(ascii: "<")) {
      takeText(upTo: next)
      markup(&page)
    }
    if !isStopped, let open = captures.last {
      stop("malformed", "the figure '\(open.key)' is not closed", &page)
    }
    if !isStopped, !declaresUTF8 {
      stop("encoding", "does not declare UTF-8 in its first 1024 bytes", &page)
    }
  }

  /// Without the declaration a browser guesses, and might guess UTF-7 or UTF-16.
  private var declaresUTF8: Bool {
    String(decoding: bytes.prefix(1024), as: UTF8.self).lowercased()
      .contains("<meta charset=\"utf-8\"")
  }

  private mutating func stop(_ id: String, _ text: String, _ page: inout Page) {
    isStopped = true
    page.isWhole = false
    fault(id, text, &page)
  }

  private mutating func fault(_ id: String, _ text: String, _ page: inout Page) {
    page.add(Page.Fault(id: id, line: currentLine(), text: text))
  }

  private mutating func currentLine() -> Int {
    let end = min(at, bytes.count)
    if end > counted {
      for byte in bytes[counted..<end] where byte == 0x0A { line += 1 }
      counted = end
    }
    return line
  }

  private func hasWord(_ word: String) -> Bool {
    let count = word.utf8.count
    guard at + count <= bytes.count else { return false }
    return zip(bytes[at..<at + count], word.utf8).allSatisfy { lowered($0) == $1 }
  }

  private func peek(_ ahead: Int = 0) -> UInt8? {
    at + ahead < bytes.count ? bytes[at + ahead] : nil
  }

  private mutating func takeText(upTo next: Int) {
    if !captures.isEmpty {
      let text = CharacterReferences.decodedText(bytes[at..<next])
      for index in captures.indices { captures[index].text += text }
    }
    at = next
  }

  // MARK: Markup

  private mutating func markup(_ page: inout Page) {
    switch peek(1) {
    case UInt8(ascii: "!"): comment(&page)
    case UInt8(ascii: "/"): endTag(&page)
    case let byte? where isLetter(byte): startTag(&page)
    default: stop("malformed", "a '<' begins no tag", &page)
    }
  }

  private mutating func comment(_ page: inout Page) {
    guard hasWord("<!--") else { return stop("malformed", "a '<!' begins no comment", &page) }
    let start = at + 4
    var end = start
    while end + 1 < bytes.count,
      bytes[end] != UInt8(ascii: "-") || bytes[end + 1] != UInt8(ascii: "-")
    {
      end += 1
    }
    let isPlain =
      bytes[start...].first != UInt8(ascii: ">") && bytes[start...].first != UInt8(ascii: "-")
    guard isPlain, end + 2 < bytes.count, bytes[end + 2] == UInt8(ascii: ">") else {
      return stop("malformed", "a comment does not end plainly", &page)
    }
    at = end + 3
  }

  private mutating func endTag(_ page: inout Page) {
    at += 2
    let name = tagName()
    skipSpace()
    guard !name.isEmpty, peek() == UInt8(ascii: ">") else {
      return stop("malformed", "an end tag is not plain", &page)
    }
    at += 1
    for index in captures.indices where captures[index].element == name {
      captures[index].depth -= 1
    }
    while let last = captures.last, last.depth == 0 {
      page.add(Page.Figure(key: last.key, text: last.text, value: last.value, line: last.line))
      captures.removeLast()
    }
  }

  private mutating func startTag(_ page: inout Page) {
    let place = currentLine()
    at += 1
    let name = tagName()
    guard let (attributes, isClosed) = readAttributes(&page) else { return }
    if !HTMLRules.elements.contains(name) {
      // What follows a script or a frame is not markup, so reading on would mislead.
      return stop(
        HTMLRules.scripts.contains(name) ? "script" : "element",
        "has an element <\(name)>, which a page must not have", &page)
    }
    let isVoid = HTMLRules.voidElements.contains(name) || isClosed
    if name == "html" {
      page.language = attributes.first { $0.name == "lang" }?.value.lowercased() ?? ""
    }
    openCapture(name, attributes, isVoid: isVoid, line: place, &page)
    for fault in HTMLRules.check(name, attributes, line: place, page: &page) { page.add(fault) }
    if name == "style" || name == "title" { rawText(name, &page) }
  }

  private mutating func openCapture(
    _ name: String, _ attributes: [HTMLAttribute], isVoid: Bool, line: Int, _ page: inout Page
  ) {
    if !isVoid {
      for index in captures.indices where captures[index].element == name {
        captures[index].depth += 1
      }
    }
    guard let key = attributes.first(where: { $0.name == "data-figure" })?.value else { return }
    if captures.count >= Self.captureLimit {
      stop("malformed", "figures stand in one another", &page)
    } else if isVoid {
      fault("malformed", "the figure '\(key)' stands on an element without text", &page)
    } else {
      let value = attributes.first { $0.name == "value" }?.value
      captures.append(Capture(key: key, value: value, element: name, line: line))
    }
  }

  /// The text of `<style>` and `<title>`, which must not contain anything like a tag: inside
  /// SVG a browser would read it as one.
  private mutating func rawText(_ name: String, _ page: inout Page) {
    let start = at
    at = bytes[at...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
    guard hasWord("</\(name)") else {
      return stop("malformed", "<\(name)> holds a '<'", &page)
    }
    if name == "style", let fault = CSSRules.fault(in: bytes[start..<at]) {
      self.fault("loads", fault, &page)
    }
  }

  // MARK: Attributes

  private mutating func tagName() -> String {
    let start = at
    while let byte = peek(), isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "-") {
      at += 1
    }
    return String(decoding: bytes[start..<at].map(lowered), as: UTF8.self)
  }

  private mutating func skipSpace() {
    while let byte = peek(), isSpace(byte) { at += 1 }
  }

  /// The attributes up to the end of the tag, and whether it ends in `/>`; nil after a fault.
  private mutating func readAttributes(_ page: inout Page) -> ([HTMLAttribute], Bool)? {
    var attributes: [HTMLAttribute] = []
    while true {
      let start = at
      skipSpace()
      switch peek() {
      case UInt8(ascii: ">"):
        at += 1
        return (attributes, false)
      case UInt8(ascii: "/") where peek(1) == UInt8(ascii: ">"):
        at += 2
        return (attributes, true)
      case _ where at > start:
        guard let attribute = attribute(&page) else { return nil }
        if attributes.contains(where: { $0.name == attribute.name }) {
          stop("malformed", "an element has '\(attribute.name)' twice", &page)
          return nil
        }
        attributes.append(attribute)
        if attributes.count > Self.attributeLimit {
          stop("malformed", "an element has more than \(Self.attributeLimit) attributes", &page)
          return nil
        }
      default:
        stop("malformed", "a tag is not plain", &page)
        return nil
      }
    }
  }

  private mutating func attribute(_ page: inout Page) -> HTMLAttribute? {
    let start = at
    while let byte = peek(), isLetter(byte) || isDigit(byte) || "-_:.".utf8.contains(byte) {
      at += 1
    }
    let name = String(decoding: bytes[start..<at].map(lowered), as: UTF8.self)
    guard !name.isEmpty else {
      stop("malformed", "a tag has something that is no attribute", &page)
      return nil
    }
    guard peek() == UInt8(ascii: "=") else { return HTMLAttribute(name: name, value: "") }
    at += 1
    guard let quote = peek(), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"),
      let end = bytes[(at + 1)...].firstIndex(of: quote)
    else {
      stop("malformed", "the value of '\(name)' is not in quotes", &page)
      return nil
    }
    let raw = bytes[(at + 1)..<end]
    at = end + 1
    guard let value = CharacterReferences.decodedStrictly(raw) else {
      stop("malformed", "the value of '\(name)' has an '&' that is no plain reference", &page)
      return nil
    }
    return HTMLAttribute(name: name, value: value)
  }
}

struct HTMLAttribute {
  /// In lower case.
  let name: String
  /// With its character references decoded.
  let value: String
}

func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
