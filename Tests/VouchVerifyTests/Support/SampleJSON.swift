import Foundation
import FoundationXML

/// Any XML document as JSON: attributes and children of an element in one object.
final class SampleJSON: NSObject, XMLParserDelegate {
  private var stack: [[String: Any]] = [[:]]
  private var text = ""

  static func text(of xml: String) throws -> String {
    let converter = SampleJSON()
    let parser = XMLParser(data: Data(xml.utf8))
    parser.delegate = converter
    guard parser.parse(), let root = converter.stack[0].first,
      let element = (root.value as? [Any])?.first
    else { throw Shell.Failure(description: "the XML of the sample is not well-formed") }
    let data = try JSONSerialization.data(
      withJSONObject: [root.key: element], options: [.sortedKeys, .withoutEscapingSlashes])
    return String(decoding: data, as: UTF8.self)
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    stack.append(attributes.filter { $0.key != "xmlns" })
    text = ""
  }

  func parser(_ parser: XMLParser, foundCharacters characters: String) { text += characters }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    var element = stack.removeLast()
    let own = text.trimmingCharacters(in: .whitespacesAndNewlines)
    if !own.isEmpty { element["text"] = own }
    text = ""
    let parent = stack.count - 1
    stack[parent][name] = (stack[parent][name] as? [Any] ?? []) + [element]
  }
}
