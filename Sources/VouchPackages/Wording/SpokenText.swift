/// What a page says in management's voice, in one form: lower case, single spaces, no marks.
struct SpokenText {
  /// Letters, digits and single spaces; a line feed where one block ends and the next begins.
  private(set) var bytes: [UInt8] = []
  private var ids: [(offset: Int, id: String)] = []

  init(plain text: String) {
    bytes.reserveCapacity(text.utf8.count)
    for byte in text.utf8 { say(byte) }
  }

  init(html source: [UInt8]) {
    bytes.reserveCapacity(source.count / 2)
    var at = 0
    while at < source.count {
      if source[at] == UInt8(ascii: "<") {
        let end = source[at...].firstIndex(of: UInt8(ascii: ">")) ?? source.endIndex
        let tag = source[at..<end]
        at = min(end + 1, source.count)
        read(tag)
        if let name = Self.silent.first(where: { Self.isTag(tag, $0) }) {
          at = Self.end(of: name, in: source, from: at)
        }
      } else if source[at] == UInt8(ascii: "&") {
        at = entity(source, at)
      } else {
        say(source[at])
        at += 1
      }
    }
  }

  static func isLetter(_ byte: UInt8) -> Bool {
    (97...122).contains(byte) || (48...57).contains(byte) || byte >= 0x80
  }

  /// The id nearest above an offset; empty when there is none.
  func id(before offset: Int) -> String { ids.last { $0.offset <= offset }?.id ?? "" }

  /// Elements whose content is quoted and not said.
  private static let silent: [[UInt8]] = ["code", "pre", "samp", "q", "style"].map {
    Array($0.utf8)
  }
  /// Tags that do not end a sentence.
  private static let inline: [[UInt8]] = [
    "b", "i", "em", "strong", "span", "a", "small", "data", "u", "mark",
  ].map { Array($0.utf8) }

  private mutating func say(_ byte: UInt8) {
    switch byte {
    case 65...90: bytes.append(byte + 32)
    case 97...122, 48...57, 0x80...: bytes.append(byte)
    // Apostrophes belong to a word, hyphens part two of them.
    case UInt8(ascii: "'"): break
    default: if let last = bytes.last, last != 0x20, last != 0x0A { bytes.append(0x20) }
    }
  }

  private mutating func pause() {
    if bytes.last == 0x20 { bytes.removeLast() }
    if let last = bytes.last, last != 0x0A { bytes.append(0x0A) }
  }

  /// Notes the tag's id, ends the block, and says what its attributes say.
  private mutating func read(_ tag: ArraySlice<UInt8>) {
    if !Self.inline.contains(where: { Self.isTag(tag, $0) || Self.isTag(tag.dropFirst(), $0) }) {
      pause()
    }
    if let id = Self.attribute(Self.id, of: tag) {
      ids.append((bytes.count, String(decoding: id, as: UTF8.self)))
    }
    for name in Self.spoken {
      guard let value = Self.attribute(name, of: tag) else { continue }
      pause()
      for byte in value { say(byte) }
      pause()
    }
  }

  private static func isTag(_ tag: ArraySlice<UInt8>, _ name: [UInt8]) -> Bool {
    let rest = tag.dropFirst()
    guard rest.starts(with: name) else { return false }
    let next = rest.dropFirst(name.count).first
    return next == nil || next == 0x20 || next == 0x0A
  }

  private static let id = Array(" id=\"".utf8)
  private static let spoken = [Array(" title=\"".utf8), Array(" aria-label=\"".utf8)]

  private static func attribute(_ name: [UInt8], of tag: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let start = tag.firstRange(of: name)?.upperBound else { return nil }
    let value = tag[start...]
    return value[..<(value.firstIndex(of: UInt8(ascii: "\"")) ?? value.endIndex)]
  }

  /// Behind the end tag of an element without elements of its own name.
  private static func end(of name: [UInt8], in source: [UInt8], from start: Int) -> Int {
    var at = start
    while at + name.count + 2 < source.count {
      if source[at] == UInt8(ascii: "<"), source[at + 1] == UInt8(ascii: "/"),
        source[(at + 2)..<(at + 2 + name.count)].elementsEqual(name)
      {
        return at + name.count + 3
      }
      at += 1
    }
    return source.count
  }

  /// Entities stand for marks here, an apostrophe or a sign: none of them is a letter.
  private mutating func entity(_ source: [UInt8], _ at: Int) -> Int {
    let semicolon = source[at..<min(at + 10, source.count)].firstIndex(of: UInt8(ascii: ";"))
    guard let semicolon else {
      say(source[at])
      return at + 1
    }
    say(source[at + 1..<semicolon].elementsEqual("#39".utf8) ? UInt8(ascii: "'") : 0x20)
    return semicolon + 1
  }
}
