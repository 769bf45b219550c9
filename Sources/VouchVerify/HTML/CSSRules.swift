/// Style sheets that load nothing.
enum CSSRules {
  /// Functions and rules with which a style sheet fetches something.
  private static let loading = [
    "@import", "@font-face", "@namespace", "image-set(", "image(", "expression(", "src(",
  ]

  /// What a style sheet, or the value of an attribute, would load; nil when nothing.
  ///
  /// Only `url(#…)` is allowed, which points into the page itself.
  static func fault(in css: ArraySlice<UInt8>) -> String? {
    guard let text = plain(css) else { return "a style has a comment or escape that is not plain" }
    for word in loading where text.contains(word) { return "a style has '\(word)'" }
    if text.contains("-moz-binding") || text.contains("behavior:") {
      return "a style runs something"
    }
    for part in text.components(after: "url(") where part.first != "#" && !part.hasPrefix("\"#") {
      return "a style has a 'url(' that leads out of the page"
    }
    return nil
  }

  /// The text in lower case with comments and white space taken out and escapes decoded, since
  /// `u\72l(` and `ur/**/l(` are ways to write `url(` that a search would miss.
  private static func plain(_ css: ArraySlice<UInt8>) -> String? {
    var out: [UInt8] = []
    var at = css.startIndex
    while at < css.endIndex {
      let byte = css[at]
      let next = at + 1 < css.endIndex ? css[at + 1] : 0
      if byte == UInt8(ascii: "/"), next == UInt8(ascii: "*") {
        guard let end = endOfComment(css, from: at + 2) else { return nil }
        at = end
      } else if byte == UInt8(ascii: "\\") {
        let digits = css[(at + 1)...].prefix(6).prefix {
          isDigit($0) || (0x61...0x66).contains($0 | 0x20)
        }
        at += 1 + digits.count
        if digits.isEmpty { continue }
        guard let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
          let scalar = Unicode.Scalar(value)
        else { return nil }
        out.append(contentsOf: String(Character(scalar)).utf8.map(lowered))
        if at < css.endIndex, isSpace(css[at]) { at += 1 }
      } else {
        if !isSpace(byte) { out.append(lowered(byte)) }
        at += 1
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  private static func endOfComment(_ css: ArraySlice<UInt8>, from start: Int) -> Int? {
    var at = start
    while at + 1 < css.endIndex {
      if css[at] == UInt8(ascii: "*"), css[at + 1] == UInt8(ascii: "/") { return at + 2 }
      at += 1
    }
    return nil
  }
}

extension String {
  /// What follows each occurrence of a word.
  fileprivate func components(after word: String) -> [Substring] {
    var parts: [Substring] = []
    var rest = self[...]
    while let range = rest.firstRange(of: word) {
      rest = rest[range.upperBound...]
      parts.append(rest)
    }
    return parts
  }
}
