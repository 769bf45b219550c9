import Testing

@testable import VouchPackages

@Suite struct VisibleTextTests {
  @Test(arguments: [
    ("plain <b> & \"quotes\"", "plain <b> & \"quotes\""), ("Zoë 漢字 🙂", "Zoë 漢字 🙂"),
    ("a\u{0}b\u{1B}c\u{7F}", "a␀b␛c␡"), ("two\nlines\tand a tab", "two␊lines␉and a tab"),
    ("\u{85}\u{9B}", "‹U+0085›‹U+009B›"), ("\u{202E}gpj.exe", "‹U+202E›gpj.exe"),
    ("a\u{200B}b\u{FEFF}", "a‹U+200B›b‹U+FEFF›"), ("\u{FFFE}", "‹U+FFFE›"),
    ("\u{E0041}", "‹U+E0041›"),
    // Persian needs its joiner, an emoji family too.
    ("می\u{200C}خواهم", "می\u{200C}خواهم"), ("👩\u{200D}🔬", "👩\u{200D}🔬"),
    ("e\u{301}", "e\u{301}"),
  ])
  func showsWhatCannotBeSeen(text: String, shown: String) {
    #expect(Array(VisibleText.clean(text).unicodeScalars) == Array(shown.unicodeScalars))
  }

  @Test func paragraphsKeepTheirLines() {
    #expect(VisibleText.clean("a\r\n\tb\u{8}", .many) == "a\n\tb␈")
  }

  @Test func aLongTextSaysThatItIsCut() {
    let long = String(repeating: "x", count: 5000)
    let cut = VisibleText.clean(long, limit: 2000)
    #expect(cut.hasPrefix(String(repeating: "x", count: 2000)))
    #expect(cut.hasSuffix("… [3000 more characters]"))
  }

  /// `"` with a combining accent is one character to Swift, and a quotation mark to a browser.
  @Test func noMarkOfHTMLHidesInACluster() {
    let others = (0x80...0x2FFF).compactMap(Unicode.Scalar.init) + ["\u{1F3FB}", "\u{110BD}"]
    for other in others {
      for mark in ["<", ">", "\"", "'"] as [Unicode.Scalar] {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: [other, mark, other])
        #expect(!EscapedHTML.escaped(String(text)).unicodeScalars.contains(mark))
      }
    }
  }

  @Test func escapesTheFiveMarksAndNothingElse() {
    #expect(
      EscapedHTML.escaped("<a href=\"x\">&'é</a>")
        == "&lt;a href=&quot;x&quot;&gt;&amp;&#39;é&lt;/a&gt;")
    #expect(EscapedHTML.escaped("plain ü") == "plain ü")
  }
}
