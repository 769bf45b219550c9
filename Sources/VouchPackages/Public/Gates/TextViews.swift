import Foundation

/// A file or text on its way to the public, read once for all gates.
struct ReadText {
  let path: String
  let bytes: [UInt8]
  /// Empty when the text is no markup.
  let elements: [(id: String, element: PageMarkup.Element)]
  /// The words of every way to read it.
  let views: [(name: String, words: FoldedText)]

  init(_ bytes: [UInt8], path: String, isMarkup: Bool) {
    self.path = path
    self.bytes = bytes
    let markup = isMarkup ? PageMarkup(bytes) : nil
    elements = markup?.elements() ?? []
    views = TextViews(bytes, markup).views.map { ($0.name, $0.folded) }
  }

  init(_ text: PublicText) {
    self.init(Array(text.text.utf8), path: text.place, isMarkup: false)
  }

  /// `index.html:41#v-report`: line, and the id nearest above it.
  func place(line: Int) -> String {
    let near = elements.last { $0.element.line <= line }?.id
    return "\(path):\(line)" + (near.map { "#\($0)" } ?? "")
  }
}

/// Every way in which a file can be read: as it is, without its markup, and with whatever is
/// encoded in it decoded.
struct TextViews {
  struct View {
    /// How the text was come by, for messages: `base64`.
    let name: String
    let text: String
    /// Line of the file on which it begins.
    let line: Int
    /// Whether a line feed of the text is one of the file.
    var hasLines = true

    var folded: FoldedText {
      FoldedText(hasLines ? text : text.replacing("\n", with: " "), line: line)
    }
  }

  let views: [View]

  /// - Parameter markup: when it is markup, the text is read without its tags as well.
  init(_ bytes: [UInt8], _ markup: PageMarkup?) {
    let text = String(decoding: bytes, as: UTF8.self)
    var views = [View(name: "as it is", text: text, line: 1)]
    if let markup {
      views.append(Self.visible(markup, between: "", name: "without its markup"))
      views.append(Self.visible(markup, between: " ", name: "without its markup"))
    }
    // Each decoding can uncover another, three deep.
    var seen = Set(views.map(\.text))
    var fresh = views
    for _ in 0..<3 {
      fresh = fresh.flatMap(Self.decodings).filter { seen.insert($0.text).inserted }
      views += fresh
    }
    self.views = views
  }

  /// The text nodes, with something between two of them; lines are kept by line feeds.
  private static func visible(_ markup: PageMarkup, between: String, name: String) -> View {
    var text = ""
    var line = 1
    for node in markup.nodes {
      switch node {
      case .text(let part, let start):
        // Line feeds inside tags are caught up with where a text begins a new line anyway.
        if part.first?.isWhitespace ?? false, start > line {
          text += String(repeating: "\n", count: start - line)
          line = start
        }
        text += part
        line += part.utf8.reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) }
      case .start, .end: text += between
      case .raw, .comment, .declaration: break
      }
    }
    return View(name: name, text: text, line: 1)
  }

  private static func decodings(_ view: View) -> [View] {
    var out: [View] = []
    func add(_ name: String, _ text: String) {
      if text != view.text {
        out.append(View(name: name, text: text, line: view.line, hasLines: view.hasLines))
      }
    }
    add("character references", CharacterReference.decoded(view.text))
    add("percent encoding", percent(view.text))
    add("escapes", escapes(view.text))
    return out + runs(view)
  }

  /// `%73` and quoted-printable's `=73`.
  private static func percent(_ text: String) -> String {
    var out: [UInt8] = []
    let bytes = Array(text.utf8)
    var at = 0
    while at < bytes.count {
      if bytes[at] == UInt8(ascii: "%") || bytes[at] == UInt8(ascii: "="), at + 2 < bytes.count,
        let high = hex(bytes[at + 1]), let low = hex(bytes[at + 2])
      {
        out.append(high << 4 | low)
        at += 3
      } else {
        out.append(bytes[at])
        at += 1
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// `\u0073` and `\x73` of JSON and scripts, `\73 ` of style sheets.
  private static func escapes(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "\\")) else { return text }
    return text.replacing(#/\\(?:u\{?|x|)([0-9A-Fa-f]{2,6})\}? ?/#) { match in
      UInt32(match.1, radix: 16).flatMap(Unicode.Scalar.init).map { String(Character($0)) }
        ?? String(match.0)
    }
  }

  /// Runs of base64 and of hexadecimal digits that decode to text.
  private static func runs(_ view: View) -> [View] {
    var out: [View] = []
    let bytes = Array(view.text.utf8)
    var seen = Set<ArraySlice<UInt8>>()
    var at = 0
    var line = view.line
    while at < bytes.count {
      if bytes[at] == 0x0A, view.hasLines { line += 1 }
      guard sextet(bytes[at]) != nil else {
        at += 1
        continue
      }
      let first = at
      while at < bytes.count, sextet(bytes[at]) != nil { at += 1 }
      guard at - first >= 8 else { continue }
      let run = bytes[first..<at]
      // Text in either encoding has capitals or digits; plain words are the most of a page.
      guard run.contains(where: { (48...57).contains($0) || (65...90).contains($0) }),
        seen.insert(run).inserted
      else { continue }
      // A value may begin anywhere in a longer run.
      for skip in 0..<4 {
        if let text = base64(run.dropFirst(skip)) {
          out.append(View(name: "base64", text: text, line: line, hasLines: false))
        }
      }
      for skip in 0..<2 {
        if let text = hexadecimal(run.dropFirst(skip)) {
          out.append(View(name: "hexadecimal digits", text: text, line: line, hasLines: false))
        }
      }
    }
    return out
  }

  private static func base64(_ run: ArraySlice<UInt8>) -> String? {
    var out: [UInt8] = []
    var value: UInt32 = 0
    var bits = 0
    for byte in run {
      value = (value << 6 | UInt32(sextet(byte) ?? 0)) & 0xFFFFFF
      bits += 6
      if bits >= 8 {
        bits -= 8
        out.append(UInt8(truncatingIfNeeded: value >> UInt32(bits)))
      }
    }
    return readable(out)
  }

  private static func hexadecimal(_ run: ArraySlice<UInt8>) -> String? {
    let digits = run.prefix { hex($0) != nil }
    guard digits.count >= 8 else { return nil }
    var out: [UInt8] = []
    var rest = digits[...]
    while rest.count >= 2 {
      let first = rest.removeFirst()
      let second = rest.removeFirst()
      out.append((hex(first) ?? 0) << 4 | (hex(second) ?? 0))
    }
    return readable(out)
  }

  /// The stretches that a person could read; nil when there are none of six characters.
  private static func readable(_ bytes: [UInt8]) -> String? {
    var longest = 0
    var length = 0
    for byte in bytes {
      length = byte < 0x20 || byte == 0x7F ? 0 : length + 1
      longest = max(longest, length)
    }
    guard longest >= 6 else { return nil }
    let text = bytes.split { $0 < 0x20 || $0 == 0x7F }.filter { $0.count >= 6 }
      .compactMap { String(validating: $0, as: UTF8.self) }.joined(separator: " ")
    return text.isEmpty ? nil : text
  }

  private static func hex(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
  }

  private static func sextet(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 65...90: byte - 65
    case 97...122: byte - 71
    case 48...57: byte + 4
    case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
    case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
    default: nil
    }
  }
}
