import Testing

@testable import VouchPackages

/// The readers behind the gates get whatever a template makes.
@Suite struct ReadTextTests {
  /// Bytes that end in the middle of everything, in a fixed order that looks random.
  @Test func nothingMakesTheReadersStop() {
    let pieces = [
      "<p id=\"a\" title='b", "&#", "&#x73;", "&amp", "%7", "%73%", "\\u00", "\\u{7", "<!-",
      "<!--x",
      "<style>", "</style", "<script>{", "=", "\"", "'", ">", "<", "/", "\u{0}", "\u{200B}", "é",
      "c3J2LTAwMDE", "7372762d", "\n", "</p>", "<a href=x/>", "x", "0001", "&hyphen;", "&", ";",
    ]
    var seed: UInt64 = 20_261_124
    for _ in 0..<400 {
      var bytes: [UInt8] = []
      for _ in 0..<12 {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let piece = Array(pieces[Int(seed >> 33) % pieces.count].utf8)
        bytes += piece.prefix(1 + Int(seed >> 20) % piece.count)
      }
      let text = ReadText(bytes, path: "page", isMarkup: true)
      #expect(text.views.count >= 3)
      _ = MarkupCheck(path: "page").findings(bytes)
      _ = PageMarkup(bytes).text(outside: ["a"])
    }
  }

  @Test func aTextIsCutIntoWordsWithTheirLines() {
    let words = FoldedText("Ein Wört-1\nｓｒｖ\u{200B}-Ⅷ").words
    #expect(words.map(\.text) == ["ein", "wort", "1", "srv", "viii"])
    #expect(words.map(\.line) == [1, 1, 1, 2, 2])
    #expect(words.map(\.number) == [1, 2, 3, 4, 5])
  }

  @Test func aTextKnowsTheElementItStandsIn() {
    let markup = PageMarkup(
      Array("<div id=a>x <b id='b'>y &amp;\n z</b></div><p id=\"c\"/>w".utf8))
    let found = markup.elements().map { "\($0.id)=\($0.element.text)" }
    #expect(found == ["a=x y & z", "b=y & z", "c="])
  }
}
