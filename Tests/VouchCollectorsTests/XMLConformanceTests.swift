import Foundation
import Testing
@_spi(Preservation) import VouchModel

@testable import VouchCollectors

/// What XML 1.0 calls not well-formed is read to its end by nobody.
///
/// Every document of the ``ConformanceSuite`` is tried too, where it is there.
@Suite struct XMLConformanceTests {
  /// One document for a rule, by the rule's name or number.
  static let cases: [(rule: String, text: String)] = [
    ("[1] no root", ""), ("[1] space only", "  \n"), ("[1] two roots", "<a/><b/>"),
    ("[1] text before", "x<a/>"), ("[1] text behind", "<a/>x"),
    ("[1] CDATA behind", "<a/><![CDATA[x]]>"),
    ("[1] reference behind", "<a/>&#32;"), ("[2] a control character", "<a>\u{1}</a>"),
    ("[2] form feed", "<a>\u{C}</a>"), ("[2] U+FFFF", "<a>\u{FFFF}</a>"),
    ("[3] no space between attributes", "<a b='1'c='2'/>"),
    ("[5] a name begins with a digit", "<1a/>"),
    ("[5] a name begins with a point", "<.a/>"), ("[5] a name of spaces", "< a/>"),
    ("[10] an attribute without quotes", "<a b=1/>"), ("[10] an attribute without value", "<a b/>"),
    ("[10] unlike quotes", "<a b='1\"/>"), ("[10] < in an attribute", "<a b='<'/>"),
    ("[10] & in an attribute", "<a b='&'/>"), ("[14] ]]> in text", "<a>]]></a>"),
    ("[14] & in text", "<a>a & b</a>"), ("[15] -- in a comment", "<a><!-- a -- b --></a>"),
    ("[15] a comment without end", "<a><!-- b</a>"),
    ("[15] a comment that ends in --->", "<a><!-- b ---></a>"),
    ("[16] an instruction without end", "<a><?b c</a>"),
    ("[16] an instruction without name", "<a><? b?></a>"),
    ("[17] an instruction named xml", "<a><?xml version='1.0'?></a>"),
    ("[17] an instruction named XML", "<?XML version='1.0'?><a/>"),
    ("[18] CDATA without end", "<a><![CDATA[b</a>"),
    ("[18] CDATA in lower case", "<a><![cdata[b]]></a>"),
    ("[22] the declaration behind a space", " <?xml version='1.0'?><a/>"),
    ("[23] no version", "<?xml encoding='UTF-8'?><a/>"),
    ("[23] wrong order", "<?xml encoding='UTF-8' version='1.0'?><a/>"),
    ("[24] version without quotes", "<?xml version=1.0?><a/>"),
    ("[32] standalone is neither yes nor no", "<?xml version='1.0' standalone='maybe'?><a/>"),
    ("[39] no end tag", "<a>"), ("[39] another end tag", "<a></b>"),
    ("[39] crossed", "<a><b></a></b>"),
    ("[39] an end tag too many", "<a/></a>"), ("[40] an attribute twice", "<a b='1' b='2'/>"),
    ("[40] a tag without end", "<a"), ("[42] an end tag with an attribute", "<a></a b='1'>"),
    ("[44] space between / and >", "<a/ >"), ("[66] a reference without number", "<a>&#;</a>"),
    ("[66] a reference to no character", "<a>&#0;</a>"),
    ("[66] a reference to a surrogate", "<a>&#xD800;</a>"),
    ("[66] a reference beyond Unicode", "<a>&#x110000;</a>"),
    ("[66] X in upper case", "<a>&#X41;</a>"),
    ("[68] an entity that nobody declared", "<a>&b;</a>"),
    ("[68] an entity without ;", "<a>&amp b</a>"),
    ("[81] an encoding with a space", "<?xml version='1.0' encoding='UTF 8'?><a/>"),
  ]

  /// Whether a document was taken for whole without a word. Scanners write characters that XML does
  /// not allow, so those are replaced, and counted: that is a word too.
  private func isTaken(_ bytes: Data) throws -> Bool {
    let reading = Reading(.made(bytes), into: MemorySink())
    let isWhole = try reading.item.xml(
      format: "test", limits: XMLLimits(doctype: .passedOver), reading
    ) {
      _ in
    }
    return isWhole && reading.diagnostics.isEmpty && reading.replacedBytes == 0
  }

  @Test(arguments: cases.indices) func noDocumentThatIsNotWellFormedIsTaken(index: Int) throws {
    let (rule, text) = Self.cases[index]
    #expect(try !isTaken(Data(text.utf8)), "\(rule): \(text)")
  }

  /// The document type declarations that many of them are about are refused as such.
  @Test func noDocumentOfTheSuiteThatIsNotWellFormedIsTaken() throws {
    guard let suite = ConformanceSuite() else { return }
    let documents = suite.documents.filter { $0.type == "not-wf" && $0.isItsOwn }
    let taken = try documents.filter { try isTaken(Data(contentsOf: $0.url)) }
    let plain = try documents.filter { try !declares($0) }
    print(
      "xmlconf: \(documents.count) documents that are not well-formed, \(plain.count) of them"
        + " without declarations; \(taken.count) taken")
    #expect(documents.count > 1000)
    #expect(taken.map(\.name) == [])
  }

  @Test func everyWellFormedDocumentOfTheSuiteWithoutDeclarationsIsTaken() throws {
    guard let suite = ConformanceSuite() else { return }
    let documents = try suite.documents.filter {
      try ["valid", "invalid"].contains($0.type) && $0.isItsOwn && !declares($0)
    }
    let refused = try documents.filter { try !isTaken(Data(contentsOf: $0.url)) }
    print("xmlconf: \(documents.count) well-formed documents without declarations")
    #expect(documents.count > 10)
    #expect(refused.map(\.name) == [])
  }

  private func declares(_ document: ConformanceSuite.Document) throws -> Bool {
    try Data(contentsOf: document.url).filter { $0 != 0 }.range(of: Data("<!DOCTYPE".utf8)) != nil
  }
}
