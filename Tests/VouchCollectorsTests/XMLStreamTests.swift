import Foundation
import Testing
@_spi(Preservation) import VouchModel

@testable import VouchCollectors

/// The XML reader against what exporters and attackers write.
struct XMLStreamTests {
  struct Result {
    var events: [String] = []
    var diagnostics: [Diagnostic] = []
    var isWhole = false
    var replaced = 0
  }

  func read(_ bytes: Data, limits: XMLLimits = XMLLimits()) throws -> Result {
    var result = Result()
    let reading = Reading(.made(bytes), into: MemorySink())
    result.isWhole = try reading.item.xml(format: "test", limits: limits, reading) { event in
      switch event {
      case .start(let element):
        let attributes = element.attributes.map { " \($0.name)=\($0.value)" }.joined()
        result.events.append("<\(element.name)\(attributes)> \(element.place)")
      case .text(let text): result.events.append(text)
      case .end(let name): result.events.append("</\(name)>")
      }
    }
    result.diagnostics = reading.diagnostics
    result.replaced = reading.replacedBytes
    return result
  }

  func read(_ text: String, limits: XMLLimits = XMLLimits()) throws -> Result {
    try read(Data(text.utf8), limits: limits)
  }

  @Test func givesEventsInTheOrderOfTheFile() throws {
    let result = try read(
      """
      <?xml version="1.0"?>
      <a x="1 &lt; 2" y=''>
        <b>one<!-- never seen --> two &amp; <![CDATA[<three>]]></b><c/>
      </a>
      """)
    #expect(
      result.events == [
        "<a x=1 < 2 y=> L2", "<b> L3", "one two & <three>", "</b>", "<c> L3", "</c>", "</a>",
      ])
    #expect(result.isWhole && result.diagnostics.isEmpty)
  }

  @Test func comparesNamesWithoutPrefixEvenUndeclaredOnes() throws {
    let result = try read("<a xmlns:p='urn:x'><p:b/><cm:c/></a>")
    #expect(result.events == ["<a> L1", "<b> L1", "</b>", "<c> L1", "</c>", "</a>"])
    #expect(result.diagnostics.isEmpty)
  }

  @Test func givesWholeElementsWithTheirAncestors() throws {
    let reading = Reading(
      .made("<s><t n='1'><r><v> 5 </v><v>-</v></r></t><t n='2'><r/>x</t></s>"), into: MemorySink())
    var seen: [String] = []
    try reading.item.xml(format: "test", each: ["r"], reading) { node, ancestors in
      let path = ancestors.map { $0.name + ($0["n"] ?? "") }.joined(separator: "/")
      seen.append("\(path) \(node.text("v") ?? "nil") \(node.children("v").count)")
    }
    #expect(seen == ["s/t1 5 2", "s/t2 nil 0"])
  }

  @Test func throwsWhatTheCallerThrows() throws {
    struct Stop: Error {}
    let reading = Reading(.made("<a><b/></a>"), into: MemorySink())
    #expect(throws: Stop.self) {
      try reading.item.xml(format: "test", reading) { _ in throw Stop() }
    }
  }

  // MARK: Damage

  @Test func saysWhichElementsAreOpenWhenTheFileIsCutOff() throws {
    let result = try read("<a>\n<b>\n<c>text")
    #expect(result.events.prefix(3) == ["<a> L1", "<b> L2", "<c> L3"])
    let diagnostic = try #require(result.diagnostics.first)
    #expect(diagnostic.id == "test.truncated")
    #expect(diagnostic.text == "the file is cut off in line 3: still open are <a> <b> <c>")
    #expect(diagnostic.at.hasSuffix("#L3") && !result.isWhole)
  }

  @Test func findsEveryCut() throws {
    let whole = "<?xml version='1.0'?><a x='1'><b>é &amp; é</b><!-- c --><c y='2'/></a>"
    for length in 1..<whole.utf8.count {
      let result = try read(Data(whole.utf8.prefix(length)))
      let ids = result.diagnostics.map(\.id)
      #expect(
        ids == ["test.truncated"] || ids == ["test.empty"], "cut after \(length) bytes: \(ids)")
      #expect(!result.isWhole)
    }
    #expect(try read(whole).isWhole)
  }

  @Test(arguments: ["", "\n", "  ", "<?xml version='1.0'?>\n", "<!-- nothing -->"])
  func saysThatAFileIsEmpty(_ text: String) throws {
    let result = try read(text)
    #expect(result.diagnostics.map(\.id) == ["test.empty"])
    #expect(!result.isWhole)
  }

  @Test(arguments: [
    "text", "<a></b>", "<a b=1/>", "<a b='1' b='2'/>", "<a/><b/>", "<a>&amp x;</a>",
  ])
  func namesTheLineOfMalformedXML(_ text: String) throws {
    let result = try read("\n\n" + text)
    #expect(result.diagnostics.map(\.id) == ["test.not-xml"])
    #expect(result.diagnostics.first?.at.hasSuffix("#L3") == true)
    #expect(!result.isWhole)
  }

  @Test func replacesBytesThatAreNotUTF8AndCountsThem() throws {
    let result = try read(Data("<a>caf".utf8 + [0xE9] + " ".utf8 + [0xC3] + "</a>".utf8))
    #expect(result.events[1] == "caf\u{FFFD} \u{FFFD}")
    #expect(result.replaced == 2 && result.isWhole)
  }

  @Test func countsControlCharactersHoweverTheyAreWritten() throws {
    let result = try read("<a b='\u{2}&#3;'>x\u{1B}[1m&#27;[0m&#xFFFF;</a>")
    #expect(result.events == ["<a b=\u{FFFD}> L1", "x\u{FFFD}[1m[0m", "</a>"])
    #expect(result.replaced == 5 && result.isWhole)
  }

  @Test func joinsCharactersThatAPieceEndsIn() throws {
    let text = String(repeating: "äöü€😀", count: 40_000)
    let result = try read("<a>x\(text)</a>")
    #expect(result.events[1] == "x" + text)
    #expect(result.replaced == 0)
  }

  @Test func readsDeclaredEncodings() throws {
    let latin = try read(
      Data("<?xml version='1.0' encoding='ISO-8859-1'?><a>caf".utf8 + [0xE9] + "</a>".utf8))
    #expect(latin.events[1] == "café" && latin.isWhole)
    let utf16 = try read(
      Data([0xFF, 0xFE]) + (try #require("<a>café</a>".data(using: .utf16LittleEndian))))
    #expect(utf16.events[1] == "café" && utf16.isWhole)
    let bom = try read(Data([0xEF, 0xBB, 0xBF]) + Data("<a>é</a>".utf8))
    #expect(bom.events[1] == "é" && bom.isWhole)
  }

  @Test(arguments: ["UTF-16", "KLINGON-8"])
  func refusesAnEncodingThatIsNotTheOneDeclared(_ name: String) throws {
    let result = try read("<?xml version='1.0' encoding='\(name)'?><a>x</a>")
    #expect(result.diagnostics.map(\.id) == ["xml.encoding"])
  }

  @Test func readsLargeFilesAhead() throws {
    let line = "<i n='é'>" + String(repeating: "x", count: 90) + "</i>\n"
    let count = (9 << 20) / line.utf8.count
    let text = "<a>\n" + String(repeating: line, count: count) + "</a>"
    var elements = 0
    var lastLine = 0
    let reading = Reading(.made(text), into: MemorySink())
    let isWhole = try reading.item.xml(format: "test", reading) { event in
      if case .start(let element) = event {
        elements += 1
        lastLine = element.line
      }
    }
    #expect(isWhole && elements == count + 1 && lastLine == count + 1)
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try reading.item.xml(format: "test", reading) { _ in throw Stop() }
    }
  }

  // MARK: Attacks

  static let bomb = """
    <?xml version="1.0"?>
    <!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;"><!ENTITY z "&y;&y;&y;&y;">]>
    <a>&z;</a>
    """

  @Test(arguments: [
    bomb, "<!DOCTYPE a><a/>", "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
    "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
    "<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://example.invalid/'> %p;]><a/>",
  ])
  func refusesADocumentTypeDeclaration(_ text: String) throws {
    let result = try read(text)
    #expect(result.events.isEmpty)
    #expect(result.diagnostics.map(\.id) == ["xml.dtd"])
  }

  @Test func passesOverABareDoctypeWhereAllowed() throws {
    let limits = XMLLimits(doctype: .passedOver)
    for doctype in ["<!DOCTYPE a>", "<!DOCTYPE a SYSTEM 'http://example.invalid/a.dtd'>"] {
      #expect(try read(doctype + "<a/>", limits: limits).isWhole)
    }
    #expect(try read(Self.bomb, limits: limits).diagnostics.map(\.id) == ["xml.dtd"])
    let entity = try read("<!DOCTYPE a SYSTEM 'x.dtd'><a>&z;</a>", limits: limits)
    #expect(entity.diagnostics.map(\.id) == ["xml.entity"])
  }

  @Test func refusesAnUndeclaredEntity() throws {
    #expect(try read("<a>&nbsp;</a>").diagnostics.map(\.id) == ["xml.entity"])
    #expect(try read("<a b='&nbsp;'/>").diagnostics.map(\.id) == ["xml.entity"])
  }

  @Test func refusesTwentyMegabytesInOneText() throws {
    let text = String(repeating: "0123456789abcde\n", count: 20 << 16)
    let result = try read("<a><b>" + text + "</b></a>")
    let diagnostic = try #require(result.diagnostics.first)
    #expect(diagnostic.id == "xml.too-large")
    #expect(diagnostic.text.hasPrefix("the text of <b> in line "))
    #expect(try read("<a><b>" + String(text.prefix(15 << 20)) + "</b></a>").isWhole)
  }

  @Test(arguments: ["<a b='", "<!--", "<?p ", "<a><b c='", "<", "<a>&", "<a "])
  func refusesMarkupWithoutEnd(_ begin: String) throws {
    let result = try read(begin + String(repeating: "x", count: 20 << 20))
    let ids = result.diagnostics.map(\.id)
    #expect(ids == ["xml.too-large"] || ids == ["test.not-xml"] || ids == ["xml.entity"], "\(ids)")
  }

  @Test func refusesDeepNesting() throws {
    let result = try read(String(repeating: "<a>", count: 100_000))
    #expect(result.diagnostics.map(\.id) == ["xml.too-deep"])
    #expect(result.events.count == XMLLimits().depth)
  }

  @Test func refusesFloodsOfAttributesAndNamespaces() throws {
    let attributes = (0..<40_000).map { " a\($0)=''" }.joined()
    #expect(try read("<a\(attributes)/>").diagnostics.map(\.id) == ["xml.too-deep"])
    let namespaces = (0..<300).map { " xmlns:a\($0)='u'" }.joined()
    #expect(try read("<a\(namespaces)/>").diagnostics.map(\.id) == ["xml.too-deep"])
  }

  @Test func refusesAFloodOfDistinctNames() throws {
    var text = "<a>"
    for i in 0..<400_000 { text += "<element-with-a-name-of-its-own-\(i)/>" }
    let found = try read(text + "</a>").diagnostics
    #expect(found.map(\.id) == ["xml.too-large"], "\(found)")
  }
}
