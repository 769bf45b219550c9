import Testing

@testable import VouchPackages

@Suite struct XMLTextTests {
  private func escaped(_ text: String, _ form: XMLText.Form) -> String {
    var replaced = 0
    return XMLText.escaped(text, as: form, replaced: &replaced)
  }

  @Test(arguments: [
    ("a & b < c > d \"e\" 'f'", "a &amp; b &lt; c &gt; d \"e\" 'f'"),
    ("line\nline\r\nend\t.", "line\nline&#13;\nend\t."), ("]]>", "]]&gt;"),
    ("\u{0}\u{1}\u{B}\u{FFFE}\u{FFFF}", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
    ("\u{FFFD}\u{FEFF}ü漢\u{1F600}", "\u{FFFD}\u{FEFF}ü漢\u{1F600}"), ("", ""),
  ])
  func escapesText(text: String, expected: String) {
    #expect(escaped(text, .text) == expected)
  }

  @Test(arguments: [
    ("a\tb\nc\rd \"e\"", "a&#9;b&#10;c&#13;d &quot;e&quot;"), ("  two  ", "  two  "),
  ])
  func keepsAttributeExactly(text: String, expected: String) {
    #expect(escaped(text, .attribute) == expected)
  }

  @Test(arguments: [
    ("  a \t\n b  ", "a b"), ("a\u{A0}\u{2028}b", "a b"), ("\u{FEFF}a\u{3000}", "a"), (" ", ""),
    ("a b c", "a b c"), ("a \u{1} b", "a \u{FFFD} b"), ("é\u{85}x", "é x"),
    ("\u{200B}", "\u{200B}"),
    ("\"<\n>", "&quot;&lt; &gt;"), ("ａ　ｂ", "ａ ｂ"), ("a  ", "a"), ("\u{B}x\u{C}", "x"),
  ])
  func collapsesALine(text: String, expected: String) {
    #expect(escaped(text, .line) == expected)
  }

  @Test(arguments: ["  a \t\n b  ", "a \u{1}\u{FFFE} b", "\u{FEFF}a\u{3000}b\u{2003}", "é\u{85}"])
  func collapsesTheSameWithAndWithoutEscaping(text: String) {
    #expect(escaped(text, .line) == XMLText.line(text))
  }

  /// A combining mark makes one `Character` with the quote in front of it.
  @Test func escapesQuoteThatCarriesACombiningMark() {
    #expect(escaped("\"\u{301} x=\"", .attribute).contains("\"") == false)
    #expect(escaped("<\u{338}", .text).utf8.first == UInt8(ascii: "&"))
  }

  @Test func countsReplacedCharacters() {
    var replaced = 0
    _ = XMLText.escaped("a\u{0}b\u{FFFF}", as: .text, replaced: &replaced)
    _ = XMLText.escaped("\u{FFFD} was there before", as: .text, replaced: &replaced)
    #expect(replaced == 2)
  }

  @Test(arguments: [
    ("IAM-04", "IAM-04"), ("4eyes", "_4eyes"), ("漢 x", "__x"), ("", "_"), ("-a", "_-a"),
    (".a", "_.a"),
  ])
  func makesTokens(text: String, token: String) {
    #expect(XMLText.token(text) == token)
  }

  @Test(arguments: [
    ("a/b-1_2~.csv", "a/b-1_2~.csv"), ("1:2.csv", "1%3A2.csv"),
    ("[a]% #ü", "%5Ba%5D%25%20%23%C3%BC"),
  ])
  func percentEncodesPaths(path: String, href: String) {
    #expect(XMLText.href(path) == href)
  }
}
