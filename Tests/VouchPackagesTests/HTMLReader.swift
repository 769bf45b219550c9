/// The tags of a page as a browser would see them, for tests on links, ids and leaks.
struct HTMLReader {
  struct Tag {
    let name: String
    let attributes: [String: String]
    /// Text up to the next tag, entities as they are.
    let text: String
  }

  let tags: [Tag]

  init(_ html: String) {
    var tags: [Tag] = []
    var rest = html.utf8[...]
    while let open = rest.firstIndex(of: UInt8(ascii: "<")) {
      rest = rest[rest.index(after: open)...]
      guard let first = rest.first, Self.isLetter(first) else { continue }
      let name = String(rest.prefix { Self.isLetter($0) || (48...57).contains($0) }) ?? ""
      rest = rest.dropFirst(name.utf8.count)
      let attributes = Self.attributes(&rest)
      let text = rest.prefix { $0 != UInt8(ascii: "<") }
      tags.append(Tag(name: name.lowercased(), attributes: attributes, text: String(text) ?? ""))
      // Raw text: what looks like a tag inside a style is none.
      if name == "style", let end = rest.firstRange(of: Array("</style".utf8)) {
        rest = rest[end.upperBound...]
      }
    }
    self.tags = tags
  }

  /// Reads up to the `>` the way browsers do: unquoted values and stray quotes included.
  private static func attributes(_ rest: inout Substring.UTF8View) -> [String: String] {
    var attributes: [String: String] = [:]
    while let byte = rest.first, byte != UInt8(ascii: ">") {
      if byte <= 0x20 || byte == UInt8(ascii: "/") {
        rest = rest.dropFirst()
        continue
      }
      let name = rest.prefix { $0 > 0x20 && ![0x3D, 0x3E, 0x2F].contains($0) }
      rest = rest.dropFirst(max(1, name.count))
      var value = ""
      if rest.first == UInt8(ascii: "=") {
        rest = rest.dropFirst()
        if let quote = rest.first, quote == 0x22 || quote == 0x27 {
          let inner = rest.dropFirst().prefix { $0 != quote }
          value = String(inner) ?? ""
          rest = rest.dropFirst(inner.count + 2)
        } else {
          let inner = rest.prefix { $0 > 0x20 && $0 != 0x3E }
          value = String(inner) ?? ""
          rest = rest.dropFirst(inner.count)
        }
      }
      attributes[(String(name) ?? "").lowercased()] = value
    }
    rest = rest.dropFirst()
    return attributes
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (65...90).contains(byte) || (97...122).contains(byte)
  }

  func values(of attribute: String) -> [String] { tags.compactMap { $0.attributes[attribute] } }
}
