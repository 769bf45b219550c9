import Foundation
import VouchModel

/// A preserved file as lines for people to read. What counts stays the file itself.
struct RawText: Sendable {
  /// A line of the rendering.
  struct Line: Sendable {
    /// `L41` of a text, `/nftables/3` of JSON; empty when nothing cites the line.
    let anchor: String
    /// The line's number in the file; 0 when the rendering has lines of its own.
    let number: Int
    let text: String
  }

  /// How the lines were made from the bytes.
  enum Kind: Sendable {
    /// The file's own lines.
    case lines
    /// Laid out anew, one member a line.
    case json
    /// First and last bytes in hexadecimal.
    case binary
  }

  let kind: Kind
  let lines: [Line]
  /// Bytes that are left out between head and tail.
  let omitted: Int
  /// Bytes that are no UTF-8 are shown as U+FFFD.
  let isRepaired: Bool

  /// A whole file.
  init(_ bytes: [UInt8]) {
    if Self.isBinary(bytes) {
      self.init(head: bytes.prefix(1024), tail: bytes.dropFirst(1024).suffix(256), of: bytes.count)
      return
    }
    let (text, isRepaired) = Self.decoded(bytes[...])
    let first = text.unicodeScalars.first { !$0.properties.isWhitespace }
    if first == "{" || first == "[", let json = try? JSON.parse(text.utf8) {
      self.init(kind: .json, lines: JSONOutline(json).lines, isRepaired: isRepaired)
    } else {
      self.init(kind: .lines, lines: Self.lines(of: text), isRepaired: isRepaired)
    }
  }

  private init(kind: Kind, lines: [Line], omitted: Int = 0, isRepaired: Bool = false) {
    self.kind = kind
    self.lines = lines
    self.omitted = omitted
    self.isRepaired = isRepaired
  }

  /// The beginning and the end of a file that is too long to be read whole, or no text.
  init(head: ArraySlice<UInt8>, tail: ArraySlice<UInt8>, of size: Int) {
    let omitted = max(0, size - head.count - tail.count)
    if Self.isBinary(Array(head)) {
      let lines = Self.rows(head, at: 0) + Self.rows(tail, at: size - tail.count)
      self.init(kind: .binary, lines: lines, omitted: omitted)
      return
    }
    let (before, isRepaired) = Self.decoded(head[..<Self.lastLine(of: head)])
    // The number of the first line of the tail is not known, so none of them is cited.
    let rest = Self.decoded(tail[Self.secondLine(of: tail)...]).text
    let after = Self.lines(of: rest).map { Line(anchor: "", number: 0, text: $0.text) }
    self.init(
      kind: .lines, lines: Self.lines(of: before) + after, omitted: omitted,
      isRepaired: isRepaired)
  }

  private static func lastLine(of bytes: ArraySlice<UInt8>) -> Int {
    bytes.lastIndex(of: 0x0A).map { $0 + 1 } ?? bytes.endIndex
  }

  private static func secondLine(of bytes: ArraySlice<UInt8>) -> Int {
    bytes.firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.startIndex
  }

  private static func lines(of text: String) -> [Line] {
    var lines: [Line] = []
    var rest = text.utf8[...]
    while !rest.isEmpty {
      let end = rest.firstIndex(of: 0x0A) ?? rest.endIndex
      var line = rest[..<end]
      if line.last == 0x0D { line = line.dropLast() }
      let number = lines.count + 1
      lines.append(Line(anchor: "L\(number)", number: number, text: String(Substring(line))))
      rest = end == rest.endIndex ? rest[end...] : rest[rest.index(after: end)...]
    }
    return lines
  }

  private static func isBinary(_ bytes: [UInt8]) -> Bool {
    if utf16(bytes) != nil { return false }
    return bytes.prefix(1 << 16).contains(0)
  }

  private static func utf16(_ bytes: [UInt8]) -> String.Encoding? {
    if bytes.starts(with: [0xFF, 0xFE]) { return .utf16LittleEndian }
    if bytes.starts(with: [0xFE, 0xFF]) { return .utf16BigEndian }
    return nil
  }

  private static func decoded(_ bytes: ArraySlice<UInt8>) -> (text: String, isRepaired: Bool) {
    if let encoding = utf16(Array(bytes.prefix(2))),
      let text = String(bytes: bytes.dropFirst(2), encoding: encoding)
    {
      return (text, false)
    }
    let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes
    if let text = String(validating: body, as: UTF8.self) { return (text, false) }
    return (String(decoding: body, as: UTF8.self), true)
  }

  // MARK: Bytes that are no text

  private static func rows(_ bytes: ArraySlice<UInt8>, at offset: Int) -> [Line] {
    stride(from: bytes.startIndex, to: bytes.endIndex, by: 16).map { start in
      let row = bytes[start..<min(start + 16, bytes.endIndex)]
      let hex = row.map { pair($0) }.joined(separator: " ")
      let shown = row.map { (0x20..<0x7F).contains($0) ? String(UnicodeScalar($0)) : "." }
      let place = String(offset + start - bytes.startIndex, radix: 16)
      let padded = String(repeating: "0", count: max(0, 8 - place.count)) + place
      let gap = String(repeating: " ", count: max(0, 47 - hex.count))
      return Line(anchor: "", number: 0, text: "\(padded)  \(hex)\(gap)  \(shown.joined())")
    }
  }

  private static func pair(_ byte: UInt8) -> String {
    let text = String(byte, radix: 16)
    return byte < 16 ? "0\(text)" : text
  }
}

/// JSON with one member a line, each line with the pointer (RFC 6901) of the value on it.
private struct JSONOutline {
  private(set) var lines: [RawText.Line] = []

  init(_ json: JSON) { add(json, key: "", pointer: "", depth: 0, isLast: true) }

  private mutating func add(
    _ json: JSON, key: String, pointer: String, depth: Int, isLast: Bool
  ) {
    let end = isLast ? "" : ","
    func put(_ text: String, anchor: String) {
      lines.append(
        RawText.Line(
          anchor: anchor, number: 0, text: String(repeating: "  ", count: depth) + text))
    }
    switch json {
    case .array(let elements) where !elements.isEmpty:
      put("\(key)[", anchor: pointer)
      for (index, element) in elements.enumerated() {
        add(
          element, key: "", pointer: "\(pointer)/\(index)", depth: depth + 1,
          isLast: index == elements.count - 1)
      }
      put("]\(end)", anchor: "")
    case .object(let members) where !members.isEmpty:
      put("\(key){", anchor: pointer)
      for (index, member) in members.enumerated() {
        let part = member.key.replacing("~", with: "~0").replacing("/", with: "~1")
        add(
          member.value, key: "\(JSONText.quoted(member.key)): ", pointer: "\(pointer)/\(part)",
          depth: depth + 1, isLast: index == members.count - 1)
      }
      put("}\(end)", anchor: "")
    default: put("\(key)\(Self.plain(json))\(end)", anchor: pointer)
    }
  }

  private static func plain(_ json: JSON) -> String {
    switch json {
    case .null: "null"
    case .bool(let flag): flag ? "true" : "false"
    case .number(let digits): digits
    case .string(let text): JSONText.quoted(text)
    case .array: "[]"
    case .object: "{}"
    }
  }
}
