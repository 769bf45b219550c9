import Foundation
import VouchModel

/// The lists of deviating items in `data/check.json`, which are nearly all of its bytes.
///
/// They are read without making values of them: lists that stand there as the program writes them
/// are taken out, and what is left is parsed as any JSON. A document in which anything stands
/// otherwise is parsed as a whole.
enum CheckItems {
  /// The items of one control.
  struct List: Sendable {
    private(set) var counts = ItemCounts()
    /// With spaces for line feeds; nil when that is the same.
    private(set) var printed: ItemCounts?

    init() {}

    init(_ json: JSON) {
      for item in json.elements {
        add(
          item: item["item"].string ?? "", attribute: item["attribute"].string ?? "",
          result: item["result"].string ?? "")
      }
    }

    mutating func add(item: String, attribute: String, result: String) {
      if printed == nil, item.utf8.contains(0x0A) { printed = counts }
      counts.add(item: item, attribute: attribute, result: result)
      printed?.add(
        item: item.replacing("\n", with: " "), attribute: attribute, result: result)
    }

    fileprivate mutating func add(
      item: UnsafeRawBufferPointer, attribute: UnsafeRawBufferPointer,
      result: UnsafeRawBufferPointer
    ) {
      counts.add(item: item, attribute: attribute, result: result)
      printed?.add(item: item, attribute: attribute, result: result)
    }
  }

  /// The document without the lists that were taken out, and these by their control's position.
  static func parse(_ bytes: [UInt8]) throws(JSONError) -> (JSON, [Int: List]) {
    // Nobody can foresee what stands for a list, so nobody can write it into a document.
    let nonce = "\(UInt64.random(in: .min ... .max))-\(UInt64.random(in: .min ... .max))-"
    if let (rest, lists) = split(bytes, nonce), let json = try? JSON.parse(rest),
      let order = assign(lists, to: json["controls"].elements, nonce)
    {
      return (json, order)
    }
    return (try JSON.parse(bytes), [:])
  }

  /// Which list is whose; nil when a control has no list of items or two.
  private static func assign(_ lists: [List], to controls: [JSON], _ nonce: String) -> [Int: List]?
  {
    var order: [Int: List] = [:]
    for (index, control) in controls.enumerated() {
      guard control.object?.count(where: { $0.key == "items" }) == 1 else { return nil }
      guard let text = control["items"].string else { continue }
      guard text.hasPrefix(nonce), let number = Int(text.dropFirst(nonce.count)) else { return nil }
      order[index] = lists[number]
    }
    return order
  }

  /// As the list of a control begins in the document, and as it ends.
  private static let begin = Array("\n      \"items\": [".utf8)
  private static let end = Array("\n      ]".utf8)

  /// Takes the lists out of the document and puts the nonce with their number in their place; nil
  /// when one of them is not as expected.
  private static func split(_ bytes: [UInt8], _ nonce: String) -> ([UInt8], [List])? {
    bytes.withUnsafeBufferPointer { text in
      let bytes = UnsafeRawBufferPointer(text)
      guard let base = bytes.baseAddress, PlainText.fault(in: text) == nil else { return nil }
      var rest: [UInt8] = []
      var lists: [List] = []
      var (at, searched) = (0, 0)
      while let bracket = memchr(base + searched, Int32(UInt8(ascii: "[")), bytes.count - searched)
      {
        searched = UnsafeRawPointer(bracket) - base + 1
        guard starts(bytes, searched - begin.count, with: begin), searched < bytes.count,
          bytes[searched] == 0x0A
        else { continue }
        rest.append(contentsOf: bytes[at..<searched - 1])
        var reader = Reader(base: base, count: bytes.count, at: searched)
        guard let list = reader.list(), starts(bytes, reader.at, with: end) else { return nil }
        rest.append(contentsOf: "\"\(nonce)\(lists.count)\"".utf8)
        lists.append(list)
        at = reader.at + end.count
        searched = at
      }
      rest.append(contentsOf: bytes[at...])
      return (rest, lists)
    }
  }

  private static func starts(
    _ bytes: UnsafeRawBufferPointer, _ at: Int, with word: [UInt8]
  ) -> Bool {
    at >= 0 && at + word.count <= bytes.count && bytes[at..<at + word.count].elementsEqual(word)
  }

  /// Reads objects of strings, one name or value after another.
  private struct Reader {
    let base: UnsafeRawPointer
    let count: Int
    var at: Int

    /// A string between its quotes, as written.
    private struct Written {
      let bytes: UnsafeRawBufferPointer
      let hasEscape: Bool

      func text() -> String? {
        if !hasEscape { return String(decoding: bytes, as: UTF8.self) }
        return try? JSON.parse([UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]).string
      }
    }

    /// The objects up to where their list ends; nil when one has anything but strings, a name
    /// twice, or lacks one of the names.
    mutating func list() -> List? {
      var list = List()
      while true {
        guard skip("\n        {\n") else { return nil }
        guard add(to: &list) else { return nil }
        guard skip("        }") else { return nil }
        if peek == 0x0A { return list }
        guard skip(",") else { return nil }
      }
    }

    private mutating func add(to list: inout List) -> Bool {
      var item: Written?
      var attribute: Written?
      var result: Written?
      while true {
        guard skip("          "), let written = string(), !written.hasEscape, skip(": "),
          let value = string()
        else { return false }
        let name = written.bytes
        if name.elementsEqual("item".utf8) {
          if item != nil { return false }
          item = value
        } else if name.elementsEqual("attribute".utf8) {
          if attribute != nil { return false }
          attribute = value
        } else if name.elementsEqual("result".utf8) {
          if result != nil { return false }
          result = value
        }
        if skip(",\n") { continue }
        guard skip("\n"), let item, let attribute, let result else { return false }
        if !item.hasEscape, !attribute.hasEscape, !result.hasEscape {
          list.add(item: item.bytes, attribute: attribute.bytes, result: result.bytes)
          return true
        }
        guard let item = item.text(), let attribute = attribute.text(), let result = result.text()
        else { return false }
        list.add(item: item, attribute: attribute, result: result)
        return true
      }
    }

    private var peek: UInt8? { at < count ? base.load(fromByteOffset: at, as: UInt8.self) : nil }

    private mutating func skip(_ word: StaticString) -> Bool {
      let length = word.utf8CodeUnitCount
      guard at + length <= count, memcmp(base + at, word.utf8Start, length) == 0 else {
        return false
      }
      at += length
      return true
    }

    /// A string; nil when there is none, or when it has control characters.
    private mutating func string() -> Written? {
      guard peek == UInt8(ascii: "\"") else { return nil }
      let start = at + 1
      var end = start
      var hasEscape = false
      while end < count {
        let byte = base.load(fromByteOffset: end, as: UInt8.self)
        if byte == UInt8(ascii: "\"") {
          at = end + 1
          let bytes = UnsafeRawBufferPointer(start: base + start, count: end - start)
          return Written(bytes: bytes, hasEscape: hasEscape)
        }
        if byte < 0x20 { return nil }
        if byte == UInt8(ascii: "\\") {
          hasEscape = true
          end += 1
        }
        end += 1
      }
      return nil
    }
  }
}
