/// Puts the words of the language into a template's text before it is parsed.
///
/// Words are the same on every page, and most tags of a template are words: a thousand pages
/// would look each of them up a thousand times.
enum WordsInPlace {
  /// The text with every `{{t.nav.overview}}` replaced by its words, escaped.
  ///
  /// A tag whose words are unknown, or would be read as a tag themselves, stays.
  static func written(_ text: String, _ words: Words) -> String {
    var out = ""
    var rest = text[...]
    while let open = rest.firstRange(of: "{{t.") {
      out += rest[..<open.lowerBound]
      rest = rest[open.upperBound...]
      guard let close = rest.firstRange(of: "}}"), out.last != "{",
        let word = words.optional(String(rest[..<close.lowerBound])), !word.contains("{{")
      else {
        out += "{{t."
        continue
      }
      out += EscapedHTML.escaped(VisibleText.clean(word, .many))
      rest = rest[close.upperBound...]
    }
    return out + rest
  }
}
