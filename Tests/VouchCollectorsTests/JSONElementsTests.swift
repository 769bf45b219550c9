import Foundation
import Testing
@_spi(Preservation) import VouchModel

@testable import VouchCollectors

@Suite struct JSONElementsTests {
  /// A file that says it is large; its bytes are never looked at.
  @Test(arguments: [("", "256 MB"), ("300", "300 MB"), ("99999", "")])
  func oneValueThatIsTooLargeForTheMemoryIsRefused(most: String, words: String) throws {
    let item = EvidenceItem(
      sequence: 1, digest: .zero, size: 301 << 20,
      provenance: Provenance(
        source: "test", transport: "file", endpoint: "x.json", name: "x.json",
        collectedAt: Instant(seconds: 0)), zone: nil, format: nil,
      options: most.isEmpty ? [:] : ["max_mb": most], content: .memory(Data("{}".utf8)))
    let reading = Reading(item, into: MemorySink())
    let value = try item.json(format: "x", reading)
    if words.isEmpty {
      #expect(value != nil)
      return
    }
    #expect(value == nil && !reading.isComplete)
    #expect(reading.diagnostics.map(\.id) == ["x.too-large"])
    #expect(reading.diagnostics[0].text.contains("301 MB"))
    #expect(reading.diagnostics[0].text.contains(words))
  }

  /// The rest and each element, a line each; then the ids of the diagnostics.
  private func read(_ text: String, _ patterns: String...) throws -> [String] {
    let item = EvidenceItem.made(text)
    let reading = Reading(item, into: MemorySink())
    var lines: [String] = []
    try item.json(format: "x", each: patterns, reading) { rest in
      lines.append(rest.serialised)
      return true
    } _: { element in
      lines.append(
        "\(element.pattern) \(element.pointer) L\(element.line) \(element.json.serialised)")
    }
    return lines + reading.diagnostics.map { "\($0.id) \($0.at.drop { $0 != "#" })" }
  }

  @Test func givesElementsApartFromTheRest() throws {
    let text = """
      {"a": [{"t": 1, "v": [{"x": [1, "]"]},
        {"y": "\\"}{"}]},
        {"v": []}],
       "late": {"v": [true]}}
      """
    #expect(
      try read(text, "a/*/v/*") == [
        #"{"a":[{"t":1,"v":[null]},{"v":[]}],"late":{"v":[true]}}"#,
        #"0 /a/0/v/0 L1 {"x":[1,"]"]}"#, #"0 /a/0/v/1 L2 {"y":"\"}{"}"#,
      ])
  }

  @Test func followsSeveralPatternsAndScalars() throws {
    #expect(
      try read(#"{"a":[1,"b",null],"k":{"l":[{"z":2}]}}"#, "a/*", "k/l/*", "missing/*") == [
        #"{"a":[null],"k":{"l":[null]}}"#, "0 /a/0 L1 1", #"0 /a/1 L1 "b""#,
        "0 /a/2 L1 null", #"1 /k/l/0 L1 {"z":2}"#,
      ])
  }

  @Test func readsAnArrayAtTheTop() throws {
    #expect(
      try read("[{\"a\":1}\n,\n[2]]", "*") == [
        "[null]", #"0 /0 L1 {"a":1}"#, "0 /1 L3 [2]",
      ])
    #expect(try read("[]", "*") == ["[]"])
  }

  @Test func givesWhatStandsBeforeTheCut() throws {
    #expect(
      try read("{\"a\":[{\"x\":1},\n{\"x\":2},{\"x\":", "a/*") == [
        #"{"a":[null]}"#, #"0 /a/0 L1 {"x":1}"#, #"0 /a/1 L2 {"x":2}"#, "x.truncated #L2",
      ])
  }

  @Test func anElementThatIsNoJSONCostsItself() throws {
    #expect(
      try read("[{\"a\":1},{\n\"a\" 2},{\"a\":3}]", "*") == [
        "[null]", #"0 /0 L1 {"a":1}"#, #"0 /2 L2 {"a":3}"#, "x.not-json #L2",
      ])
  }

  @Test(arguments: [
    "[1 2]", "{\"a\" [1]}", "", "]", "{]", "[1,,2]", String(repeating: "[", count: 300),
    "{\"a\":[1]}x",
  ]) func refusesTheFileForAFaultOutsideOfElements(_ text: String) throws {
    let lines = try read(text, "a/*")
    #expect(lines.last?.hasPrefix("x.") == true, "\(lines)")
  }

  @Test(arguments: [
    ("[{},\n,{}]", "x.not-json #L2"), ("[{},\n\n{},]", "x.not-json #L3"),
    ("[{}\n{}]", "x.not-json #L2"), ("[1:2]", "x.not-json #L1"), ("[{}}", "x.not-json #L1"),
    ("[{},\n\n{}] ]", "x.not-json #L3"), ("[{},\n{}", "x.truncated #L2"),
  ]) func refusesTheFileForAFaultBetweenElements(_ text: String, _ problem: String) throws {
    #expect(try read(text, "*").last == problem)
  }

  @Test func theLineOfAFaultBehindManyElementsIsRight() throws {
    let rows = Array(repeating: "{\n\"x\":1\n}", count: 100).joined(separator: ",\n")
    #expect(try read("{\"a\":[\n\(rows)\n],\n\"b\" 1}", "a/*").last == "x.not-json #L303")
  }

  @Test func keysMayBeEscaped() throws {
    #expect(
      try read(#"{"\u0061":[{"t\"":1}]}"#, "a/*") == [
        #"{"a":[null]}"#, #"0 /a/0 L1 {"t\"":1}"#,
      ])
  }

  @Test func whatStandsOutsideOfElementsIsBounded() throws {
    let text =
      "{\"x\":\"" + String(repeating: "y", count: JSONSplitter.skeletonLimit) + "\",\"a\":[1]}"
    #expect(try read(text, "a/*") == ["x.not-json #L1"])
  }

  @Test func piecesMayEndAnywhere() throws {
    let element = #"{"k\\\"":"\u00fc ü","n":[1.5e3,{"a":null}]}"#
    let text = "[" + Array(repeating: element, count: 9000).joined(separator: ",\n") + "]"
    let lines = try read(text, "*")
    #expect(lines.count == 9001)
    #expect(lines.last?.hasPrefix("0 /8999 L9000 {") == true)
  }
}
